"""Of what reads forward only the first step is read."""

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
        out, _ = self.gru(x)
        return self.linear(out[:, 0])


report = audit(Model(), nn.CrossEntropyLoss(), (torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])))
"""
)

GOOD = BAD.replace("out[:, 0]", "out[:, -1]")

FAULT = Fault(
    code="SC836",
    slug="first_step_of_a_forward_layer",
    headline="the first step was taken of a layer that reads forward: it has seen no other",
    why=(
        "A recurrent layer reads one step after the other, and what it returns at a step knows that one and those "
        "before; so does attention under a causal mask. After the first step it has read one; the end of the sequence "
        "is the last one, or h_n."
    ),
    recognise=sees("first_step_of_a_forward_layer"),
    bad=BAD,
    good=GOOD,
    lesson="What has read the whole sequence is out[:, -1], or h_n[-1].",
)
