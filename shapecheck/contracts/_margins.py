"""What the two multi-class margin losses share: checks of their scores."""

from __future__ import annotations

from shapecheck.contract import Call, Form, Rule
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import COMPLEX
from shapecheck.contracts._rules import has_ndim
from shapecheck.findings import Violation

INPUT = (
    "the loss compares the scores of the classes with each other: (N, C), or (C,) for one sample, at least one class"
)


def is_empty(call: Call) -> bool:
    """Whether there is nothing to compute, so that torch does not look at dtypes and values."""
    return 0 in call.inputs["input"].shape


def classes(call: Call) -> int:
    """How many classes there are."""
    shape = call.inputs["input"].shape
    return shape[-1] if shape else 1


def label_dtype_rule() -> Rule:
    """Class indices are int64."""

    def broken(call: Call) -> Violation | None:
        record = call.inputs.get("target")
        if record is None or record.dtype == "int64" or is_empty(call):
            return None
        return Violation(
            "dtype", "target", got=record.shape, expected_text="int64", got_text=record.dtype, advice="target.long()"
        )

    return Rule(
        "class indices of dtype int64", broken, reason="a class index is a position, and torch takes int64 only"
    )


def score_dtype_rule() -> Rule:
    """Scores are float32 or float64."""

    def broken(call: Call) -> Violation | None:
        record = call.inputs["input"]
        # Of nothing torch takes any dtype, but for complex ones, of which it knows no gradient.
        if record.dtype in ("float32", "float64") or (is_empty(call) and record.dtype not in COMPLEX):
            return None
        return Violation(
            "dtype",
            "input",
            got=record.shape,
            expected_text="float32 or float64",
            got_text=record.dtype,
            advice="input.float()",
        )

    return Rule("input of dtype float32 or float64", broken, reason="torch has no other kernel for this loss")


def label_range_rule(least: int, reason: str) -> Rule:
    """Class indices lie in their range."""

    def broken(call: Call) -> Violation | None:
        record, facts = call.inputs.get("target"), call.values.get("target")
        if record is None or not facts or is_empty(call):
            return None
        low, high = facts.get("min", 0), facts.get("max", 0)
        if low >= least and high < classes(call):
            return None
        return Violation(
            "value",
            "target",
            got=record.shape,
            expected_text=f"class indices in [{least}, {classes(call)})",
            got_text=f"an index {low if low < least else high:.0f}",
        )

    return Rule(f"class indices in [{least}, C)", broken, reason=reason)


def forms(each: dict[str, str], targets: dict[str, str], meanings: dict[str, str]) -> tuple[Form, ...]:
    """The ways to call one of them.

    Args:
        each: Spec of the input -> spec of the losses with ``reduction="none"``.
        targets: Spec of the input -> spec of the target.
        meanings: Role -> what its numbers are.
    """
    names = {"N C": "samples", "C": "one sample", "": "a single number"}
    return tuple(
        form
        for spec, name in names.items()
        for form in losses.forms(
            name,
            {"input": spec, "target": targets[spec]},
            each[spec],
            when=has_ndim(len(spec.split())),
            minimum={"C": 1},
            spreads=("target",),
            meanings=meanings,
        )
    )
