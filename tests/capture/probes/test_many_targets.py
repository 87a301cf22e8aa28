"""One prediction that a loss holds against many targets, and where that is meant."""

from __future__ import annotations

import pytest
from programs import audited, slugs

CRITIC = """
critic, slow, actor = nn.Linear(6, 1), nn.Linear(6, 1), nn.Linear(6, 4)
others = nn.ModuleList(nn.Linear(6, 1) for _ in range(4))
optimizer = torch.optim.SGD(critic.parameters(), 0.01)
for _ in range(3):
    state, after, reward, done = torch.randn(9, 6), torch.randn(9, 6), torch.randn(9, 1), torch.zeros(9, 1)
    ratings = torch.randn(9, 4)
    with torch.no_grad():
        {goal}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SOFT = "goal = reward + 0.9 * (1 - done) * (slow(after) - 0.1 * actor(after).log_softmax(-1){picked})"
LOSS = "F.mse_loss(critic(state), goal)"


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("goal", "loss", "found"),
    [
        (SOFT.format(picked=""), LOSS, True),
        (SOFT.format(picked=""), "F.smooth_l1_loss(goal, critic(state))", True),
        # The best of the actions was not picked.
        ("goal = reward + 0.9 * actor(after)", "F.huber_loss(critic(state), goal)", True),
        ("goal = torch.where(done > 0, reward, actor(after))", "nn.L1Loss()(critic(state).tanh(), goal)", True),
        (SOFT.format(picked=".amax(-1, keepdim=True)"), LOSS, False),
        ("goal = reward + 0.9 * actor(after).amax(1, keepdim=True)", LOSS, False),
        # Several people judge one item, and several models a state.
        ("goal = ratings", LOSS, False),
        ("goal = ratings - ratings.mean(1, keepdim=True)", LOSS, False),
        ("goal = reward + 0.9 * torch.cat([other(after) for other in others], 1)", LOSS, False),
        # One number for all samples.
        ("goal = reward + 0.9 * actor(after)", "F.mse_loss(critic.bias.expand(1, 1), goal)", False),
    ],
)
def test_a_value_is_held_against_one_number_of_each_sample(goal, loss, found):
    assert slugs(CRITIC.format(goal=goal, loss=loss), "") == (["many_targets_for_one"] if found else [])


SUMMED = """
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, taken, goal = torch.randn({rows}, 6), torch.eye(4)[torch.randint(0, 4, ({rows},))], torch.randn({rows})
    q = {q}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("q", "loss", "rows", "found"),
    [
        ("(model(x) * taken).sum()", "(goal - q).pow(2).mean()", "9", True),
        ("torch.sum(model(x) * taken)", "(q - goal).abs().mean()", "9", True),
        ("(model(x) * taken).sum()", "F.mse_loss(q, goal)", "9", True),
        ("(model(x) * taken).sum()", "(goal - q).pow(2).mean()", "5, 7", True),
        ("(model(x) * taken).sum(1)", "(goal - q).pow(2).mean()", "9", False),
        # The total of all samples has a total of its own to meet.
        ("(model(x) * taken).sum()", "(goal.sum() - q).pow(2)", "9", False),
        ("(model(x) * taken).sum()", "(goal[:4] - q).pow(2).mean()", "9", False),
        # A mean may be what all are held against, and a sum may scale.
        ("(model(x) * taken).mean()", "(goal - q).pow(2).mean()", "9", False),
        ("(model(x) * taken).sum()", "(goal * q).mean()", "9", False),
        # A total that is read several times, each with an error of its own, and one that each row repeats.
        ("model(x).sum()", "(goal - q).abs().mean()", "9", False),
        ("(model(x) * taken).sum()", "(goal.sum().expand(9) - q).pow(2).mean()", "9", False),
        # One weight for each of the features, and one number of all: a bias.
        ("(model.weight * 0.1).sum()", "(goal[:4] - q).pow(2).mean() + model(x).mean()", "9", False),
        # A single row.
        ("(model(x) * taken).sum()", "(goal - q).pow(2).mean()", "1", False),
    ],
)
def test_a_sum_of_all_is_held_against_a_goal_of_each(q, loss, rows, found):
    assert ("many_targets_for_one" in slugs(SUMMED.format(q=q, loss=loss, rows=rows), "")) is found


LEVEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.level = nn.Linear(6, 1), nn.Linear(6, 1)

    def forward(self, x):
        return self.linear(x).squeeze(1), self.level(x).mean()


def criterion(out, y):
    rest, level = out
    return {loss} + rest.pow(2).mean()


model = Model()
batches = [(torch.randn(9, 6), torch.randn(9)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("loss", "found"), [("(y - level - rest).pow(2).mean()", False), ("(y - level).pow(2).mean()", True)]
)
def test_a_level_of_the_batch_is_one_part_of_a_guess(loss, found):
    assert ("many_targets_for_one" in slugs(LEVEL.format(loss=loss))) is found


WHOLE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 1)

    def forward(self, x):
        return {returned}


model, criterion = Model(), nn.{loss}()
batches = [(torch.randn(9, 7, 6), {goal}) for _ in range(3)]
"""


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("returned", "loss", "goal", "found"),
    [
        ("self.linear(x).sum()", "MSELoss", "torch.randn(9, 1)", ["        return self.linear(x).sum(dim=1)\n"]),
        ("self.linear(x).mean()", "L1Loss", "torch.randn(9)", ["        return self.linear(x).mean(dim=(1, 2))\n"]),
        ("self.linear(x).sum(1)", "MSELoss", "torch.randn(9, 1)", None),
        # One number for all, on purpose; a number for the batch; and other targets than one for each sample.
        ("self.linear(x).mean()", "MSELoss", "torch.ones(9)", None),
        ("self.linear(x).mean()", "MSELoss", "torch.randn(())", None),
        ("self.linear(x).mean()", "MSELoss", "torch.randn(4)", None),
    ],
)
def test_a_model_that_returns_one_number_of_all_samples(returned, loss, goal, found):
    told = audited(WHOLE.format(returned=returned, loss=loss, goal=goal))
    assert [edits for slug, edits in told if slug == "many_targets_for_one"] == ([] if found is None else [found])
