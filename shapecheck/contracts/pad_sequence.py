"""torch.nn.utils.rnn.pad_sequence: makes one tensor of sequences of several lengths."""

from __future__ import annotations

from shapecheck.contract import Call, Contract, Form, Hazard, Rule
from shapecheck.dims import Bindings
from shapecheck.findings import Violation
from shapecheck.records import TensorRecord


def _sequences(call: Call) -> list[TensorRecord]:
    return [record for role, record in call.inputs.items() if role.startswith("sequences[")]


def _solve(call: Call, bindings: Bindings) -> Bindings:
    sequences = _sequences(call)
    bindings = bindings.bind("N", len(sequences), by="the number of sequences")
    longest = max((record.shape[0] for record in sequences if record.ndim), default=0)
    return bindings.bind("T", longest, by="the longest sequence")


def _unchecked(call: Call) -> tuple[str, ...]:
    """A sequence whose axes behind the steps have size 1, or are missing, is broadcast into its place."""
    first, *others = _sequences(call)
    return tuple(record.role for record in others if record.ndim and _broadcasts(record, first.shape[1:]))


def _broadcasts(record: TensorRecord, behind: tuple[int, ...]) -> bool:
    into = (record.shape[0], *behind)
    pairs = zip(reversed(record.shape), reversed(into), strict=False)
    return record.ndim <= len(into) and all(size in (1, room) for size, room in pairs)


def _side(call: Call) -> Violation | None:
    side = call.config.get("padding_side", "right")
    if side in ("left", "right"):
        return None
    return Violation("value", "padding_side", expected_text="'left' or 'right'", got_text=repr(side))


def _hazards(call: Call) -> tuple[Hazard, ...]:
    first, *others = _sequences(call)
    other = next((record for record in others if record.dtype != first.dtype), None)
    if other is None:
        return ()
    text = f"the result has the dtype of the first sequence, {first.dtype}: {other.role} is cast from {other.dtype}"
    return (Hazard("cast_to_the_first_dtype", text, (first.role, other.role)),)


CONTRACT = Contract(
    name="pad_sequence",
    types=("torch.nn.utils.rnn.pad_sequence",),
    reads=("batch_first", "padding_side"),
    arguments=("sequences[]",),
    returns=("output",),
    letters={"N": "how many sequences there are", "T": "the longest sequence"},
    bind=lambda config: Bindings(),
    forms=(
        Form(
            "batch_first=True",
            lambda call: bool(call.config.get("batch_first")),
            {"sequences[]": "_ ..."},
            {"output": "N T ..."},
            unchecked=_unchecked,
        ),
        Form("time first", lambda call: True, {"sequences[]": "_ ..."}, {"output": "T N ..."}, unchecked=_unchecked),
    ),
    solve=_solve,
    reasons={
        "ndim": "each sequence needs an axis for its steps",
        "...": "sequences may differ in their number of steps only; what one step is must be the same in all of them",
        "missing": "there is no sequence to pad",
        "type": "sequences are given as a list or tuple of tensors",
    },
    rules=(Rule("a side that exists", _side, reason="padding goes before a sequence or behind it"),),
    hazards=_hazards,
    teaching={"N": "batch_size", "T": "seq_length"},
    about="Stacks sequences of several lengths along a new axis, filled up behind the last step of each.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_sequence.html",
)
