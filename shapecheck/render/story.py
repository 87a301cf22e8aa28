"""The story of a trace as plain data: every voice (text, Markdown, HTML, SVG) tells this one, so all say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shapecheck.render.changes import Change, SizedAxis, words
from shapecheck.render.numbers import Number, series
from shapecheck.render.words import many


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor in the story.

    Args:
        role: What it is in its call.
        axes: Its axes by name and size.
        stage: ``"stage 3, Linear input"`` if the protocol has a stage there.
        dtype: Its dtype, or ``""`` for the usual one.
        packing: ``"4 sequences, 17 real steps of 28"``, or ``""``.
        rows: What each item along axis 0 is.
        change: What became of the axes of the call's input; None where that cannot be said.
    """

    role: str
    axes: tuple[SizedAxis, ...]
    stage: str = ""
    dtype: str = ""
    packing: str = ""
    rows: tuple[str, ...] = ()
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A call, or several that are alike.

    Args:
        module: Path of the module; ``"layers.0-49"`` for a run of equal ones; ``""`` for the model.
        layer: The module as it would be written in code.
        inputs: What went in.
        outputs: What came out.
        depth: How deep it lies in the model.
        count: How often it was called, all forwards together.
        per_forward: How often in each forward; 0 where that is not a whole number.
        alike: How many equal modules, one after the other, the row stands for.
        in_turn: Whether it takes turns with the rows beside it that stand for as many.
        parameters: Number of its parameters; of each one if several are alike.
        has_parts: Whether modules inside it were called.
        failure: What happened, if the call raised: one sentence.
        is_failing: Whether it is *the* place of the crash, not only around it.
        link: What happened to the axes between the module before and this one; None if its input seems to come from
            elsewhere.
        link_from: The place that ``link`` starts from.
        other_sizes: Axes that had these sizes in other calls, for which the row stands as well.
    """

    module: str
    layer: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    depth: int = 0
    count: int = 1
    per_forward: int = 0
    alike: int = 1
    in_turn: bool = False
    parameters: int = 0
    has_parts: bool = False
    failure: str = ""
    is_failing: bool = False
    link: Change | None = None
    link_from: str = ""
    other_sizes: tuple[SizedAxis, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """How many it stands for, how often it was called, how large it is: each in a few words, if worth a word."""
        each = f", {self.per_forward} in each forward" if self.per_forward > 1 else ""
        facts = {
            f"{self.alike} alike{', in turn' if self.in_turn else ''}": self.alike > 1,
            f"{many(self.count, 'call')}{each}": self.count > 1,
            f"also with {sizes_in_words(self.other_sizes)}": bool(self.other_sizes),
            many(self.parameters, "parameter") + (" each" if self.alike > 1 else ""): self.parameters > 0,
        }
        return tuple(fact for fact, is_worth_it in facts.items() if is_worth_it)


@dataclass(frozen=True, slots=True)
class Repetition:
    """How a forward differs from the first, if its modules and axes are the same.

    Args:
        sizes: The axes that have other sizes.
        missing: Modules that were not called this time.
        forwards: How many different forwards are told as one.
    """

    sizes: tuple[SizedAxis, ...] = ()
    missing: tuple[str, ...] = ()
    forwards: int = 1

    def words(self, count: int) -> str:
        """The whole forward in one sentence: there is no need to show its table."""
        without = f", but without {', '.join(self.missing)}" if self.missing else ""
        sizes = sizes_in_words(self.sizes)
        return f"{many(count, 'call')}, the same modules and axes{without}{', with ' if sizes else ''}{sizes}"


@dataclass(frozen=True, slots=True)
class Forward:
    """One forward of the model with its distinct calls.

    Args:
        rows: Its calls, each around those inside it.
        resized: Axes of its inputs that have another size than in the first: ``(dim, size before, size)``.
        otherwise: How else it differs from the first, in words.
        repetition: Set if it shows nothing new: how it differs from the first.
        closing: What happened to the axes between the last module and the model's output.
        closing_from: The place that ``closing`` starts from.
    """

    rows: tuple[Row, ...]
    resized: tuple[tuple[str, int, int], ...] = ()
    otherwise: str = ""
    repetition: Repetition | None = None
    closing: Change | None = None
    closing_from: str = ""

    @property
    def which(self) -> str:
        """What the title is about."""
        number = self.repetition.forwards if self.repetition else 1
        return "another forward" if number == 1 else f"{number} other forwards"

    @property
    def title(self) -> str:
        """How it differs from the first: ``"batch_size 20 instead of 32"``; ``""`` for the first."""
        sizes: dict[tuple[str, int], list[int]] = {}
        for dim, before, size in self.resized:
            sizes.setdefault((dim, before), []).append(size)
        # An axis without a name is told by its number, which is none of its sizes.
        names = {dim: f"{dim}:" if dim[-1].isdigit() else dim for dim, _ in sizes}
        parts = [f"{names[dim]} {series(now)} instead of {before}" for (dim, before), now in sizes.items()]
        return ", ".join([*parts, self.otherwise] if self.otherwise else parts)

    @property
    def root(self) -> Row | None:
        """The call of the model itself."""
        return self.rows[0] if self.rows and not self.rows[0].module else None


@dataclass(frozen=True, slots=True)
class Story:
    """A trace, ready to be told.

    Args:
        model: Name of the model's class.
        forwards: The distinct forwards.
        numbers: How the sizes come about.
        protocol: Name of the protocol, or ``""``.
        parameters: Number of parameters of the model.
        idle: Modules with parameters that were never called.
        aliases: Modules with parameters that stand at several paths: ``(path, the path that names it)``.
        compiled: Modules that run as compiled code, in which nothing is seen; ``""`` is the model.
        dropped: How many distinct calls were not kept.
    """

    model: str
    forwards: tuple[Forward, ...]
    numbers: tuple[Number, ...] = ()
    protocol: str = ""
    parameters: int = 0
    idle: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    compiled: tuple[str, ...] = ()
    dropped: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all forwards."""
        return tuple(row for forward in self.forwards for row in forward.rows)

    @property
    def failed(self) -> bool:
        """Whether a call raised."""
        return any(row.failure for row in self.rows)

    @property
    def summary(self) -> str:
        """What was seen, in one line."""
        if not self.forwards:
            return "no call was seen"
        facts = [many(sum(row.count * row.alike for row in self.rows), "call")]
        if len(self.forwards) > 1:
            number = sum(each.repetition.forwards if each.repetition else 1 for each in self.forwards)
            facts.append(f"{number} different forwards")
        if self.parameters:
            facts.append(many(self.parameters, "parameter"))
        if self.protocol:
            facts.append(f"protocol: {self.protocol}")
        return ", ".join(facts)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else a reader must know, in sentences."""
        found = []
        states = [tensor for row in self.rows for tensor in row.outputs if tensor.rows and len(tensor.axes) == 3]
        batched = dict.fromkeys(state.role for state in states if "batch_size" in state.axes[1].factors)
        others: dict[str, list[str]] = {}
        for state in states:
            if state.role not in batched and state.axes[1].dim and state.role not in others.get(state.axes[1].dim, []):
                others.setdefault(state.axes[1].dim, []).append(state.role)
        if batched:
            has = "have" if len(batched) > 1 else "has"
            found.append(f"{' and '.join(batched)} {has} the batch on axis 1, whatever batch_first says")
        for dim, roles in others.items():
            found.append(f"axis 1 of {' and '.join(roles)} is what the layer takes for the batch: here it is {dim}")
        if self.idle:
            found.append(f"{'never reached' if self.failed else 'never called'}: {_and_more(self.idle)}")
        if self.compiled:
            shown = "the model" if "" in self.compiled else _and_more(self.compiled)
            found.append(f"compiled, so that what is inside is called unseen: {shown}")
        same: dict[str, list[str]] = {}
        for path, name in self.aliases:
            same.setdefault(name, []).append(path)
        for name, paths in same.items():
            found.append(f"{' and '.join(paths)} {'is' if len(paths) == 1 else 'are'} the same module as {name}")
        if self.dropped:
            found.append(f"{many(self.dropped, 'more call')} with yet other shapes were not kept")
        return tuple(found)


def sizes_in_words(axes: Sequence[SizedAxis]) -> str:
    """The sizes of each dim: ``"batch_size 20, seq_length 5 to 9"``; of one without a name only that there are some."""
    sizes: dict[str, list[int]] = {}
    for axis in axes:
        sizes.setdefault(axis.dim, []).append(axis.size)
    return ", ".join(f"{dim} {series(found)}" if dim else "other sizes" for dim, found in sizes.items())


def _and_more(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def link_words(link: Change, link_from: str) -> str:
    """What happens between two modules, in words: ``"after lstm.output: batch_size and seq_length joined ..."``."""
    return f"after {link_from}: {words(link)}"


def notes(tensor: Tensor, before: Tensor | None, dots: str = "...") -> Iterator[tuple[str, str]]:
    """What else there is to say of a tensor: ``(style, text)``.

    Args:
        tensor: The tensor.
        before: The one told before it; what was said of that is not said again.
        dots: Stands for what is left out.
    """
    if tensor.stage:
        yield "title", tensor.stage
    if tensor.packing:
        yield "plain", f"packed: {tensor.packing}"
    if tensor.change is not None and (before is None or before.change != tensor.change):
        yield "change", words(tensor.change)
    if tensor.rows and (before is None or before.rows != tensor.rows):
        told = [f"{tensor.role}[{at}] is {row}" for at, row in enumerate(tensor.rows)]
        yield "note", ", ".join(told if len(told) <= 4 else [*told[:2], dots, told[-1]])


def dims_of(story: Story) -> tuple[str, ...]:
    """Every dim that the story names, once, in order of appearance."""
    tensors = (tensor for row in story.rows for tensor in (*row.inputs, *row.outputs))
    return tuple(dict.fromkeys(dim for tensor in tensors for axis in tensor.axes for dim in axis.factors))
