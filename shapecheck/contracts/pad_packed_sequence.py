"""torch.nn.utils.rnn.pad_packed_sequence: puts the padding back that packing left out."""

from __future__ import annotations

from shapecheck.contract import Call, Contract, Form, Rule
from shapecheck.dims import Bindings
from shapecheck.findings import Violation


def _solve(call: Call, bindings: Bindings) -> Bindings:
    total, longest = call.config.get("total_length"), bindings.size("L")
    if isinstance(total, int):
        return bindings.bind("T", total, by="total_length")
    return bindings if longest is None else bindings.bind("T", longest, by="the longest sequence")


def _packed(call: Call) -> Violation | None:
    if call.inputs["sequence"].packing is not None:
        return None
    return Violation("type", "sequence", expected_text="a PackedSequence", got_text="a Tensor")


def _total(call: Call) -> Violation | None:
    total, packing = call.config.get("total_length"), call.inputs["sequence"].packing
    if total is None or packing is None:
        return None
    if not isinstance(total, int):
        return Violation("type", "total_length", expected_text="an int", got_text=type(total).__name__)
    if total >= packing.longest:
        return None
    return Violation("value", "total_length", expected_text=f"at least {packing.longest}", got_text=str(total))


CONTRACT = Contract(
    name="pad_packed_sequence",
    types=("torch.nn.utils.rnn.pad_packed_sequence",),
    reads=("batch_first", "total_length"),
    arguments=("sequence",),
    returns=("output", "lengths"),
    letters={
        "N": "batch size: how many sequences there are",
        "T": "the longest sequence, or total_length",
        "steps": "the real steps of all sequences together",
    },
    bind=lambda config: Bindings(),
    forms=(
        Form(
            "batch_first=True",
            lambda call: bool(call.config.get("batch_first")),
            {"sequence": "steps ..."},
            {"output": "N T ...", "lengths": "N"},
        ),
        Form("time first", lambda call: True, {"sequence": "steps ..."}, {"output": "T N ...", "lengths": "N"}),
    ),
    solve=_solve,
    reasons={"type": "only a PackedSequence knows how long each of its sequences is"},
    dtypes=lambda call: {"lengths": "int64"},
    rules=(
        Rule("a packed sequence", _packed, reason="only a PackedSequence knows how long each of its sequences is"),
        Rule("total_length is long enough", _total, reason="padding makes sequences longer, it cuts none off"),
    ),
    teaching={"N": "batch_size", "T": "seq_length"},
    about="Gives every sequence the same number of steps again, filled up behind its last real one.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html",
)
