"""What one model promises: the stages that its data passes, each with its spec."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from shapecheck.dims import ANY, ELLIPSIS, Axis, Spec
from shapecheck.errors import ProtocolError, SpecError, did_you_mean

LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Step:
    """How the tensor of one stage becomes that of the next, content and all. Make one with `Step.parse`.

    Either an einops rearrangement, ``"b t h -> (b t) h"``, or the choice of one item along some axes,
    ``"b t[-1] h -> b h"``.

    Args:
        before: Spec of the tensor before.
        after: Spec of the tensor after.
        picks: Axes of ``before`` along which one item is taken: ``(axis, item)``.
    """

    before: Spec
    after: Spec
    picks: tuple[tuple[int, int], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Step:
        """Read a step.

        Raises:
            SpecError: It does not parse, it is empty, or the two sides do not have the same dims.
            TypeError: It is no text.

        >>> step = Step.parse("batch_size seq_length[-1] hidden_size -> batch_size hidden_size")
        >>> step.picks
        ((1, -1),)
        """
        if not isinstance(text, str):
            raise TypeError(f"expected a step to be a str, got {type(text).__name__}")
        left, arrow, right = text.partition("->")
        if not arrow:
            raise SpecError("a step needs '->' between what is before and what is after", text, len(text))
        if not left.strip() and not right.strip():
            raise SpecError("a step needs dims before '->' and behind it", text, len(left))
        # Blanks keep every position where it stands in the text, so that a caret points right.
        before = _parse_side(_PICK.sub(lambda m: m.group(1).ljust(len(m.group())), left), text, 0)
        after = _parse_side(right, text, len(left) + len(arrow))
        picks: dict[str, int] = {}
        for found in _PICK.finditer(left):
            if Axis((found.group(1),)) not in before.axes or before.ellipsis_at is not None:
                problem = "an item can only be taken along an axis that stands alone, in a step without '...'"
                raise SpecError(problem, text, found.start())
            picks[found.group(1)] = int(found.group(2))
        expected = [dim for dim in before.dims if dim not in picks]
        if sorted(expected) != sorted(after.dims):
            odd = sorted(set(expected) ^ set(after.dims))
            raise SpecError(
                f"both sides of a step need the same dims; {', '.join(odd)} is on one side only", text, len(left)
            )
        if (before.ellipsis_at is None) != (after.ellipsis_at is None):
            raise SpecError("both sides of a step need '...', or neither", text, len(left))
        taken = tuple((at, picks[str(axis)]) for at, axis in enumerate(before.axes) if str(axis) in picks)
        return cls(before, after, taken)

    def __str__(self) -> str:
        picks = dict(self.picks)
        words = [f"{axis}[{picks[at]}]" if at in picks else str(axis) for at, axis in enumerate(self.before.axes)]
        # Where items are taken there is no ellipsis.
        return f"{' '.join(words) if picks else self.before} -> {self.after}"

    @property
    def einops(self) -> str:
        """The step as an einops pattern; what is picked is gone from it already: ``"b h -> b h"``."""
        picked = {at for at, _ in self.picks}
        axes = tuple(axis for at, axis in enumerate(self.before.axes) if at not in picked)
        left = Spec(axes, self.before.ellipsis_at)
        return f"{_einops(left)} -> {_einops(self.after)}"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a protocol.

    Args:
        name: What it is called: ``"LSTM output"``.
        at: Module path and role: ``"lstm.output"``, ``"encoder.lstm.h_n"``; ``"input"`` and ``"output"`` alone are the
            model's own; ``"loss.input"`` and ``"loss.target"`` are what the loss is given.
        spec: The dims of its tensor.
        step: How it comes from the tensor of the stage before (or of ``after``), content and all; optional.
        after: Name of the stage that ``step`` starts from; the one before if left out.
        dtype: What dtype it must have, ``"int64"``; any if left out.
        about: One sentence for people.

    Raises:
        SpecError: The spec or the step does not parse.
        ProtocolError: It has no name, ``at`` names no tensor, the dtype is none of torch's, or ``after`` stands without
            a step.
        TypeError: Something is no text.
    """

    name: str
    at: str
    spec: str
    step: str = ""
    after: str = ""
    dtype: str = ""
    about: str = ""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not isinstance(value, str):
                of = "a stage" if each.name == "name" else f"stage {self.name!r}"
                raise TypeError(f"expected the {each.name} of {of} to be a str, got {type(value).__name__}")
        Spec.parse(self.spec)
        if self.step:
            Step.parse(self.step)
        elif self.after:
            raise ProtocolError(f"stage {self.name!r} starts after {self.after!r}, but has no step from there")
        if not self.name:
            raise ProtocolError(f"the stage at {self.at!r} needs a name, by which messages call it")
        if not self.role:
            raise ProtocolError(
                f"stage {self.name!r} is at {self.at!r}, which names no tensor: a place is the path of a module and a "
                "tensor, 'lstm.output', or 'input' or 'output' alone for the model itself"
            )
        if self.dtype and not _is_dtype(self.dtype):
            name = self.dtype.removeprefix("torch.")
            hint = did_you_mean(_ALIASES.get(name, name), DTYPES)
            raise ProtocolError(f"stage {self.name!r} has the dtype {self.dtype!r}, which is none of torch's{hint}")

    @property
    def module(self) -> str:
        """Path of the module, ``""`` for the model itself."""
        return self.at.rpartition(".")[0]

    @property
    def role(self) -> str:
        """Role of the tensor in the call of that module."""
        return self.at.rpartition(".")[2]

    @property
    def parsed_spec(self) -> Spec:
        """The spec, read."""
        return Spec.parse(self.spec)

    @property
    def parsed_step(self) -> Step | None:
        """The step, read; None if there is none."""
        return Step.parse(self.step) if self.step else None


