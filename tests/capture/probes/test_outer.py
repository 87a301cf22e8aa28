"""A column against a row, wherever it happens: targets of a critic, advantages, distributions, hand-made measures."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

CRITIC = """
critic, actor = nn.Linear(4, 1), nn.Linear(4, 3)
model = nn.ModuleList([critic, actor])


def batch():
    rows = zip(*[(torch.randn(4).tolist(), i % 3, i / 6, torch.randn(4).tolist(), i == 2) for i in range(6)])
    state, action, reward, after, done = (torch.tensor(list(row)) for row in rows)
    return state, action, reward, after, done.float()
"""
UPDATE = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    state, action, reward, after, done = batch()
    value = critic(state)
    with torch.no_grad():
        next_value = critic(after)
    {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
HELD = "every_prediction_with_every_target"


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("loss", "edits"),
    [
        (
            "loss = F.mse_loss(value, reward + 0.9 * next_value)",
            ["loss = F.mse_loss(value, reward.unsqueeze(-1) + 0.9 * next_value)"],
        ),
        (
            "target = reward + 0.9 * next_value * (1 - done)[:, None]\n    loss = (value - target).pow(2).mean()",
            ["target = reward.unsqueeze(-1) + 0.9 * next_value * (1 - done)[:, None]"],
        ),
        (
            "target = reward + 0.9 * (1 - done) * next_value\n    loss = F.huber_loss(value.squeeze(1), target)",
            ["target = reward + 0.9 * (1 - done) * next_value.squeeze(-1)"],
        ),
        (
            "gain = reward - value.detach()\n"
            "    picked = actor(state).log_softmax(1).gather(1, action[:, None]).squeeze(1)\n"
            "    loss = F.mse_loss(value.squeeze(1), reward) - (picked * gain).mean()",
            ["gain = reward - value.detach().squeeze(-1)"],
        ),
        (
            "weight = 1 / (1 + done)\n    loss = (weight * (value - next_value).pow(2)).mean()",
            ["loss = (weight * (value - next_value).pow(2).squeeze(-1)).mean()"],
        ),
        # Both parts of the target are data.
        (
            "known = torch.rand(6, 1)\n    loss = F.mse_loss(value, reward + known)",
            ["loss = F.mse_loss(value, reward.unsqueeze(-1) + known)"],
        ),
    ],
)
def test_targets_of_a_critic(loss, edits):
    found = audited(CRITIC, UPDATE.format(loss=loss))
    assert [slug for slug, _ in found] == [HELD]
    assert [edit.strip() for edit in found[0][1]] == edits


@pytest.mark.parametrize(
    "loss",
    [
        "loss = F.mse_loss(value, reward.view(-1, 1) + 0.9 * next_value * (1 - done).view(-1, 1))",
        "loss = F.mse_loss(value.squeeze(1), reward + 0.9 * next_value.squeeze(1) * (1 - done))",
        # Tables of pairs: another one meets them, or what comes next is made of tables alone.
        "each = value.pow(2) + next_value.squeeze(1).pow(2)\n    loss = (each - 2 * value @ next_value.t()).mean()",
        "gap = value - reward\n    loss = (gap.abs() * (1 - torch.eye(6))).mean()",
        "gap = value - reward\n    loss = gap.softmax(1).log().mean()",
        "gap = value - reward\n    loss = gap.triu(1).mean()",
        # Each of as many parameters meets each sample.
        "scale = nn.Parameter(torch.ones(6))\n    loss = (reward.view(-1, 1) * scale * critic.weight.sum()).mean()",
    ],
)
def test_what_is_of_one_shape_or_a_table(loss):
    assert slugs(CRITIC, UPDATE.format(loss=loss)) == []


@pytest.mark.parametrize(("call", "found"), [("", [HELD]), (".squeeze(-1)", [])])
@pytest.mark.parametrize("sizes", [(4,), (4, 4), (4, 4, 4)])
def test_the_likelihood_of_a_distribution(sizes, call, found):
    program = f"""
    def criterion(made, y):
        target, keep = y
        scale = made[..., 1:].exp()
        each = -torch.distributions.Normal(made[..., :1], scale).log_prob(target)
        # What spreads tensors to one shape leaves each of them what it was.
        keep = torch.broadcast_tensors(keep, keep)[0]
        return (each{call} * keep).mean()

    model = nn.Linear(3, 2)
    sizes = {sizes}
    batches = [(torch.randn(*sizes, 3), (torch.randn(*sizes, 1), torch.rand(*sizes))) for _ in range(3)]
    """
    assert slugs(program) == found


DATA = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.value, self.kind = nn.Linear(6, 4), nn.Linear(4, 1), nn.Linear(4, 3)

    def forward(self, x, kind=False):
        return self.kind(self.body(x)) if kind else self.value(self.body(x))


class Flat(nn.Module):
    def forward(self, made, y):
        return F.mse_loss(made.view(-1), y.view(-1))


model, criterion = Model(), Flat()
batches = [(torch.randn(5, 6), torch.randn(5)) for _ in range({steps})]
"""


@pytest.mark.parametrize("steps", [2, 5])
@pytest.mark.parametrize(
    ("measured", "slug"),
    [
        ("((model(x) - y) ** 2).mean().sqrt()", HELD),
        ("criterion(model(x), y) + (model(x) - y).abs().mean()", HELD),
        ("F.l1_loss(model(x).squeeze(1), y) + (model(x, kind=True).argmax(1) == y.view(-1, 1)).sum()",
         "every_guess_with_every_label"),
        ("((model(x) > 0).long() & (y > 0).long()).sum()", "every_guess_with_every_label"),
        ("((model(x).view(-1) - y) ** 2).mean() + (model(x, kind=True).argmax(1) == y).sum()", None),
        ("criterion(model(x), y) + ((model(x)[:, 0] > 0) & (y > 0)).sum()", None),
    ],
)  # fmt: skip
def test_measures_behind_other_calls(measured, slug, steps):
    evaluated = f"""
model.eval()
with torch.no_grad():
    total = sum(({measured}).item() for x, y in batches)
"""
    assert slugs(DATA.format(steps=steps), TRAIN + evaluated) == ([slug] if slug else [])


COLLECTED = """
model.eval()
made, asked = [], []
with torch.no_grad():
    for x, y in batches:
        made.append(model(x))
        asked.append(y)
made, asked = torch.cat(made){call}, torch.cat(asked)
print(((made - asked) ** 2).mean().sqrt().item())
"""


@pytest.mark.parametrize(("call", "found"), [("", [HELD]), (".squeeze(-1)", []), (".view(-1)", [])])
@pytest.mark.parametrize("steps", [1, 5])
def test_what_is_collected_of_all_batches(steps, call, found):
    assert slugs(DATA.format(steps=steps), TRAIN + COLLECTED.format(call=call)) == found
