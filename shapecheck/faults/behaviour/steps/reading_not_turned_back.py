"""What was read backwards was joined as it was read."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.ahead = nn.GRU(3, 8, batch_first=True)
        self.behind = nn.GRU(3, 8, batch_first=True)
        self.linear = nn.Linear(16, 5)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        a, _ = self.ahead(x)
        b, _ = self.behind(x.flip(1))
        return self.linear(torch.cat([a, b], dim=-1))


report = audit(Model(), nn.MSELoss(), (torch.randn(4, 7, 3), torch.randn(4, 7, 5)))
"""
)

GOOD = BAD.replace("[a, b]", "[a, b.flip(1)]")

FAULT = Fault(
    code="SC870",
    slug="reading_not_turned_back",
    headline="what was read backwards meets the steps in the order in which it was read",
    why=(
        "A layer that is given the steps backwards returns them backwards: its first place knows the last step alone. "
        "Beside a reading of the steps as they are, each place holds two different steps, and no step knows both what "
        "is before it and what is behind it."
    ),
    recognise=sees("reading_not_turned_back"),
    bad=BAD,
    good=GOOD,
    lesson="Whoever flips the steps in front of a layer flips them back behind it.",
)