@dataclass(frozen=True, slots=True)
class Protocol:
    """The stages that data passes in one model, in order.

    Args:
        name: What it is called.
        stages: The stages, in the order in which the data passes them.
        sizes: Dims whose size is fixed.
        about: One sentence for people.

    Raises:
        ProtocolError: Two stages share a name, a step starts at a stage that is not before it, a size is below 0, or
            one is given for a dim that no stage names.
        TypeError: What stands for the stages or the sizes is something else.
    """

    name: str
    stages: tuple[Stage, ...]
    sizes: Mapping[str, int] = field(default_factory=dict, hash=False)
    about: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"expected the name of a protocol to be a str, got {type(self.name).__name__}")
        if not isinstance(self.stages, Iterable):
            raise TypeError(f"expected the stages to be a tuple of Stage, got {type(self.stages).__name__}")
        if not isinstance(self.sizes, Mapping):
            raise TypeError(f"expected the sizes to be a dict of dims and sizes, got {type(self.sizes).__name__}")
        # Copies: what the caller does to its list or dict afterwards does not change the protocol.
        object.__setattr__(self, "stages", tuple(self.stages))
        object.__setattr__(self, "sizes", dict(self.sizes))
        seen: list[str] = []
        for stage in self.stages:
            if not isinstance(stage, Stage):
                raise TypeError(f"expected every stage to be a Stage, got {type(stage).__name__}")
            if stage.name in seen:
                raise ProtocolError(f"two stages of {self.name!r} are called {stage.name!r}")
            if stage.step and not (stage.after in seen if stage.after else seen):
                origin = repr(stage.after) if stage.after else "the stage before"
                hint = did_you_mean(stage.after, seen) if stage.after else ""
                raise ProtocolError(
                    f"stage {stage.name!r} takes its step from {origin}, which does not come before it{hint}"
                )
            seen.append(stage.name)
        for dim, size in self.sizes.items():
            if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                raise ProtocolError(f"expected a size of 0 or more for {dim}, got {size!r}")
            if dim not in self._named():
                hint = did_you_mean(str(dim), self.dims) or f"; its dims are {', '.join(self.dims)}"
                raise ProtocolError(f"a size is given for {dim!r}, which no stage of {self.name!r} names{hint}")

    @property
    def dims(self) -> tuple[str, ...]:
        """Every dim of the protocol, once, in order of appearance."""
        return tuple(dict.fromkeys(dim for stage in self.stages for dim in stage.parsed_spec.dims))

    def _named(self) -> set[str]:
        """The dims of the stages, and those that only a step takes apart."""
        steps = [step for stage in self.stages if (step := stage.parsed_step) is not None]
        return {*self.dims, *(dim for step in steps for dim in step.before.dims)}

    def origin(self, stage: Stage) -> Stage | None:
        """The stage that the step of ``stage`` starts from; None if it has no step."""
        if not stage.step:
            return None
        names = [other.name for other in self.stages]
        return self.stages[names.index(stage.after) if stage.after else names.index(stage.name) - 1]

    @classmethod
    def documented(
        cls,
        *,
        lstm: str = "lstm",
        linear: str = "linear",
        loss: str = "",
        head: str = "every step",
        name: str = "",
        sizes: Mapping[str, int] | None = None,
    ) -> Protocol:
        """The documented flow of an LSTM followed by a fully connected layer, in five stages.

        Args:
            lstm: Path of the LSTM in the model; it must be ``batch_first=True``.
            linear: Path of the Linear.
            loss: ``"mse"``, ``"cross_entropy"``, or ``""`` to leave stage 5 to you.
            head: ``"every step"``: one output a step, ``(batch_size*seq_length, out_size)``; ``"last step"``: one a
                sequence, ``(batch_size, out_size)``.
            name: Name of the protocol.
            sizes: Dims whose size is fixed.

        Raises:
            ProtocolError: An unknown loss or head.
            TypeError: A path is no text.

        >>> [stage.spec for stage in Protocol.documented(loss="cross_entropy").stages]  # doctest: +NORMALIZE_WHITESPACE
        ['batch_size seq_length num_features', 'batch_size seq_length hidden_size',
         'batch_size*seq_length hidden_size', 'batch_size*seq_length num_classes',
         'batch_size*seq_length num_classes', 'batch_size*seq_length']
        """
        for argument, path in (("lstm", lstm), ("linear", linear)):
            if not isinstance(path, str):
                raise TypeError(f"expected {argument} to be the path of a module, got {type(path).__name__}")
        if head not in tuple(HEADS):
            raise ProtocolError(f"expected a head among {', '.join(map(repr, HEADS))}, got {head!r}")
        if loss not in LOSSES:
            raise ProtocolError(f"expected a loss among {', '.join(map(repr, LOSSES))}, got {loss!r}")
        rows, step = HEADS[head]
        out = "num_classes" if loss == "cross_entropy" else "out_size"
        stages = [
            Stage("network input", f"{lstm}.input", "batch_size seq_length num_features"),
            Stage("LSTM output", f"{lstm}.output", "batch_size seq_length hidden_size"),
            Stage("Linear input", f"{linear}.input", f"{rows} hidden_size", step=step),
            Stage("Linear output", f"{linear}.output", f"{rows} {out}"),
        ]
        if loss:
            target, dtype = (f"{rows} {out}", "") if loss == "mse" else (rows, "int64")
            stages.append(Stage("loss input", f"{LOSS}.input", f"{rows} {out}"))
            stages.append(Stage("loss target", f"{LOSS}.target", target, dtype=dtype))
        return cls(name or f"documented flow, {head}", tuple(stages), sizes or {})


