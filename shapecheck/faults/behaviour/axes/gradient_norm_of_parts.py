"""A gradient penalty measures parts of a sample's gradient, or all samples together."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
critic = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 1))


class Penalty(nn.Module):
    def __init__(self):
        super().__init__()
        self.critic = critic

    def forward(self, x):
        x = x.requires_grad_(True)
        (grad,) = torch.autograd.grad(self.critic(x).sum(), x, create_graph=True)
        return ((grad.norm(2, dim=1) - 1) ** 2).mean()


batch = torch.randn(4, 3, 2, 2), torch.zeros(())
report = audit(Penalty(), lambda penalty, _: 10 * penalty, batch)
"""
)

GOOD = BAD.replace("grad.norm(2, dim=1)", "grad.flatten(1).norm(2, dim=1)")

FAULT = Fault(
    code="SC855",
    slug="gradient_norm_of_parts",
    headline="a gradient penalty measures another length than that of one sample's gradient",
    why=(
        "A critic gives one score for a whole sample, so its gradient has as many numbers as the sample. Along one "
        "axis of several there is a length for each place that is left, and each of these is pushed to the same number."
    ),
    recognise=sees("gradient_norm_of_parts"),
    bad=BAD,
    good=GOOD,
    lesson="Flatten the gradient to one row for each sample, and take the norm along the rows.",
)
