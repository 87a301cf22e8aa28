"""A norm took the steps for its features, of which there happen to be as many."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.rnn = nn.GRU(width, 5, batch_first=True)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        x = self.norm(x)
        return self.rnn(x)[1][-1]


batch = torch.randn(4, 8, 8), torch.tensor([0, 1, 2, 3])
report = audit(Model(8), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("self.norm(x)", "self.norm(x.transpose(1, 2)).transpose(1, 2)")

FAULT = Fault(
    code="SC820",
    slug="norm_along_steps",
    headline="a norm takes the steps for its features",
    why=(
        "BatchNorm1d, InstanceNorm1d and GroupNorm read axis 1 for the features, LayerNorm the last; recurrent layers, "
        "attention and Linear have them last, convolutions in axis 1. With as many steps as features both fit, and "
        "each step is normalised over the features: what one feature is beside another stays in."
    ),
    recognise=sees("norm_along_steps"),
    bad=BAD,
    good=GOOD,
    lesson="BatchNorm1d of (batch_size, num_features, seq_length): transpose before it, and back behind it.",
)
