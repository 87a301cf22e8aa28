"""A mask counts along another axis than the lengths do."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
def loss(prediction, target):
    truth, lengths = target
    steps = torch.arange(truth.size(1))
    mask = (steps[None, :] < lengths[:, None]).unsqueeze(2).expand_as(truth).float()
    return ((prediction - truth).abs() * mask).sum() / mask.sum()


batch = torch.randn(4, 3, 9), (torch.randn(4, 5, 9), torch.tensor([9, 7, 3, 8]))
report = audit(nn.Conv1d(3, 5, 1), loss, batch)
"""
)

GOOD = BAD.replace("truth.size(1)", "truth.size(2)").replace("unsqueeze(2)", "unsqueeze(1)")

FAULT = Fault(
    code="SC751",
    slug="mask_along_wrong_axis",
    headline="a mask counts along another axis than the lengths do",
    why=(
        "The lengths count steps, but the mask was made for an axis of another size: the padding stays "
        "in, and something else is left out."
    ),
    recognise=sees("mask_along_wrong_axis", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="A mask of lengths has as many columns as there are steps.",
)
