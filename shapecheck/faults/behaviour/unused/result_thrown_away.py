"""What an operation gives back is not kept, and the tensor goes on as it was."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.ask, self.keys = nn.Linear(4, 6), nn.Linear(4, 6)

    def forward(self, x, is_real):
        scores = self.ask(x) @ self.keys(x).transpose(1, 2)
        scores.masked_fill(~is_real[:, None], -1e9)
        return scores.softmax(-1) @ x


model = Attention()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
x, is_real = torch.randn(3, 5, 4), torch.arange(5) < torch.tensor([[5], [2], [3]])
for _ in range(2):
    loss = ((model(x, is_real) - x) ** 2)[is_real].mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("        scores.masked_fill", "        scores = scores.masked_fill")

FAULT = Fault(
    code="SC872",
    slug="result_thrown_away",
    headline="the result of an operation is not kept",
    why=(
        "Most operations of torch leave their tensor as it is and give back another one. As a statement of its own, "
        "`x.masked_fill(mask, 0)` or `x.transpose(0, 1)` has no effect: what follows reads the old tensor. Only "
        "methods whose name ends in `_` change the tensor itself, and those that change its shape leave its other "
        "readers with the new one."
    ),
    recognise=sees("result_thrown_away", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="Give the result a name: x = x.masked_fill(mask, 0).",
)
