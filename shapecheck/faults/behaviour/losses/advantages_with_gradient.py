"""An advantage weighs log-probabilities and carries a gradient into the value."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.actor, self.critic = nn.Linear(3, 5), nn.Linear(3, 1)

    def forward(self, x):
        return self.actor(x).log_softmax(-1), self.critic(x).squeeze(-1)


def loss(out, target):
    log_probs, values = out
    actions, returns = target
    advantages = returns - values
    taken = log_probs.gather(1, actions.unsqueeze(1)).squeeze(1)
    return -(taken * advantages).mean() + nn.functional.mse_loss(values, returns)


batch = torch.randn(4, 3), (torch.tensor([0, 4, 2, 3]), torch.randn(4))
report = audit(Model(), loss, batch)
"""
)

GOOD = BAD.replace("returns - values", "returns - values.detach()")

FAULT = Fault(
    code="SC720",
    slug="advantages_with_gradient",
    headline="an advantage weighs log-probabilities and carries a gradient into the value",
    why=(
        "An advantage says how much better an action was than expected: for the policy it is a number. With its "
        "gradient the value is changed by how likely the actions are, against its own loss, and says no more what is "
        "to be expected."
    ),
    recognise=sees("advantages_with_gradient"),
    bad=BAD,
    good=GOOD,
    lesson="Detach what weighs the log-probabilities; the value learns by its own loss.",
)
