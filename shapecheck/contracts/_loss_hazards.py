"""What is legal for many losses and rarely meant."""

from __future__ import annotations

import math

from shapecheck.contract import Call, Hazard
from shapecheck.contracts._arithmetic import Shape, broadcast
from shapecheck.contracts._losses import reduction_of

# How far a sum of probabilities may be from 1: half precision rounds each of them.
TOLERANCE = {"float16": 2e-2, "bfloat16": 5e-2}


def spreading(call: Call, first: str, *others: str) -> tuple[Hazard, ...]:
    """Tensors of different shapes that torch broadcasts against each other."""
    found = (_spreading(call, first, other) for other in others)
    return tuple(hazard for hazard in found if hazard is not None)


def _spreading(call: Call, first: str, second: str) -> Hazard | None:
    left, right = call.inputs[first].shape, call.inputs[second].shape
    together = broadcast(left, right)
    # A single number is meant for all.
    if left == right or together is None or () in (left, right):
        return None
    reduction = reduction_of(call)
    fix = reshaping(second, right, left)
    if together not in (left, right):
        hidden = "" if reduction == "none" else f", and reduction={reduction!r} hides it"
        is_proved = reduction != "none" and math.prod(left) == math.prod(right) and len(left) != len(right)
        return Hazard(
            "loss_over_all_pairs",
            f"{first} {left} and {second} {right} are spread to {together}, {math.prod(together)} pairs: each item of "
            f"the one is compared with every item of the other{hidden}; the loss falls while the model learns to "
            f"predict the mean",
            (first, second),
            "proved" if is_proved else "likely" if reduction != "none" else "possible",
            "error" if is_proved else "warning",
            fix,
        )
    if math.prod(left) == math.prod(right):
        return Hazard(
            "spread_by_broadcasting",
            f"{first} {left} and {second} {right} differ in their number of axes; here no number is repeated, but with "
            "other sizes it may be",
            (first, second),
            "possible",
            "note",
            fix,
        )
    small, large = (second, first) if together == left else (first, second)
    return Hazard(
        "spread_by_broadcasting",
        f"{small} {call.inputs[small].shape} is repeated until it has the shape {together} of {large}",
        (first, second),
        "possible",
        "warning",
        fix,
    )


def reshaping(role: str, shape: Shape, wanted: Shape) -> str:
    """How one shape is made the other by adding or dropping axes of size 1, as code; empty if it is not.

    >>> reshaping("target", (4, 1), (4,)), reshaping("target", (4,), (4, 1)), reshaping("target", (4,), (5, 1))
    ('target.squeeze(1)', 'target.unsqueeze(1)', '')
    """
    for at in range(len(wanted)):
        if wanted[at] == 1 and wanted[:at] + wanted[at + 1 :] == shape:
            # The last place where it fits is the one that is meant: a feature axis stands behind the others.
            last = max(at for at in range(len(wanted)) if wanted[at] == 1 and wanted[:at] + wanted[at + 1 :] == shape)
            return f"{role}.unsqueeze({last})"
    last_fit = [at for at in range(len(shape)) if shape[at] == 1 and shape[:at] + shape[at + 1 :] == wanted]
    return f"{role}.squeeze({last_fit[-1]})" if last_fit else ""


def nothing_to_average(call: Call, role: str = "input") -> tuple[Hazard, ...]:
    """An empty batch, whose mean is not a number."""
    if 0 not in call.inputs[role].shape or reduction_of(call) != "mean":
        return ()
    return (
        Hazard(
            "nothing_to_average",
            f"{role} {call.inputs[role].shape} holds no number, and the mean of none is NaN: one such batch turns "
            "every "
            "weight into NaN",
            (role,),
        ),
    )


def is_distribution(call: Call, role: str) -> bool:
    """Whether the rows of a tensor are probabilities by their values: none negative, each row adding up to 1."""
    facts, tolerance = call.values.get(role, {}), TOLERANCE.get(call.inputs[role].dtype, 1e-4)
    return (
        facts.get("min", -1) >= 0
        and abs(facts.get("row_sum_min", 0) - 1) <= tolerance
        and abs(facts.get("row_sum_max", 0) - 1) <= tolerance
    )


def has_more_than_one_class(call: Call, role: str = "input") -> bool:
    """Whether there are classes to choose from; with one, every number is a distribution."""
    shape = call.inputs[role].shape
    return bool(shape) and shape[0 if len(shape) == 1 else 1] > 1
