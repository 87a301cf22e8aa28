"""What was seen: records of tensors and calls, and the trace that counts them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from shapecheck.errors import ShapecheckError
from shapecheck.shown import Shown

TRACE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Packing:
    """How the rows of a ``PackedSequence`` stand for padded sequences.

    Args:
        sequences: How many sequences there are.
        longest: Steps of the longest one.
        steps: Real steps, all sequences together: the length of axis 0 of the packed data.
    """

    sequences: int
    longest: int
    steps: int


@dataclass(frozen=True, slots=True)
class TensorRecord:
    """One tensor as it was seen.

    Args:
        role: What it is in its call: ``"input"``, ``"h_0"``, ``"output"``, ``"output['logits']"``.
        shape: Its sizes; for a packed sequence those of its data, ``(steps, num_features)``.
        dtype: Without the ``torch.``: ``"float32"``.
        device: As torch prints it: ``"cpu"``, ``"cuda:0"``.
        dims: What each axis is, where that is known: one word an axis, ``"_"`` for an unknown one; empty if none is.
        rows: What each item along axis 0 is, where the contract says it: ``("layer 0 forward", ...)``.
        packing: Set if the tensor is a ``PackedSequence``.
    """

    role: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    device: str = "cpu"
    dims: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    packing: Packing | None = None

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)


Status = Literal["returned", "raised", "refused"]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call of one module, with *all* its tensors.

    Args:
        module: Path of the module in its model, ``""`` for the model itself.
        type: Name of its class.
        config: The configuration as the module prints it: ``"1, 100, num_layers=2, batch_first=True"``.
        inputs: Every tensor that went in, in order.
        outputs: Every tensor that came out, in order; empty if the call raised.
        status: ``"returned"``, ``"raised"`` if the module's forward raised, or ``"refused"`` if a ShapeError did.
        training: Whether the module was in training mode.
        namesake: Whether the class is the script's own, and only called like one of torch's.
    """

    module: str
    type: str
    config: str = ""
    inputs: tuple[TensorRecord, ...] = ()
    outputs: tuple[TensorRecord, ...] = ()
    status: Status = "returned"
    training: bool = True
    namesake: bool = False

    def tensor(self, role: str) -> TensorRecord | None:
        """The tensor of this role, inputs before outputs, or None."""
        return next((record for record in (*self.inputs, *self.outputs) if record.role == role), None)


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """A distinct call, and how often it occurred."""

    call: CallRecord
    count: int = 1


@dataclass(frozen=True, slots=True)
class TraceDiff:
    """What two traces do not share.

    Args:
        only_left: Calls (without regard to their counts) that only the first trace has.
        only_right: Calls that only the second has.
        counts: Calls of both, with the two counts where these differ.
    """

    only_left: tuple[CallRecord, ...]
    only_right: tuple[CallRecord, ...]
    counts: tuple[tuple[CallRecord, int, int], ...]

    def __bool__(self) -> bool:
        return bool(self.only_left or self.only_right or self.counts)


