"""A gate was cut along the steps instead of the features."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 12), nn.LazyLinear(5)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        value, gate = self.first(x).chunk(2, dim=1)
        return self.second((value * gate.sigmoid()).mean(dim=1))


model = Model()
batch = torch.randn(4, 8, 3), torch.tensor([0, 1, 2, 3])
model(batch[0])
report = audit(model, nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("chunk(2, dim=1)", "chunk(2, dim=-1)")

FAULT = Fault(
    code="SC824",
    slug="gate_along_steps",
    headline="a gate is cut along the steps",
    why=(
        "A gated layer makes twice as many features as it needs: one half are the values, the other says how far each "
        "is let through. Cut along the steps, the second half of a sequence is the gate of the first, and the layer "
        "behind it gets half as many steps."
    ),
    recognise=sees("gate_along_steps"),
    bad=BAD,
    good=GOOD,
    lesson="Cut along the features: dim=-1 behind Linear, dim=1 behind a convolution.",
)
