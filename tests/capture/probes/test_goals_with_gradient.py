"""Goals that a model makes of its own answer to what comes next, with and without its gradient."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model, slow = nn.Linear(6, 4), nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, after, reward, done = torch.randn(9, 6), torch.randn(9, 6), torch.randn(9), (torch.rand(9) > 0.8).float()
    worth = model(x).gather(1, torch.randint(0, 4, (9, 1))).squeeze(1)
    {goal}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
LOSS = "F.mse_loss(worth, goal)"
BEST = "model(after).max(1)[0]"


@pytest.mark.parametrize(
    ("goal", "loss"),
    [
        (f"goal = reward + 0.9 * {BEST}", LOSS),
        (f"goal = reward + 0.9 * (1 - done) * {BEST}", "F.smooth_l1_loss(goal, worth)"),
        ("goal = reward + model(after).amax(dim=1) * 0.97 * (1 - done)", "(worth - goal).pow(2).mean()"),
        ("goal = reward + 0.9 * model(after)[:, 0]", "nn.HuberLoss()(worth, goal)"),
        ("goal = reward + 0.9 * (1 - done) * model(after)[:, 0]", "F.mse_loss(model(x)[:, 0], goal)"),
    ],
)
def test_a_goal_with_a_gradient(goal, loss):
    assert slugs(PROGRAM.format(goal=goal, loss=loss), "") == ["goals_with_gradient"]


def test_what_the_model_answers_is_detached():
    (found,) = audited(PROGRAM.format(goal=f"goal = reward + 0.9 * {BEST}", loss=LOSS), "")
    assert found == ("goals_with_gradient", ["    goal = reward + 0.9 * model(after).detach().max(1)[0]\n"])


@pytest.mark.parametrize(
    ("goal", "loss"),
    [
        (f"goal = reward + 0.9 * {BEST}.detach()", LOSS),
        (f"goal = reward + 0.9 * {BEST}", "F.mse_loss(worth, goal.detach())"),
        (f"with torch.no_grad(): goal = reward + 0.9 * {BEST}", LOSS),
        # The gradient of another model is nobody's.
        ("goal = reward + 0.9 * slow(after).max(1)[0]", LOSS),
        # Two answers that are to be alike, and a step of a path that is learned.
        ("goal = model(after).max(1)[0]", LOSS),
        ("goal = model(after).max(1)[0] + 0.1 * slow(x)[:, 0]", LOSS),
        # What decays and is driven: both ends of a time step are learned.
        ("goal = reward[:, None] + 0.9 * model(after)", "F.mse_loss(model(x), goal)"),
        ("goal = reward + 0.9 * model(after)[:, 0]", "(model(x)[:, 0] - goal).pow(2).mean()"),
    ],
)
def test_goals_that_are_numbers_and_answers_that_are_to_be_alike(goal, loss):
    assert "goals_with_gradient" not in slugs(PROGRAM.format(goal=goal, loss=loss), "")
