"""Rows were cut by the size of another axis, and lie across the positions."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Conv2d(2, 4, 3, padding=1)


def loss(scores, target):  # (batch_size, num_classes, height, width), the same
    rows = scores.permute(0, 2, 3, 1).reshape(-1, scores.size(0))
    wanted = target.permute(0, 2, 3, 1).reshape(-1, scores.size(0)).softmax(dim=1)
    return -(wanted * rows.log_softmax(dim=1)).sum(dim=1).mean()


batch = torch.randn(3, 2, 8, 8), torch.rand(3, 4, 8, 8)
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("size(0)", "size(1)")

FAULT = Fault(
    code="SC1043",
    slug="rows_across_positions",
    headline="rows that were cut by another size lie across the positions",
    why=(
        "A reshape only counts numbers. Cut by the size of another axis, rows begin in the middle of one position and "
        "end in the next; a softmax along them lets classes of different positions compete."
    ),
    recognise=sees("rows_across_positions"),
    bad=BAD,
    good=GOOD,
    lesson="The last size of a reshape is that of the axis that was moved to the end.",
)
