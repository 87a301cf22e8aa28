"""A gather picks along an axis that holds copies of one item."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Neighbours(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 2)

    def forward(self, x):  # (batch_size, point, feature)
        _, size, width = x.shape
        near = torch.cdist(x, x).topk(3, largest=False).indices
        near = near.unsqueeze(-1).expand(-1, -1, -1, width)
        table = x.unsqueeze(2).expand(-1, -1, size, -1)
        items = torch.gather(table, 2, near)
        return self.linear(torch.cat([items.mean(2), x], dim=-1))


batch = torch.randn(4, 7, 3), torch.randn(4, 7, 2)
report = audit(Neighbours(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("x.unsqueeze(2).expand(-1, -1, size, -1)", "x.unsqueeze(1).expand(-1, size, -1, -1)")

FAULT = Fault(
    code="SC858",
    slug="copies_gathered",
    headline="items are picked along an axis of copies",
    why=(
        "Copies of one item are all the same, so a number that picks one of them makes no difference. The axis along "
        "which gather runs has to hold the items; what is copied is the axis of those who ask for them."
    ),
    recognise=sees("copies_gathered"),
    bad=BAD,
    good=GOOD,
    lesson="In front of gather, copy along the axis of the askers, and pick along the axis of the items.",
)
