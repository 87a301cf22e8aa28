"""The components of a mixture are added up along another axis than their own."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 10)

    def forward(self, x):
        return self.linear(x).chunk(2, dim=-1)


def loss(out, target):
    weights, means = out
    errors = -0.5 * (target - means) ** 2
    return -torch.logsumexp(weights.log_softmax(-1) + errors, dim=1).mean()


report = audit(Model(), loss, (torch.randn(4, 7, 3), torch.randn(4, 7, 1)))
"""
)

GOOD = BAD.replace("errors, dim=1)", "errors, dim=-1)")

FAULT = Fault(
    code="SC878",
    slug="mixture_along_other_axis",
    headline="the components of a mixture are added up along another axis than their own",
    why=(
        "What the weights share out among the components is put together again by a sum over the components. A sum "
        "over the steps makes one observation of all of them, and the components are averaged as if they were several."
    ),
    recognise=sees("mixture_along_other_axis"),
    bad=BAD,
    good=GOOD,
    lesson="logsumexp goes along the axis of the log_softmax.",
)
