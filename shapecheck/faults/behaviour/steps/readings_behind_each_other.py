"""The readings of both directions were joined along the steps."""

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
        self.linear = nn.LazyLinear(5)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        a, _ = self.ahead(x)
        b, _ = self.behind(x.flip(1))
        both = torch.cat([a, b.flip(1)], dim=1)
        return self.linear(both.mean(dim=1))


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
model = Model()
model(batch[0])
report = audit(model, nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("b.flip(1)], dim=1)", "b.flip(1)], dim=2)")

FAULT = Fault(
    code="SC829",
    slug="readings_behind_each_other",
    headline="the readings of both directions are joined along the steps",
    why=(
        "A reading that is turned back has step k at place k again, beside the same step of the other reading. Joined "
        "along the features, each step knows what is before and behind it; joined along the steps, none does."
    ),
    recognise=sees("readings_behind_each_other"),
    bad=BAD,
    good=GOOD,
    lesson="Two directions make (batch_size, seq_length, 2 * hidden_size).",
)
