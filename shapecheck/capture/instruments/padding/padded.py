"""Which positions of an input are padding, by what the script itself says, and whether they move the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.filled import filled_up
from shapecheck.capture.instruments.padding.named_filler import filled_by_name
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.one_item import one_item
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.recording.replay import Run, as_it_was, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS, EQUALS, SELECTS, SPLITS

_COMPARES = frozenset(["ne", "eq", "gt", "lt", "ge", "le", "logical_not"])
_MOVES = CONVERTS | SPLITS
_MOVES |= frozenset(["t", "T", "transpose", "permute", "flip", "__getitem__", "index_select", "narrow"])
_HOPS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Padding:
    """The padding of one input.

    Args:
        source: The input.
        hidden: Its first two axes: where there is nothing.
        time: The axis of these that steps lie along.
        contents: What holds the content of its positions: itself, or what an embedding made of it; nothing where that
            is made step by step.
        why: How it is known.
        is_said: Whether the script says it; else the values alone look like it.
        whole: The input that this one was cut out of, and where there is nothing in that; None if it is whole itself.
    """

    source: Ref
    hidden: Tensor
    time: int
    contents: tuple[Ref, ...]
    why: str
    is_said: bool = True
    whole: tuple[Ref, Tensor] | None = None

    @property
    def depends_on_others(self) -> bool:
        """Whether the longest sequence has none: then how much the others have depends on their batch."""
        return not bool(self.along_last().any(1).all())

    @property
    def is_behind(self) -> bool:
        """Whether it stands behind each sequence, not in front."""
        return bool((self.along_last().int().diff(dim=1) >= 0).all())

    @property
    def lengths(self) -> Tensor:
        """How many steps each sequence has."""
        return (~self.along_last()).sum(1)

    @property
    def last_steps(self) -> Tensor:
        """The number of the last real step of each sequence."""
        steps = torch.arange(self.along_last().shape[1])
        return torch.where(self.along_last(), -1, steps).amax(1)

    def along_last(self) -> Tensor:
        """The mask as (batch_size, seq_length)."""
        return self.hidden if self.time == 1 else self.hidden.t()

    def like(self, shape: tuple[int, ...]) -> Tensor | None:
        """The mask in front of further axes, for a tensor that begins with these two in either order."""
        for mask in (self.hidden, self.hidden.t()):
            if tuple(mask.shape) == shape[:2]:
                return mask.reshape(*mask.shape, *[1] * (len(shape) - 2))
        return None


def paddings(step: Step, *, made: bool = False, named: bool = False) -> Iterator[Padding]:
    """The inputs of a step that are padded, where the script says with which value or how long each sequence is.

    Args:
        step: The step.
        made: Whether also to give what the step made of each sequence by itself, and filled up then.
        named: Whether to believe names alone: a filler that is called padding, behind the symbol that ends each row.
    """
    for source, base, way in (*_sources(step), *(_filled_inside(step) if made else ())):
        contents = _contents(step, source)
        if not contents and not any(_embedded_by_steps(step, source)):
            continue
        found: list[tuple[Tensor, str, bool, tuple[Ref, Tensor] | None]]
        found = [(hidden, why, True, whole) for hidden, why, whole in _said(step, source, named)]
        if way and len(step.tape.shape(base)) == 2:
            said = _said(step, base, named)
            found += [(_moved(step, hidden, base, way, source), why, True, (base, hidden)) for hidden, why, _ in said]
        found += [(hidden, "each row ends in a run of one value", False, None) for hidden in _looks(step.value(source))]
        for hidden, why, is_said, whole in found:
            time = axis_that_fits(hidden)
            if time is not None:
                yield Padding(source, hidden, time, contents, why, is_said, whole)
                break


def _sources(step: Step) -> Iterator[tuple[Ref, Ref, list[int]]]:
    """Inputs, and of tokens also what was turned, cut or sorted before it was embedded; with the way from the input."""
    for source in step.inputs:
        if len(step.tape.shape(source)) < 2:
            continue
        yield source, source, []
        if step.value(source).is_floating_point():
            continue
        moved: dict[Ref, list[int]] = {source: []}
        for index in descendants(step.tape, {source}, step.order):
            node = step.node(index)
            if node.parents and node.parents[0] in moved and len(node.shapes[0]) == 2 and _moves_rows(step, node):
                moved[Ref(index)] = [*moved[node.parents[0]], index]
                yield Ref(index), source, moved[Ref(index)]


def _filled_inside(step: Step) -> Iterator[tuple[Ref, Ref, list[int]]]:
    """What a step has made of sequences, such as their embeddings, before they were filled up to the longest."""
    for index in step.order:
        is_filled = index in step.to_loss and step.node(index).name == "pad_sequence"
        if is_filled and Ref(index) in step.learned and Ref(index) not in step.inputs:
            yield Ref(index), Ref(index), []


def _moves_rows(step: Step, node: Node) -> bool:
    """Whether an operation only moves items, or makes rows one list that lay in groups: the lines of each session."""
    before = step.tape.shape(node.parents[0])
    return node.name in _MOVES or (node.name in CUTS and len(before) > 2 and node.shapes[0][-1] == before[-1])


def _moved(step: Step, hidden: Tensor, base: Ref, way: list[int], to: Ref) -> Tensor:
    """Where the padding of an input lies in what was made of it by moving its items about."""
    try:
        known = {ref: step.value(ref) for index in way for ref in step.node(index).parents if ref != base}
    except KeyError:
        known = {}
    inner = {out for index in way for out in step.node(index).outs}
    known = {ref: value for ref, value in known.items() if ref not in inner}
    return replay(step.tape, way, {base: hidden.long()}, known=known)[to].bool()


def runs_out(hidden: Tensor) -> bool:
    """Whether each row is a run of steps and, behind or in front of all of them, one of padding, of varying length."""
    counts = hidden.sum(1)
    if not bool(hidden.any()) or bool((counts == hidden.shape[1]).any()) or len(set(counts.tolist())) < 2:
        return False
    change = hidden.int().diff(dim=1)
    return bool((change >= 0).all()) or bool((change <= 0).all())


def influence(
    step: Step, padding: Padding, instead: dict[int, Run] | None = None, goals: Iterable[Ref] | None = None
) -> dict[Ref, Tensor]:
    """Term, or goal -> which of its positions move with the content of the padding alone.

    What is compared stays as it was.

    Raises:
        RuntimeError: The step does not run with these changes.
    """
    frozen = {**compared(step, padding.source), **(instead or {})}
    base = step.run_with(frozen)
    wanted = [term.ref for term in step.terms] if goals is None else [*goals]
    moved: dict[Ref, Tensor] = {}
    for content in padding.contents:
        value = step.tape.held[content] if content in step.tape.held else base[content]
        after = step.changed(content, _other(value, padding), frozen)
        for ref in wanted:
            if ref in after and ref in base:
                seen = difference(base[ref], after[ref])
                moved[ref] = moved[ref] | seen if ref in moved else seen
    return {ref: seen for ref, seen in moved.items() if bool(seen.any())}


def _said(step: Step, source: Ref, named: bool) -> Iterator[tuple[Tensor, str, tuple[Ref, Tensor] | None]]:
    """Where nothing stands, by how it was put together or how it is used; and in what it was cut out of, if it was."""
    for base, way in _origins(step, source):
        is_whole = named and _has_whole_rows(step, base)
        for hidden, why in (*filled_up(step, base), *(filled_by_name(step, base) if is_whole else ())):
            moved = _as_moved(step, hidden, base, way, source)
            if moved is not None and tuple(moved.shape) == step.tape.shape(source)[:2]:
                yield moved, why, (base, hidden) if way else None
    for hidden, why in _claims(step, source):
        yield hidden, why, None


def _has_whole_rows(step: Step, base: Ref) -> bool:
    """Whether rows end where they were made to: what was cut or turned may have been cut behind the end of some."""
    node = step.node(base.node)
    if node.name in SPLITS:
        return step.tape.shape(base)[1:] == step.tape.shape(node.parents[0])[1:]
    return node.name not in _MOVES


def _claims(step: Step, source: Ref) -> Iterator[tuple[Tensor, str]]:
    shape, value = step.tape.shape(source), step.value(source)
    _, made = origin(step.tape, source, CONVERTS)
    if not value.is_floating_point() and len(shape) == 2:
        for index in descendants(step.tape, {source}, step.order):
            node = step.node(index)
            if node.name == "embedding" and node.parents[0] == source and node.kwargs.get("padding_idx") is not None:
                yield value == _filler(step, node), f"the embedding has padding_idx={node.kwargs['padding_idx']}"
        for node in _embedded_by_steps(step, source):
            yield value == _filler(step, node), f"the embedding has padding_idx={node.kwargs['padding_idx']}"
            break
        for index in descendants(step.tape, {source}, step.order):
            node = step.node(index)
            if node.name in EQUALS and node.parents == (source,) and len(node.args) == 2:
                equal = step.run()[Ref(index)]
                yield equal if "eq" in node.name else ~equal, "the script compares it with the value that stands there"
    if made.name == "pad_sequence" or len(shape) > 3:
        return
    read = {source, *(parent for node in step.nodes for parent in node.parents)}
    for root in step.roots:
        given = (*root.inputs, *root.named.values())
        for ref in given if source in given else ():
            if ref not in read:
                yield from _unread_mask(step, value, ref)
        for ref in root.inputs:
            lengths = step.tape.held.get(ref)
            if source in root.inputs and lengths is not None and lengths.ndim == 1 and not lengths.is_floating_point():
                for time in (1, 0):
                    if (
                        shape[1 - time] == len(lengths) > 1
                        and int(lengths.max()) <= shape[time]
                        and int(lengths.min()) > 0
                    ):
                        hidden = torch.arange(shape[time])[None] >= lengths[:, None]
                        hidden = hidden if time == 1 else hidden.t()
                        rest = value[hidden]
                        if not rest.numel() or not bool((rest == rest.reshape(-1)[0]).all()):
                            continue
                        if int(lengths.max()) == shape[time] or not _ends_in(value, hidden, time, rest.reshape(-1)[0]):
                            yield hidden, "the lengths are given beside it"


def _origins(step: Step, source: Ref) -> Iterator[tuple[Ref, list[int]]]:
    """What an input was cut out of or turned from before the step began, and the nodes from there to it."""
    way: list[int] = []
    for at, _ in backwards(step.tape, source, _MOVES, _HOPS, is_alone=True):
        yield at, way
        way = [at.node, *way]


def _as_moved(step: Step, hidden: Tensor, base: Ref, way: list[int], to: Ref) -> Tensor | None:
    try:
        return _moved(step, hidden, base, way, to) if way else hidden
    except (KeyError, RuntimeError, IndexError, TypeError):
        # It was turned in a way that only all of its axes have.
        return None


def _unread_mask(step: Step, value: Tensor, ref: Ref) -> Iterator[tuple[Tensor, str]]:
    """A mask that a model is given beside its input, and that nobody reads: it hides one value at the end of rows."""
    mask = step.value_of_input(ref)
    if mask is None or mask.shape != value.shape[:2] or not are_truths(mask):
        return
    for hidden in (mask == 0, mask == 1):
        time, rest = axis_that_fits(hidden), value[hidden]
        if time is None or not bool((rest == rest.reshape(-1)[0]).all()):
            continue
        if not _ends_in(value, hidden, time, rest.reshape(-1)[0]):
            yield hidden, "a mask of it is given beside it, which nobody reads"


def _ends_in(value: Tensor, hidden: Tensor, time: int, filler: Tensor) -> bool:
    """Whether the last step of some sequence looks like filler: then the lengths count something else."""
    along = value if time == 1 else value.transpose(0, 1)
    last = (~(hidden if time == 1 else hidden.t())).sum(1) - 1
    same = along[torch.arange(len(along)), last] == filler
    return bool(same.reshape(len(along), -1).all(1).any())


def _looks(value: Tensor) -> Iterator[Tensor]:
    """Where steps of nothing but zeros stand, or one and the same token at the end of rows."""
    if value.is_floating_point() and value.ndim == 3:
        yield (value == 0).all(-1)
    elif value.ndim == 2 and not value.is_floating_point() and value.dtype != torch.bool and value.numel():
        yield value == value[:, -1].mode().values
        yield value == value[-1].mode().values


def axis_that_fits(hidden: Tensor, fits: Callable[[Tensor], bool] = runs_out) -> int | None:
    """The one of two axes along which what is hidden lies as padding does; None where it is both, or none."""
    axes = [axis for axis in (1, 0) if fits(hidden if axis == 1 else hidden.t())]
    return axes[0] if len(axes) == 1 else None


def _contents(step: Step, source: Ref) -> tuple[Ref, ...]:
    if step.value(source).is_floating_point():
        return (source,)
    embedded = [
        Ref(index)
        for index in descendants(step.tape, {source}, step.order)
        if step.node(index).name == "embedding" and step.node(index).parents[0] == source
    ]
    return tuple(embedded)


def _embedded_by_steps(step: Step, source: Ref) -> Iterator[Node]:
    """Tables with a row for padding that are asked for one step of an input after the other, as a decoder does."""
    for index in descendants(step.tape, {source}, step.order) if len(step.tape.shape(source)) == 2 else ():
        node = step.node(index)
        taken = step.node(node.parents[0].node) if node.name == "embedding" else node
        is_step = taken.name in SELECTS and taken.parents == (source,) and one_item(taken) is not None
        if node.name == "embedding" and node.kwargs.get("padding_idx") is not None and is_step:
            yield node


def _filler(step: Step, node: Node) -> int:
    """The token that an embedding takes for padding."""
    return int(node.kwargs["padding_idx"]) % step.tape.shape(node.parents[1])[0]


def compared(step: Step, source: Ref) -> dict[int, Run]:
    """What was made by comparing is kept: it says where the padding is, and is not its content."""
    base = step.run()
    found: dict[int, Run] = {}
    for index in descendants(step.tape, {source}, step.order):
        ref = Ref(index)
        if step.node(index).name in _COMPARES and ref in base:
            found[index] = as_it_was(base[ref])
    return found


def _other(value: Tensor, padding: Padding) -> Tensor:
    changed = value.clone()
    changed[padding.hidden] = changed[padding.hidden] * -0.5 + 1.0
    return changed
