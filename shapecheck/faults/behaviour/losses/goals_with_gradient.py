"""A goal that a model makes of its own answers carries their gradient."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(3, 5)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    states, following, rewards = torch.randn(8, 3), torch.randn(8, 3), torch.randn(8)
    actions = torch.randint(0, 5, (8,))
    worth = model(states).gather(1, actions.unsqueeze(1)).squeeze(1)
    goals = rewards + 0.9 * model(following).max(dim=1).values
    loss = nn.functional.mse_loss(worth, goals)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("model(following).max", "model(following).detach().max")

FAULT = Fault(
    code="SC728",
    slug="goals_with_gradient",
    headline="a goal that a model makes of its own answers carries their gradient",
    why=(
        "The reward and a share of what is expected next are what an answer is to come near: for this step they are "
        "the truth. With a gradient the goal comes near the answer as well, which is easier, and is not what the "
        "rewards say."
    ),
    recognise=sees("goals_with_gradient"),
    bad=BAD,
    good=GOOD,
    lesson="Compute goals under torch.no_grad(), or detach them.",
)