LOSSES = ("", "mse", "cross_entropy")
HEADS = {
    "every step": (
        "batch_size*seq_length",
        "batch_size seq_length hidden_size -> (batch_size seq_length) hidden_size",
    ),
    "last step": ("batch_size", "batch_size seq_length[-1] hidden_size -> batch_size hidden_size"),
}

# Torch's dtypes as it prints them, without "torch."; and other names of them that people write.
DTYPES = (
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32",
    "float64", "complex32", "complex64", "complex128", "quint8", "qint8", "qint32", "quint4x2", "quint2x4",
)  # fmt: skip
_ALIASES = {
    "long": "int64", "int": "int32", "short": "int16", "char": "int8", "byte": "uint8", "half": "float16",
    "float": "float32", "double": "float64", "chalf": "complex32", "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip
# Narrow ones, of which every version of torch brings more.
_NARROW = re.compile(r"float[48]_\w+|u?int[1-7]|bits\w+")

_PICK = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\[(-?\d+)\]")


def _is_dtype(name: str) -> bool:
    return name in DTYPES or _NARROW.fullmatch(name) is not None


def _parse_side(side: str, text: str, offset: int) -> Spec:
    """The spec of one side of a step, in which every factor is a dim that occurs once, or a 1."""
    try:
        spec = Spec.parse(side)
    except SpecError as error:
        raise SpecError(error.problem, text, offset + error.position) from None
    seen: set[str] = set()
    for axis in spec.axes:
        for factor in axis.factors or (ANY,):
            if factor == ANY or (isinstance(factor, int) and factor != 1):
                problem = f"a step needs a name for every axis, or 1: {factor} is neither"
            elif factor in seen:
                problem = f"{factor} is twice on this side"
            else:
                seen.update([factor] if isinstance(factor, str) else [])
                continue
            raise SpecError(problem, text, offset + _last_word(str(factor), side))
    return spec


def _last_word(word: str, text: str) -> int:
    """Where a word stands last."""
    return max(found.start() for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text))


def _einops(spec: Spec) -> str:
    words = [" ".join(map(str, axis.factors)) for axis in spec.axes]
    words = [f"({word})" if " " in word else word for word in words]
    if spec.ellipsis_at is not None:
        words.insert(spec.ellipsis_at, ELLIPSIS)
    return " ".join(words)
