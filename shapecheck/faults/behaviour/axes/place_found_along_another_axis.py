"""What was sought along one axis says where something is along another."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 6)


def loss(scores, grades):
    order = scores.argsort(dim=0, descending=True)
    ranked = grades.gather(1, order)
    print("gain of the first", ranked[:, 0].mean().item())
    return nn.functional.mse_loss(scores, grades)


batch = torch.randn(4, 3), torch.rand(4, 6)
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("dim=0", "dim=1")

FAULT = Fault(
    code="SC1041",
    slug="place_found_along_another_axis",
    headline="places were found along one axis and pick along another",
    why=(
        "argsort, topk and argmax say where something stands along the axis that they run along. Along another axis, "
        "or among other rows, the same numbers stand for something else; where they are small enough nothing complains."
    ),
    recognise=sees("place_found_along_another_axis"),
    bad=BAD,
    good=GOOD,
    lesson="Seek and pick along the same axis.",
)
