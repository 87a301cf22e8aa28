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


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "huber_loss"])
@pytest.mark.parametrize("given", ["value.squeeze(-1).unsqueeze(-1), reward", "value, reward[:, None].unsqueeze(-1)"])
def test_an_axis_that_is_added_in_the_call_of_a_loss_is_no_table(loss, given):
    assert HELD in slugs(CRITIC, UPDATE.format(loss=f"loss = F.{loss}({given})"))


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_a_row_that_is_held_against_a_column_is_a_table():
    loss = "loss = 2 * F.l1_loss(value, reward.view(1, 6)) - F.l1_loss(value, value.view(1, 6))"
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


MAPS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Conv2d(2, 5, 3), nn.Conv2d(5, 3, 1)

    def forward(self, x):
        return self.head(self.body(x).mean((2, 3), keepdim=True)){end}


def criterion(made, y):
    {loss}


model = Model()
batches = [(torch.randn(4, 2, 6, 7), torch.randn(4, {size})) for _ in range(3)]
"""
BY_HAND = [
    ("return (made - y).abs().mean()", ["return (made.flatten(1) - y).abs().mean()"]),
    ("gap = y - made\n    return (gap * gap).sum() / len(y)", ["gap = y - made.flatten(1)"]),
    ("return torch.sub(made, y).pow(2).mean()", ["return torch.sub(made.flatten(1), y).pow(2).mean()"]),
    # Both tables of the sum would have to change, in one line.
    ("p, q = made.sigmoid(), (y > 0).float()\n    return -(q * p.log() + (1 - q) * (1 - p).log()).mean()", []),
]


@pytest.mark.parametrize(("loss", "edits"), BY_HAND)
def test_maps_of_one_place_against_rows(loss, edits):
    ((slug, found),) = audited(MAPS.format(end="", loss=loss, size=3))
    assert slug == HELD
    assert [edit.strip() for edit in found] == edits
    assert slugs(MAPS.format(end=".flatten(1)", loss=loss, size=3)) == []


@pytest.mark.parametrize(
    ("end", "edit"), [("[:, :1]", "made.flatten(1)"), ("[:, 0]", "made.squeeze(-1)"), ("[:, :1, 0, 0]", None)]
)
def test_maps_of_one_number(end, edit):
    found = audited(MAPS.format(end=end, loss="return (made - y).abs().mean()", size=1))
    assert [slug for slug, _ in found] == ([HELD] if edit else [])
    assert not edit or edit in found[0][1][0]


def test_an_axis_of_one_in_the_middle():
    program = """
    class Model(nn.Linear):
        def forward(self, x):
            return super().forward(x).unsqueeze(1)

    def criterion(made, y):
        return (made - y).abs().mean()

    model = Model(5, 3)
    batches = [(torch.randn(4, 5), torch.randn(4, 3)) for _ in range(3)]
    """
    ((slug, edits),) = audited(program)
    assert slug == HELD
    assert "made.squeeze(1) - y" in edits[0]


@pytest.mark.parametrize(
    "loss",
    [
        # A scale and a target for each map, which spread over its places.
        "return (made - y[:, :, None, None]).abs().mean()",
        "return (made - y.mean(0).view(3, 1, 1)).abs().mean()",
        # A table of all pairs of samples and maps, which another table is held against.
        "gap = made - y\n    return (gap * torch.eye(4)[:, None, :, None]).mean() + (gap.abs() * known).mean()",
    ],
)
def test_maps_that_spread_on_purpose(loss):
    assert slugs("known = torch.rand(4, 3, 4, 3)\n" + MAPS.format(end="", loss=loss, size=3)) == []


@pytest.mark.parametrize(
    "measure",
    [
        "torch.where(gap.abs() < 1, 0.5 * gap ** 2, gap.abs() - 0.5).mean()",
        "(gap ** 2).mean(1).mean()",
        "gap.abs().sum(dim=-1).mean()",
        "torch.norm(gap)",
        "torch.linalg.vector_norm(gap)",
    ],
)
@pytest.mark.parametrize(("call", "found"), [("", [HELD]), (".squeeze(1)", [])])
def test_whatever_makes_one_number_of_a_table(measure, call, found):
    program = f"""
    def criterion(made, y):
        gap = made{call} - y
        return {measure if not call else measure.replace("(1)", "(0)")}

    model = nn.Linear(7, 1)
    batches = [(torch.randn(5, 7), torch.randn(5)) for _ in range(3)]
    """
    assert slugs(program) == found


@pytest.mark.parametrize(
    "loss",
    [
        # For each prediction the nearest of all targets.
        "return gap.abs().min(1).values.mean()",
        "return (gap.abs().sum(1) * torch.rand(5)).mean()",
        "return -torch.logsumexp(-gap ** 2, 1).mean()",
        "return torch.where(torch.eye(5).bool(), gap, gap * 0).abs().mean()",
    ],
)
def test_more_than_one_number_of_a_table(loss):
    program = f"""
    def criterion(made, y):
        gap = made - y
        {loss}

    model = nn.Linear(7, 1)
    batches = [(torch.randn(5, 7), torch.randn(5)) for _ in range(3)]
    """
    assert slugs(program) == []


DEPTHS = """
def criterion(made, y):
    gap = made{call} - y
    first, second = gap.pow(2).sum(dim=(-2, -1)) / 12, gap.sum(dim=(-2, -1)).pow(2) / 144
    return {measure}

