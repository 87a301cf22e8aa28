"""Two rows stand against each other number by number, where a table of all pairs was meant."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
def quantile_loss(values, targets):
    gap = targets[:, None, :] - values[:, None, :]
    levels = (torch.arange(5) + 0.5) / 5
    return (torch.abs(levels[:, None] - (gap.detach() < 0).float()) * gap.abs()).mean()


report = audit(nn.Linear(3, 5), quantile_loss, (torch.randn(4, 3), torch.randn(4, 5)))
"""
)

GOOD = BAD.replace("values[:, None, :]", "values[:, :, None]")

FAULT = Fault(
    code="SC1073",
    slug="rows_against_rows",
    headline="two rows stand against each other, where a table of all pairs was meant",
    why=(
        "A column against a row makes a table of all pairs. Two rows stay a row, in which each number has met one "
        "other; what is held against it afterwards is spread over it, and the shape is that of the table again."
    ),
    recognise=sees("rows_against_rows"),
    bad=BAD,
    good=GOOD,
    lesson="For all pairs, x[:, None, :] stands against y[:, :, None].",
)
