"""An operation that returns a new tensor was written as if it changed the old one."""

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
        out = self.linear(x)
        out.masked_fill(x[:, :1] > 0, 0.0)
        return out


report = audit(Model(), nn.MSELoss(), (torch.randn(4, 3), torch.randn(4, 5)))
"""
)

GOOD = BAD.replace("        out.masked_fill", "        out = out.masked_fill")

FAULT = Fault(
    code="SC872",
    slug="result_thrown_away",
    headline="what an operation returns is taken by nobody, and it changes nothing in place",
    why=(
        "A method without an underscore behind its name returns a new tensor and leaves its own as it is. On a line of "
        "its own it does nothing at all."
    ),
    recognise=sees("result_thrown_away"),
    bad=BAD,
    good=GOOD,
    lesson="Take what a method returns: x = x.clamp(0, 1).",
)
