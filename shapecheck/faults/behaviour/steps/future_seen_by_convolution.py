"""A convolution lets a next-step model see what it is to predict."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.conv = nn.Conv1d(8, 9, 3)

    def forward(self, x):
        h = self.embedding(x).transpose(1, 2)
        return self.conv(nn.functional.pad(h, (1, 1)))


text = torch.randint(0, 9, (4, 8))
report = audit(Model(), nn.CrossEntropyLoss(), (text[:, :-1], text[:, 1:]))
"""
)

GOOD = BAD.replace("(1, 1)", "(2, 0)")

FAULT = Fault(
    code="SC744",
    slug="future_seen_by_convolution",
    headline="a convolution lets a next-step model see what it is to predict",
    why=(
        "A convolution that is padded on both sides reads later steps as well, and the target is one of them: the "
        "input one step later, or the step in between."
    ),
    recognise=sees("future_seen_by_convolution"),
    bad=BAD,
    good=GOOD,
    lesson="Pad a causal convolution in front only.",
)
