"""Everything was moved by one place along the samples instead of the steps."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 5)

    def forward(self, x):
        before = torch.cat([torch.zeros_like(x[:1]), x[:-1]])
        return self.linear((x + before).tanh()).mean(1)


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch, batch_axis=0)
"""
)

GOOD = BAD.replace("x[:1]), x[:-1]]", "x[:, :1]), x[:, :-1]], 1")

FAULT = Fault(
    code="SC810",
    slug="shifted_along_batch",
    headline="a shift hands each sample what belongs to the sample before it",
    why=(
        "To give every step the one before it, a tensor is moved by one place along the steps. Along the first axis of "
        "(batch_size, seq_length, features) it is the samples that move: each is given another one's features, and the "
        "first is given none."
    ),
    recognise=sees("shifted_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="With the batch first, x[:, :-1] leaves out the last step, and x[:-1] the last sample.",
)
