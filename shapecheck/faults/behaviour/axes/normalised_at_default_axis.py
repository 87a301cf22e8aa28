"""A normalisation was left at its default axis, which does not hold the features."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.project = nn.Linear(3, 8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        tokens = nn.functional.normalize(self.project(x))
        return self.linear(tokens.mean(dim=1))


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("self.project(x))", "self.project(x), dim=-1)")

FAULT = Fault(
    code="SC783",
    slug="normalised_at_default_axis",
    headline="a normalisation was left at its default axis, which does not hold the features",
    why=(
        "normalize and cosine_similarity run along axis 1 unless told otherwise. That is the features of a "
        "matrix, and the steps or tokens of a batch of sequences."
    ),
    recognise=sees("normalised_at_default_axis"),
    bad=BAD,
    good=GOOD,
    lesson="Say dim=-1.",
)
