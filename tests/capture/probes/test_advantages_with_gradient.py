"""Advantages that carry a gradient into the value, and those that do not."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.actor, self.critic, self.noise = nn.Linear(6, 4), nn.Linear(6, 1), nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return self.actor(x), self.critic(x).squeeze(-1), self.noise


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, returns = torch.randn(9, 6), torch.randn(9)
    scores, value, noise = model(x)
    {before}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
DRAWN = (
    "chosen = torch.distributions.Categorical(logits=scores); action = chosen.sample(); "
    "log_prob = chosen.log_prob(action)"
)
PICKED = "action = torch.randint(0, 4, (9, 1)); log_prob = F.log_softmax(scores, 1).gather(1, action).squeeze(1)"
NORMAL = "log_prob = torch.distributions.Normal(scores[:, 0], noise.exp()).log_prob(torch.randn(9))"
CRITIC = " + F.mse_loss(value, returns)"


@pytest.mark.parametrize(
    ("before", "loss"),
    [
        (DRAWN, "-(log_prob * (returns - value)).mean()" + CRITIC),
        (PICKED, "-(log_prob * (returns - value)).mean() + 0.5 * (returns - value).pow(2).mean()"),
        (PICKED, "((value - returns) * log_prob).mean() + F.smooth_l1_loss(value, returns)"),
        (NORMAL, "-((returns - value) * log_prob).sum()" + CRITIC),
        (PICKED + "; gain = returns - value", "-(gain * log_prob).mean() + gain.pow(2).mean()"),
        ("log_prob = scores.softmax(1)[:, 0].log()", "-((returns - value) * log_prob).mean()" + CRITIC),
        (PICKED + "; ratio = (log_prob - torch.randn(9)).exp()", "-(ratio * (returns - value)).mean()" + CRITIC),
    ],
)
def test_an_advantage_with_a_gradient(before, loss):
    assert slugs(PROGRAM.format(before=before, loss=loss), "") == ["advantages_with_gradient"]


def test_the_difference_itself_is_changed_where_nothing_else_reads_it():
    alone, shared = (
        audited(PROGRAM.format(before=f"{PICKED}\n    gain = returns - value", loss=loss), "")
        for loss in ("-(gain * log_prob).mean()" + CRITIC, "-(gain * log_prob).mean() + gain.pow(2).mean()")
    )
    assert alone == [("advantages_with_gradient", ["    gain = (returns - value).detach()\n"])]
    changed = "    loss = -(gain.detach() * log_prob).mean() + gain.pow(2).mean()\n"
    assert shared == [("advantages_with_gradient", [changed])]


@pytest.mark.parametrize(
    ("before", "loss"),
    [
        (PICKED, "-(log_prob * (returns - value).detach()).mean()" + CRITIC),
        (DRAWN, "-(log_prob * (returns - value.detach())).mean()" + CRITIC),
        (PICKED + "\n    with torch.no_grad(): gain = returns - value", "-(gain * log_prob).mean()" + CRITIC),
        (PICKED, "-(log_prob * returns).mean()" + CRITIC),
        # The likelihood of what a network says, with a width that is learned.
        (PICKED, "(((returns - value) * (-noise).exp()).pow(2) + 2 * noise).mean()"),
        # A residual that is to tell nothing of the width, and divergences of probabilities.
        (PICKED + "; width = F.softplus(scores[:, 0])", "((returns - value) * width.log()).mean().pow(2)" + CRITIC),
        (
            "q = scores.softmax(1); p = torch.rand(9, 4).softmax(1)",
            "((p - q) * (p.log() - scores.log_softmax(1))).sum(1).mean() + F.mse_loss(q, p)",
        ),
        (
            PICKED + "; p = scores.softmax(1).gather(1, action).squeeze(1)",
            "-((1 - p) * log_prob).mean() + F.mse_loss(p, torch.ones(9))",
        ),
        # What a critic says of drawn actions may well be pushed.
        (NORMAL, "(0.2 * log_prob - value).mean()" + CRITIC),
    ],
)
def test_an_advantage_that_is_a_number(before, loss):
    assert "advantages_with_gradient" not in slugs(PROGRAM.format(before=before, loss=loss), "")
