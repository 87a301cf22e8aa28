"""A reduction dropped an axis, and its result lies along another axis of the tensor that it was made of."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.experts = nn.Parameter(torch.randn(4, 3, 4))

    def forward(self, x):
        experts = self.experts / self.experts.norm(dim=(1, 2))
        return torch.einsum("bf,kfo->bko", x, experts).sum(1)


report = audit(Model(), nn.MSELoss(), (torch.randn(5, 3), torch.randn(5, 4)))
"""
)

GOOD = BAD.replace("dim=(1, 2)", "dim=(1, 2), keepdim=True")

FAULT = Fault(
    code="SC879",
    slug="reduced_without_keepdim",
    headline="what a reduction left lies along another axis than the items that it was made of",
    why=(
        "Axes are aligned from the right. What is left of (matrices, rows, columns) is one number a matrix; beside the "
        "same tensor it lies along the columns, which is an error unless there are as many of them as matrices. Then "
        "each column is divided by the norm of some matrix."
    ),
    recognise=sees("reduced_without_keepdim"),
    bad=BAD,
    good=GOOD,
    lesson="keepdim=True wherever the result meets what it was made of.",
)
