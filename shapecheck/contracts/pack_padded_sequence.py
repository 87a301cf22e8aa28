"""torch.nn.utils.rnn.pack_padded_sequence: leaves the padding out of a batch of sequences."""

from __future__ import annotations

from shapecheck.contract import Call, Contract, Form, Hazard, Rule
from shapecheck.dims import Bindings
from shapecheck.findings import Violation


def _solve(call: Call, bindings: Bindings) -> Bindings:
    facts = call.values.get("lengths")
    if not facts:
        return bindings
    bindings = bindings.bind("steps", int(facts["whole_sum"]), by="the sum of lengths")
    return bindings.bind("L", int(facts["max"]), by="the largest of lengths")


def _not_empty(call: Call) -> Violation | None:
    record = call.inputs["input"]
    axes = tuple(axis for axis, size in enumerate(record.shape) if size == 0)
    return Violation("size", "input", got=record.shape, axes=axes) if axes else None


def _device(call: Call) -> Violation | None:
    record = call.inputs.get("lengths")
    if record is None or record.device in ("cpu", "meta"):
        return None
    return Violation("device", "lengths", got=record.shape, expected_text="cpu", got_text=record.device)


def _positive(call: Call) -> Violation | None:
    facts = call.values.get("lengths")
    if not facts or int(facts["min"]) >= 1:
        return None
    return _lengths(call, "lengths of at least 1", f"{facts['min']:g}")


def _sorted(call: Call) -> Violation | None:
    facts = call.values.get("lengths")
    if not facts or facts["is_descending"] or call.config.get("enforce_sorted", True) is False:
        return None
    return _lengths(call, "descending lengths, or enforce_sorted=False", "lengths in another order")


def _within(call: Call) -> Violation | None:
    facts, record = call.values.get("lengths"), call.inputs["input"]
    if not facts or record.ndim < 2:
        return None
    padded = record.shape[1 if call.config.get("batch_first") else 0]
    longest = int(facts["max"])
    return None if longest <= padded else _lengths(call, f"lengths of at most {padded}", str(longest))


def _lengths(call: Call, expected: str, got: str) -> Violation:
    return Violation("value", "lengths", got=call.inputs["lengths"].shape, expected_text=expected, got_text=got)


def _unchecked(call: Call) -> tuple[str, ...]:
    """With enforce_sorted=False torch takes as many sequences as there are lengths, and forgets the others."""
    return ("lengths",) if call.config.get("enforce_sorted", True) is False else ()


def _hazards(call: Call) -> tuple[Hazard, ...]:
    facts, record = call.values.get("lengths"), call.inputs["input"]
    if not facts:
        return ()
    found = []
    padded, longest = record.shape[1 if call.config.get("batch_first") else 0], int(facts["max"])
    if longest < padded:
        found.append(
            Hazard(
                "steps_dropped",
                f"the longest length is {longest}, so the last {padded - longest} of {padded} steps are left out of "
                "every sequence, and padding the result again gives a shorter tensor",
                ("input", "lengths"),
            )
        )
    if not facts["is_whole"]:
        found.append(Hazard("lengths_truncated", "lengths that are no whole numbers are cut off", ("lengths",)))
    return tuple(found)


CONTRACT = Contract(
    name="pack_padded_sequence",
    types=("torch.nn.utils.rnn.pack_padded_sequence",),
    reads=("batch_first", "enforce_sorted"),
    arguments=("input", "lengths"),
    returns=("output",),
    letters={
        "N": "batch size: how many sequences there are",
        "T": "how many steps each sequence has together with its padding",
        "L": "the longest of the lengths",
        "steps": "the real steps of all sequences together: the sum of the lengths",
    },
    bind=lambda config: Bindings(),
    forms=(
        Form(
            "batch_first=True",
            lambda call: call.inputs["input"].ndim >= 2 and bool(call.config.get("batch_first")),
            {"input": "N T ...", "lengths": "N"},
            {"output": "steps ..."},
            packed=("output",),
            unchecked=_unchecked,
        ),
        Form(
            "time first",
            lambda call: call.inputs["input"].ndim >= 2,
            {"input": "T N ...", "lengths": "N"},
            {"output": "steps ..."},
            packed=("output",),
            unchecked=_unchecked,
        ),
    ),
    solve=_solve,
    reasons={
        "input.ndim": "a batch of padded sequences has an axis for the sequences and one for the steps",
        "lengths.N": (
            "each sequence of the batch has one length; which axis of the input counts the sequences depends on "
            "batch_first"
        ),
        "lengths.ndim": "lengths are one number a sequence, in one row",
        "lengths.missing": "without lengths nobody can tell a step from padding",
    },
    looks={"lengths": ("min", "max", "whole_sum", "is_descending", "is_whole")},
    rules=(
        Rule("the input is not empty", _not_empty, reason="there is nothing to pack"),
        Rule("lengths on the CPU", _device, reason="lengths steer the loop over the steps, which runs on the CPU"),
        Rule("lengths of at least 1", _positive, reason="a sequence without a step has no place in a packed batch"),
        Rule(
            "lengths in descending order",
            _sorted,
            reason="a packed batch is cut step by step, the longest sequence first; enforce_sorted=False sorts for you",
        ),
        Rule(
            "lengths within the input",
            _within,
            reason="a length cannot be greater than the steps that are there; torch does not look, and counts wrong",
            torch_raises=False,
        ),
    ),
    hazards=_hazards,
    teaching={"N": "batch_size", "T": "seq_length", "L": "seq_length"},
    about="Puts the real steps of all sequences one behind the other, step by step, and leaves the padding out.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html",
)
