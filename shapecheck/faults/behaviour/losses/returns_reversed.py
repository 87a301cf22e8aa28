"""Returns are reckoned from one end and weigh what runs from the other: in reversed order, or of what was before."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

policy = nn.Linear(3, 2)
log_probs, rewards = [], []
for step in range(9):
    choice = torch.distributions.Categorical(logits=policy(torch.randn(3)))
    log_probs.append(choice.log_prob(choice.sample()))
    rewards.append(0.1 * step - 0.3 * (step % 3))
returns, total = [], 0.0
for reward in reversed(rewards):
    total = reward + 0.9 * total
    returns.append(total)
loss = -(torch.stack(log_probs) * torch.tensor(returns)).sum()
loss.backward()
"""
)

GOOD = BAD.replace("returns.append(total)", "returns.insert(0, total)")

FAULT = Fault(
    code="SC891",
    slug="returns_reversed",
    headline="returns run the other way round than the steps that they weigh",
    why=(
        "Returns are reckoned from the last reward backwards. A list that is appended to on the way holds them in "
        "that order: the first action is weighed with the last reward alone, and the last one with what was reached "
        "before it. Reckoned from the first reward on, they hold what was reached before each action as well."
    ),
    recognise=sees("returns_reversed"),
    bad=BAD,
    good=GOOD,
    lesson="A list that is filled backwards is filled in front, or turned round: returns.insert(0, total).",
)
