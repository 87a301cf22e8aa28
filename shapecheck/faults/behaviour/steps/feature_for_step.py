"""One feature of every step was taken where one step with all its features was meant."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 8, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, h_n = self.gru(x)
        return self.linear(out[:, :, -1])


batch = torch.randn(4, 8, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("out[:, :, -1]", "out[:, -1, :]")

FAULT = Fault(
    code="SC750",
    slug="feature_for_step",
    headline="one feature of every step was taken where one step was meant",
    why=(
        "The output of a recurrent layer is (batch_size, seq_length, hidden_size): the last axis holds the features of "
        "a step. out[:, :, -1] is the last feature at every step, and what reads it sees nothing of the others."
    ),
    recognise=sees("feature_for_step"),
    bad=BAD,
    good=GOOD,
    lesson="The last step is out[:, -1], with all its features; with the steps in front it is out[-1].",
)
