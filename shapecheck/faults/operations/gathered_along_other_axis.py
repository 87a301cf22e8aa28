"""gather goes along another axis than the one that the index chooses from."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.joined.gathered_along import gathered_along


def _recognise(evidence: Evidence) -> Recognition | None:
    found = gathered_along(evidence)
    if found is None:
        return None
    return Recognition(
        f"the index {found.index} chooses from axis {found.axis} of {found.sizes}: it has an entry for every place "
        "along the other ones",
        weight=6,
        place=found.place,
    )


BAD = """\
import torch

values = torch.rand(5, 9, 4)  # (episodes, steps, actions)
action = torch.randint(0, 4, (5, 9))
chosen = values.gather(1, action.unsqueeze(1)).squeeze(1)
print(chosen.shape)
"""

GOOD = BAD.replace("(1, action.unsqueeze(1)).squeeze(1)", "(2, action.unsqueeze(2)).squeeze(2)")

FAULT = Fault(
    code="SC566",
    slug="gathered_along_other_axis",
    headline="gather goes along another axis than the one that the index chooses from",
    why=(
        "gather takes along one axis, and the index has as many entries as the result along the others. An index of "
        "(episodes, steps) into (episodes, steps, actions) chooses an action for every step: its axis of one stands "
        "where the actions do."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="gather(k, index.unsqueeze(k)).squeeze(k): k is the axis that is chosen from.",
    messages=(r"Size does not match at dimension \d+ expected index",),
)
