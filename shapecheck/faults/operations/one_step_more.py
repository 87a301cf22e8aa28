"""One operand has a step more than the other."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.compared.nearly_alike import one_step_apart
from shapecheck.reading.mismatches import sizes_of


def _recognise(evidence: Evidence) -> Recognition | None:
    found = one_step_apart(evidence)
    if found is None:
        return None
    longer, shorter = found
    because = f"{longer.expression} is {sizes_of(longer)} and {shorter.expression} {sizes_of(shorter)}"
    return Recognition(because, "likely", weight=4)


BAD = """\
import torch

values = torch.randn(8)  # of every state, the one behind the last step included
targets = torch.randn(7) + 0.9 * values[-1]
print((targets - values).shape)
"""

GOOD = BAD.replace(
    "targets - values)",
    "targets - values[:-1])",
)

FAULT = Fault(
    code="SC555",
    slug="one_step_more",
    headline="one operand has a step more than the other",
    why=(
        "Values of states, a sequence with its start or its end, differences between neighbours: one of the two "
        "has a step for which the other has nothing. Which end is too many is known only from what the steps "
        "mean."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="n steps have n + 1 ends.",
    messages=(r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",),
)