model = nn.Conv2d(3, 1, 1)
batches = [(torch.randn(4, 3, 6, 5), torch.randn(4, 6, 5)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("call", "measure", "found"),
    [
        ("", "(first - 0.5 * second).mean()", [HELD]),
        (".squeeze(1)", "(first - 0.5 * second).mean()", []),
        # The nearest of all maps for each of them.
        ("", "first.min(1).values.mean()", []),
        ("", "(first * torch.eye(4)).sum()", []),
    ],
)
def test_maps_that_are_summed_before_they_are_worked_on(call, measure, found):
    assert slugs(DEPTHS.format(call=call, measure=measure)) == found


EPISODES = """
model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
labels = torch.arange(5)[:, None, None] % 3
for _ in range(3):
    scores = model(torch.randn(5, 1, 4)).log_softmax(2)
    loss = -scores.gather(2, labels).mean()
    hits = scores.argmax(2).eq(labels.squeeze({axis})).float().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(("axis", "found"), [("", ["every_guess_with_every_label"]), ("2", [])])
def test_labels_of_a_measure_that_lose_an_axis_of_one_item_as_well(axis, found):
    """No loss reads what the squeeze left, so nobody else tells it."""
    assert slugs(EPISODES.format(axis=axis), "") == found


QUANTILES = """
rows, told = torch.randn(21, 4), torch.randn(21, 1)
model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for part in torch.randperm(21).split(7):
    out, y = model(rows[part]), told[part]
    losses = []
    for i, q in enumerate([0.1, 0.5, 0.9]):
        error = {error}
        losses.append(torch.max((q - 1) * error, q * error))
    loss = {joined}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    "joined",
    ["torch.stack(losses).mean()", "torch.stack(losses, -1).sum(-1).mean()", "torch.cat(losses).mean()"],
)
def test_tables_of_a_loop_that_are_put_together(joined):
    program = QUANTILES.format(error="y - out[:, i]", joined=joined)
    assert audited(program, "") == [
        ("every_prediction_with_every_target", ["        error = y.squeeze(-1) - out[:, i]\n"])
    ]
    assert audited(QUANTILES.format(error="y[:, 0] - out[:, i]", joined=joined), "") == []


def test_tables_that_are_put_together_and_looked_at_row_by_row():
    joined = "torch.stack(losses).min(-1).values.mean()"
    assert audited(QUANTILES.format(error="y - out[:, i]", joined=joined), "") == []
