"""Two tensors that were made of the same axes meet with them in different orders."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix, self.linear = nn.Linear(6, 6), nn.Linear(6, 5)

    def forward(self, x):
        pixels = x.permute(0, 3, 2, 1)
        x = x + self.mix(pixels).permute(0, 3, 1, 2)
        return self.linear(x.amax(dim=(2, 3)))


batch = torch.randn(4, 6, 7, 7), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("x.permute(0, 3, 2, 1)", "x.permute(0, 2, 3, 1)")

FAULT = Fault(
    code="SC1071",
    slug="axes_crossed",
    headline="a tensor meets what was made of it with the axes in another order",
    why=(
        "What is turned for a layer has to be turned back behind it. With axes of one size every order of them fits, "
        "and each place is added to, or held against, another one."
    ),
    recognise=sees("axes_crossed"),
    bad=BAD,
    good=GOOD,
    lesson="The way back undoes the way there: permute(0, 2, 3, 1), then permute(0, 3, 1, 2).",
)