@dataclass(frozen=True, slots=True)
class Trace(Shown):
    """The distinct calls of a model in the order in which each was first begun.

    Its size grows with the number of distinct shapes, never with the number of steps.

    Args:
        model: Name of the model's class.
        entries: The distinct calls with their counts.
        parameters: Module path -> number of its parameters, the modules inside it included.
        dropped: Calls that were seen but not kept, since a module had too many distinct ones.
        protocol: Name of the protocol that gave the dims, or ``""``.
        sizes: The sizes of the dims in the last forward, ``(dim, size)``.
        stages: The protocol's stages in order: ``(place, name)``, ``("lstm.output", "LSTM output")``.
        aliases: Modules that stand at several paths: ``(path, the path that names it)``; their calls are entered at the
            second one.
        compiled: Paths of modules that run as compiled code, which calls what is inside them unseen.
    """

    model: str
    entries: tuple[TraceEntry, ...] = ()
    parameters: tuple[tuple[str, int], ...] = ()
    dropped: int = 0
    protocol: str = ""
    sizes: tuple[tuple[str, int], ...] = ()
    stages: tuple[tuple[str, str], ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    compiled: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[TraceEntry]:
        return iter(self.entries)

    def of(self, module: str) -> tuple[TraceEntry, ...]:
        """The entries of one module, by its path."""
        return tuple(entry for entry in self.entries if entry.call.module == module)

    def down_to(self, depth: int) -> Trace:
        """The trace without what is called deeper in the model than ``depth``; a call that raised stays at any depth.

        Args:
            depth: 0 for the model alone, 1 for the modules that it calls too, and so on. Containers that are never
                called, such as ``nn.ModuleList``, do not count.

        Raises:
            ValueError: ``depth`` is negative.

        >>> calls = [CallRecord(path, "Net") for path in ("", "blocks.0", "blocks.0.norm")]
        >>> [entry.call.module for entry in Trace("Net", tuple(map(TraceEntry, calls))).down_to(1)]
        ['', 'blocks.0']
        """
        if depth < 0:
            raise ValueError(f"expected a depth of 0 or more, got {depth}")
        called = {entry.call.module for entry in self.entries}

        def is_deeper(entry: TraceEntry) -> bool:
            path = entry.call.module
            return entry.call.status == "returned" and sum(_is_in(path, other) for other in called) > depth

        dropped = {entry.call.module for entry in self.entries if is_deeper(entry)}
        kept = tuple(entry for entry in self.entries if not is_deeper(entry))
        shown = {entry.call.module for entry in kept}

        def is_gone(path: str) -> bool:
            return path not in shown and any(path == one or _is_in(path, one) or _is_in(one, path) for one in dropped)

        parameters = tuple((path, count) for path, count in self.parameters if not is_gone(path))
        return replace(self, entries=kept, parameters=parameters)

    def diff(self, other: Trace) -> TraceDiff:
        """Compare with another trace; the result is false if both saw the same."""
        left = {entry.call: entry.count for entry in self.entries}
        right = {entry.call: entry.count for entry in other.entries}
        return TraceDiff(
            only_left=tuple(call for call in left if call not in right),
            only_right=tuple(call for call in right if call not in left),
            counts=tuple((call, count, right[call]) for call, count in left.items() if right.get(call, count) != count),
        )

    def to_json(self, *, indent: int | None = None) -> str:
        """The whole trace as JSON text; `from_json` reads it back to an equal trace."""
        return json.dumps({"trace_version": TRACE_VERSION, **asdict(self)}, indent=indent)

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """Read a trace that `to_json` wrote.

        Raises:
            ShapecheckError: The text is no trace, or one of another version.
        """
        try:
            data = json.loads(text)
            if data["trace_version"] != TRACE_VERSION:
                raise ShapecheckError(
                    f"expected a trace of version {TRACE_VERSION}, got version {data['trace_version']}"
                )
            return cls(
                model=data["model"],
                entries=tuple(TraceEntry(_call(entry["call"]), entry["count"]) for entry in data["entries"]),
                parameters=_pairs(data["parameters"]),
                dropped=data["dropped"],
                protocol=data["protocol"],
                sizes=_pairs(data["sizes"]),
                stages=_words(data["stages"]),
                # A trace that was written before these were told has none.
                aliases=_words(data.get("aliases", ())),
                compiled=tuple(map(str, data.get("compiled", ()))),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ShapecheckError(f"this is not the JSON of a trace: {error!r}") from error


def _is_in(path: str, outer: str) -> bool:
    """Whether a module lies in another, by their paths."""
    return path.startswith(f"{outer}.") if outer else path != ""


def _call(data: Mapping[str, Any]) -> CallRecord:
    inputs = tuple(map(_tensor, data["inputs"]))
    outputs = tuple(map(_tensor, data["outputs"]))
    return CallRecord(**{**data, "inputs": inputs, "outputs": outputs})


def _tensor(data: Mapping[str, Any]) -> TensorRecord:
    packing = None if data["packing"] is None else Packing(**data["packing"])
    lists = {key: tuple(data[key]) for key in ("shape", "dims", "rows")}
    return TensorRecord(**{**data, **lists, "packing": packing})


def _words(data: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(first), str(second)) for first, second in data)


def _pairs(data: Any) -> tuple[tuple[str, int], ...]:
    return tuple((str(name), int(number)) for name, number in data)
