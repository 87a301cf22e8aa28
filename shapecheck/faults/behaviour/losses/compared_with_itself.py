"""A divergence or a distance between a tensor and itself."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Pupil(nn.Module):
    def __init__(self):
        super().__init__()
        self.large, self.small = nn.Linear(6, 5), nn.Linear(6, 5)

    def forward(self, x):
        with torch.no_grad():
            taught = self.large(x)
        return self.small(x), taught


def distil(scores, labels):
    own, taught = scores
    soft = nn.functional.kl_div(taught.log_softmax(1), taught.softmax(1), reduction="batchmean")
    return soft + nn.functional.cross_entropy(own, labels)


batch = torch.randn(4, 6), torch.tensor([0, 1, 2, 3])
report = audit(Pupil(), distil, batch)
"""
)

GOOD = BAD.replace("taught.log_softmax", "own.log_softmax")

FAULT = Fault(
    code="SC856",
    slug="compared_with_itself",
    headline="a loss compares a tensor with itself",
    why=(
        "The distance of a tensor to itself is zero for all models. It changes nothing in a sum of losses, and what it "
        "was to teach is not learned: one of both sides was to come from another model, or from the data."
    ),
    recognise=sees("compared_with_itself"),
    bad=BAD,
    good=GOOD,
    lesson="Give both sides of a loss names that say where they come from: the pupil's and the teacher's.",
)
