"""What a call returned holds the numbers and something beside them, and was given whole."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.compared.returned_beside import returned_beside


def _recognise(evidence: Evidence) -> Recognition | None:
    item = returned_beside(evidence)
    if item is None:
        return None
    kinds = ", ".join(each.type or each.kind for each in item.value.items)
    return Recognition(f"{item.expression} is a tuple of {kinds}: only its first item is numbers", weight=7)


BAD = """\
import numpy as np
import torch


def reset():
    return np.zeros(3, dtype=np.float32), {"seed": 0}


state = reset()
print(torch.as_tensor(state).shape)
"""

GOOD = BAD.replace(
    "state = reset()",
    "state, info = reset()",
)

FAULT = Fault(
    code="SC585",
    slug="returned_beside_more",
    headline="a tuple of numbers and something else was given where the numbers are wanted",
    why=(
        "The call returned two things, and one name holds both: an environment of Gymnasium returns the observation "
        "and a dict from reset(), where Gym before 0.26 returned the observation alone. A tensor can be made of the "
        "numbers only."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="observation, info = env.reset().",
    messages=(r"Could not infer dtype of dict", r"expected np\.ndarray \(got tuple\)"),
)
