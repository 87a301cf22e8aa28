"""Returns run on over the end of an episode."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

policy = nn.Linear(3, 2)
log_probs, rewards, dones = [], [], []
for step in range(12):
    choice = torch.distributions.Categorical(logits=policy(torch.randn(3)))
    log_probs.append(choice.log_prob(choice.sample()))
    rewards.append(0.1 * step - 0.3 * (step % 3))
    dones.append(step % 5 == 4)
returns, total = [], 0.0
for reward, done in zip(rewards[::-1], dones[::-1]):
    total = reward + 0.9 * total
    returns.insert(0, total)
loss = -(torch.stack(log_probs) * torch.tensor(returns)).sum()
loss.backward()
"""
)

GOOD = BAD.replace("0.9 * total", "0.9 * total * (1 - done)")

FAULT = Fault(
    code="SC892",
    slug="returns_over_ends",
    headline="returns run on over the end of an episode",
    why=(
        "One batch of steps holds several episodes. A sum that is carried on backwards from step to step takes the "
        "rewards of the next episode into the last steps of the one before, unless it is set to zero where an episode "
        "ends. A goal of one step has the same at its end: what says whether the episode goes on is multiplied with "
        "the worth of the next state. Added to it, that worth counts behind the end all the same."
    ),
    recognise=sees("returns_over_ends"),
    bad=BAD,
    good=GOOD,
    lesson="Where an episode ends, the sum begins anew: total = reward + gamma * total * (1 - done).",
)
