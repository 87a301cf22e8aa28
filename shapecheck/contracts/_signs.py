"""Labels of 1 and -1, and what happens to labels of 0 and 1 in their stead."""

from __future__ import annotations

from shapecheck.contract import Call, Hazard


def sign_hazards(call: Call, what_happens: str) -> tuple[Hazard, ...]:
    """Labels of 0 and 1 where 1 and -1 are wanted.

    Args:
        call: The call.
        what_happens: What the loss makes of a label of 0.
    """
    facts = call.values.get("target", {})
    if facts.get("min") != 0 or facts.get("max", 2) > 1 or not facts.get("is_whole"):
        return ()
    return (
        Hazard(
            "labels_of_zero_and_one",
            f"the target holds 0 and no -1, but this loss tells 1 from -1: {what_happens}",
            ("target",),
            "likely",
            "warning",
            "2 * target - 1",
        ),
    )
