"""One side of a comparison was sorted along another axis than the other side."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 6)


def loss(made, wanted):  # a distance of two distributions, number by number
    gap = made.sort(dim=0).values - wanted.sort(dim=1).values
    print("distance", gap.abs().mean().item())
    return nn.functional.mse_loss(made, wanted)


batch = torch.randn(8, 3), torch.randn(8, 6)
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("dim=1", "dim=0")

FAULT = Fault(
    code="SC1049",
    slug="sides_along_different_axes",
    headline="two sides that are compared were sorted, summed up or centred along different axes",
    why=(
        "The third of a row is not the third of a column. Two tensors that are sorted, summed up, normalised or "
        "centred to be compared are so along the same axis, or the difference says nothing."
    ),
    recognise=sees("sides_along_different_axes"),
    bad=BAD,
    good=GOOD,
    lesson="Write what is done to both sides once, as a function.",
)
