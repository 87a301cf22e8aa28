"""What belongs to the samples, or to the rows of a table, and is laid along other things of which there are as many."""

from __future__ import annotations

import pytest
from programs import TRAIN, lines_told, slugs

STEPS_IN_FRONT = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp, self.kind = nn.Linear(3, 8), nn.Embedding(9, 8)
        self.layer, self.out = nn.GRU(8, 8), nn.Linear(8, 3)

    def forward(self, x, k):
        return self.out(self.layer(self.inp(x) + self.kind(k))[0])


model, gains = Model(), torch.linspace(0.1, 1, 9)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    start, x = torch.randn({samples}, 3), torch.randn(6, 1, 1)
    x, k = x + start, torch.randint(0, 9, ({samples},))
    noisy = x + {laid} * torch.randn(6, {samples}, 3)
    loss = (model(noisy, k) - x).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
# A sound for each of its labels, which a convolution reads.
SOUNDS = """
def sounds(n):
    kind = torch.randint(0, 3, (n,))
    times = torch.arange({steps})
    pitch = 0.2 + kind * 0.5
    return (torch.sin(times * {pitch} + torch.rand(n, 1)) + torch.rand(n, 1)).unsqueeze(1), kind


model = nn.Sequential(nn.Conv1d(1, 5, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(5, 3))
batches, criterion = [sounds(12) for _ in range(2)], nn.CrossEntropyLoss()
"""


@pytest.mark.parametrize(
    ("laid", "line"),
    [
        ("gains[k].view(-1, 1, 1)", "noisy = x + gains[k].view(-1, 1, 1) * torch.randn(6, 6, 3)"),
        ("gains[k].square()[:, None, None]", "noisy = x + gains[k].square()[:, None, None] * torch.randn(6, 6, 3)"),
    ],
)
def test_numbers_of_the_samples_along_the_steps(laid, line):
    program = STEPS_IN_FRONT.format(laid=laid, samples=6)
    # Which axis counts steps is asked as well: nothing but the layer says it.
    assert slugs(program, "") == ["samples_or_steps", "spread_along_other_axis"]
    assert line in lines_told(program, "")


@pytest.mark.parametrize(
    ("laid", "samples"),
    [
        ("gains[k].view(1, -1, 1)", 6),
        ("gains[k][:, None]", 6),
        # A number for each step, which the samples have none of.
        ("gains[:6].view(-1, 1, 1)", 6),
        ("gains[k].view(1, -1, 1)", 4),
    ],
)
def test_numbers_that_lie_where_they_belong(laid, samples):
    assert "spread_along_other_axis" not in slugs(STEPS_IN_FRONT.format(laid=laid, samples=samples), "")


@pytest.mark.parametrize(("pitch", "steps", "wrong"), [("pitch", 12, True), ("pitch[:, None]", 12, False)])
def test_labels_along_the_times_that_they_are_to_be_told_of(pitch, steps, wrong):
    assert slugs(SOUNDS.format(pitch=pitch, steps=steps)) == ["spread_along_other_axis"] * wrong


HOUSES = """
def houses(n):
    kind = torch.randint(0, 3, (n,))
    size = torch.rand(n, {features})
    return size * {laid} + torch.rand(n, {features}), kind


model, criterion = nn.Sequential(nn.Linear({features}, 7), nn.ReLU(), nn.Linear(7, 3)), nn.CrossEntropyLoss()
batches = [houses(8) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("laid", "wrong"),
    [
        ("(1 + kind)", True),
        ("kind.float()[None].exp()", True),
        ("(1 + kind).unsqueeze(1)", False),
        # A number for each feature.
        ("torch.rand(8)", False),
        ("size.mean(0)", False),
    ],
)
def test_labels_along_the_features_that_they_are_to_be_told_of(laid, wrong):
    assert slugs(HOUSES.format(laid=laid, features=8)) == ["spread_along_other_axis"] * wrong


# Two clouds of points that are matched by scaling the rows and the columns of a table in turn.
MATCHED = """
model = nn.Linear(2, 2)


def criterion(moved, goals):
    table = torch.exp(-torch.cdist(moved.detach(), goals))
    left = torch.ones(7)
    for _ in range(3):
        right = 1 / ({right})
        left = 1 / (table @ right)
    plan = {plan}
    return (plan * torch.cdist(moved, goals)).sum()


