"""A reshape scrambled the samples where their axes should have changed places."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.lstm(x.view(7, 4, 3))
        return self.linear(out[-1])


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("x.view(7, 4, 3)", "x.transpose(0, 1)")

FAULT = Fault(
    code="SC704",
    slug="reshaped_instead_of_permuted",
    headline="a reshape scrambled the samples where their axes should have changed places",
    why=(
        "view and reshape keep the numbers in their order and cut them anew. To swap two axes takes "
        "transpose or permute; a reshape to the same sizes hands each sample pieces of others."
    ),
    recognise=sees("reshaped_instead_of_permuted"),
    bad=BAD,
    good=GOOD,
    lesson="reshape cuts, permute turns.",
)
