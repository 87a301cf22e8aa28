"""A reshape gives an axis the name of another one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.weigh = nn.Linear(6, 1)
        self.linear = nn.Linear(6, 5)

    def forward(self, x):
        b, c, h, w = x.shape
        pixels = x.view(b, h * w, c)
        return self.linear((self.weigh(pixels).softmax(dim=1) * pixels).sum(dim=1))


batch = torch.randn(4, 6, 5, 7), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("x.view(b, h * w, c)", "x.permute(0, 2, 3, 1).reshape(b, h * w, c)")

FAULT = Fault(
    code="SC781",
    slug="axes_renamed",
    headline="a reshape puts the numbers of one axis under the name of another",
    why=(
        "view and reshape keep the numbers in their order. Sizes named in another order than the tensor has "
        "them do not turn it: what comes out has the right shape, and every row is a mixture."
    ),
    recognise=sees("axes_renamed"),
    bad=BAD,
    good=GOOD,
    lesson="permute first, then reshape.",
)