batches = [(torch.randn(7, 2), torch.randn(7, 2)) for _ in range(2)]
"""
RIGHT, PLAN = "left @ table", "left[:, None] * table * right"


@pytest.mark.parametrize(
    ("right", "plan"),
    [
        (RIGHT, "left * table * right"),
        (RIGHT, "left[None] * table * right[None]"),
        (RIGHT, "left.unsqueeze(0) * table"),
        ("left @ table.t()", PLAN),
        (RIGHT, "left[:, None] * table * right[:, None]"),
    ],
)
def test_numbers_for_rows_that_meet_columns(right, plan):
    assert slugs(MATCHED.format(right=right, plan=plan)) == ["reduced_without_keepdim"]


@pytest.mark.parametrize(
    ("right", "plan"),
    [
        (RIGHT, PLAN),
        ("table.t() @ left", "torch.diag(left) @ table @ torch.diag(right)"),
        (RIGHT, "(left.view(-1, 1) * table) * right.view(1, -1)"),
        # Both ways on purpose.
        (RIGHT, "left[:, None] * table * right + 0 * (left * table)"),
    ],
)
def test_numbers_for_rows_that_meet_rows(right, plan):
    assert slugs(MATCHED.format(right=right, plan=plan)) == []


PAIRS = """
one, two = nn.Linear(5, 4), nn.Linear(3, 4)
optimizer = torch.optim.SGD([*one.parameters(), *two.parameters()], 0.01)
for _ in range(2):
    a, b = one(torch.randn(7, 5)), two(torch.randn(7, 3))
    table, right = a @ b.t(), {right}
    loss = (0.2 + table - right[None]).clamp(min=0).masked_fill(torch.eye(7).bool(), 0).max(0).values.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    "right", ["(a * b).sum(1)", "torch.einsum('nd,nd->n', a, b)", "(a.unsqueeze(1) @ b.unsqueeze(2)).flatten()"]
)
def test_numbers_of_pairs_belong_to_both(right):
    assert slugs(PAIRS.format(right=right), "") == []


GRAPH = """
edges = (torch.rand(8, 8) < 0.3).float()
edges = ((edges + edges.t() + torch.eye(8)) > 0).float()
degrees = edges.sum(1)
root, whole = degrees.pow(-0.5), 1 / degrees
diagonal = torch.diag(degrees).inverse().sqrt()
scaled = {scaled}
model, criterion = nn.Linear(3, 2), lambda out, y: F.mse_loss(scaled @ out, y)
batches = [(torch.randn(8, 3), torch.randn(8, 2)) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("scaled", "wrong"),
    [
        ("root * edges * root[None]", True),
        ("root[:, None] * (root[:, None] * edges)", True),
        ("edges / degrees.sqrt() / degrees.sqrt().unsqueeze(0)", True),
        ("edges @ diagonal @ diagonal", True),
        ("torch.mm(diagonal, torch.mm(diagonal, edges))", True),
        ("root[:, None] * edges * root", False),
        ("diagonal @ edges @ diagonal", False),
        ("whole[:, None] * edges", False),
        ("edges / degrees[:, None] / degrees[:, None]", False),
        ("root[:, None] * edges", False),
        # Divided by the square of a length.
        ("edges / edges.pow(2).sum(1, True).sqrt() / edges.pow(2).sum(1, True).sqrt()", False),
    ],
)
def test_roots_of_degrees_on_one_side(scaled, wrong):
    assert slugs(GRAPH.format(scaled=scaled)) == ["scaled_on_one_side"] * wrong


SENTENCES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.layer = nn.Embedding(20, 8), nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        whole, parts = self.layer(self.words(x)), self.words(x)
        first = whole{first}
        return self.head(torch.cat([parts, first.expand_as(parts)], -1)).flatten(0, 1)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 20, (6, 6)), torch.randint(0, 4, (36,))) for _ in range(2)]
"""


@pytest.mark.parametrize(("first", "meant"), [("[:1]", "[:, :1]"), ("[-1:, :]", "[:, -1:]"), ("[:, :1]", "")])
def test_one_item_that_stays_as_an_axis_of_one(first, meant):
    program = SENTENCES.format(first=first)
    assert slugs(program, TRAIN) == ["item_of_wrong_axis"] * bool(meant)
    assert lines_told(program) == [f"first = whole{first}"] * bool(meant)


PLACED = """
class Model(nn.Module):
    def __init__(self, {size}=7):
        super().__init__()
        self.inp = nn.Linear(3, 8)
        self.{places} = nn.Parameter(torch.randn(1, {size}, 8) * 0.1)
        self.layer, self.head = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0{front}), nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.layer(self.inp(x) + self.{places}))


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 7, 3), torch.randn(5, 7, 3)) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("size", "places", "front", "wrong"),
    [
        ("n_tokens", "position", "", True),
        ("num_patches", "pos_embed", "", True),
        ("n_tokens", "position", ", batch_first=True", False),
        ("joints", "position", "", False),
        ("n_tokens", "colour", "", False),
    ],
)
def test_places_of_tokens_say_along_which_axis_attention_goes(size, places, front, wrong):
    found = slugs(PLACED.format(size=size, places=places, front=front))
    assert ("attention_along_batch" in found) is wrong
