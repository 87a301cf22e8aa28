"""Reads violations for the recognisers of this folder."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.findings import Violation
from shapecheck.reading.failing import CELLS, INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, kind, value
from shapecheck.records import TensorRecord

Sizes = tuple[int | None, ...]


def expected_sizes(violation: Violation) -> Sizes:
    """The sizes that were expected, None where any would do."""
    return tuple(size for _, size in violation.expected)


def fits(shape: tuple[int, ...], expected: Sizes) -> bool:
    """Whether a shape has the expected sizes, as far as these are known."""
    return len(shape) == len(expected) and all(
        want is None or size == want for size, want in zip(shape, expected, strict=True)
    )


def swapped(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with its first two axes exchanged."""
    return (shape[1], shape[0], *shape[2:])


def fits_when_swapped(violation: Violation) -> bool:
    """Whether the shape would fit if its first two axes were exchanged."""
    got = violation.got
    return (
        violation.kind == "size"
        and got is not None
        and len(got) >= 2
        and got[0] != got[1]
        and fits(swapped(got), expected_sizes(violation))
    )


def is_recurrent(violation: Violation) -> bool:
    """Whether it happened at an RNN, LSTM or GRU layer."""
    return violation.call is not None and violation.call.type.endswith(("RNN", "LSTM", "GRU"))


def is_cell(violation: Violation) -> bool:
    """Whether it happened at an RNNCell, LSTMCell or GRUCell."""
    return violation.call is not None and violation.call.type in CELLS


def features_wanted(violation: Violation) -> int | None:
    """The size that the last axis should have: by the spec, or by what a recurrent layer was made for."""
    if violation.expected and violation.expected[-1][1] is not None:
        return violation.expected[-1][1]
    first = violation.call.config.partition(",")[0] if violation.call is not None and is_recurrent(violation) else ""
    return int(first) if first.isdecimal() else None


def lacks_one_axis(violation: Violation) -> bool:
    """Whether an input has one axis less than was expected."""
    is_input = violation.kind == "ndim" and violation.role == "input" and violation.got is not None
    return is_input and len(violation.got or ()) == len(violation.expected) - 1


def lacks_features(violation: Violation) -> bool:
    """Whether a recurrent layer that reads one number a step got two axes, the last of which is no single number.

    Torch takes two axes for one sequence without a batch, and so complains of its width alone.
    """
    got = violation.got
    return (
        violation.kind == "size"
        and violation.role == "input"
        and is_recurrent(violation)
        and got is not None
        and len(got) == 2
        and got[-1] > 1
        and features_wanted(violation) == 1
    )


def layer(violation: Violation) -> str:
    """The layer in question, for a sentence: ``"the LSTM 'lstm'"``."""
    if violation.call is None:
        return "this stage"
    return (
        f"the {violation.call.type} {violation.call.module!r}"
        if violation.call.module
        else f"the {violation.call.type}"
    )


def only_last_axis(violation: Violation) -> bool:
    """Whether the last axis alone has a wrong size."""
    return violation.kind == "size" and violation.got is not None and violation.axes == (len(violation.got) - 1,)


def loss_pair(evidence: Evidence) -> tuple[str, TensorRecord, TensorRecord] | None:
    """The kind of a loss that was refused, and the two tensors that it was given."""
    call = evidence.violation.call if evidence.violation is not None else None
    if call is not None and call.type in (*INDEX_LOSSES, *SAME_SHAPE_LOSSES):
        found = {record.role: record for record in call.inputs}
        given, target, name = found.get("input"), found.get("target"), call.type
    else:
        operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
        if operation is None:
            return None
        values = (value(operation, role) for role in ("input", "target"))
        given, target = (seen.record if seen is not None else None for seen in values)
        name = kind(operation)
    return None if given is None or target is None else (name, given, target)
