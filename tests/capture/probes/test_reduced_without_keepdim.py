"""Reductions that meet what they were made of, aligned from the right."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

KIND = "reduced_without_keepdim"
BANK = """
class Bank(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 6, 4))

    def forward(self, x):
        w = self.weight
        {lines}
        return torch.einsum("bf,kfo->bko", x, w).mean(1)

model, criterion = Bank(), nn.MSELoss()
batches = [(torch.randn(5, 6), torch.randn(5, 4)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    "lines",
    [
        "w = w / w.norm(dim=(1, 2))",
        "w = w / torch.linalg.vector_norm(w, dim=(-2, -1)).clamp(min=1e-6)",
        "w = w.div(w.square().sum(dim=(1, 2)).add(1e-6).sqrt())",
        "w = w - w.mean((1, 2))",
        "w = w * torch.rsqrt(w.pow(2).mean(dim=[1, 2]) + 1e-6)",
        "w = w / w.flatten(1).norm(dim=1)",
        "w = (w - w.amin((1, 2))) / (w.amax((1, 2), keepdim=True) - w.amin((1, 2), keepdim=True))",
        "w = w / torch.einsum('kfo,kfo->k', w, w).sqrt()",
        "s = w.abs().amax(dim=(1, 2)); w = torch.tanh(w / s)",
    ],
)
def test_one_number_a_matrix_along_the_columns(lines):
    assert slugs(BANK.format(lines=lines)) == [KIND]


@pytest.mark.parametrize(
    "lines",
    [
        "w = w / w.norm(dim=(1, 2), keepdim=True)",
        "w = w / w.norm(dim=(1, 2))[:, None, None]",
        "w = w / w.flatten(1).norm(dim=1).view(-1, 1, 1)",
        "w = w - w.mean(0)",
        "w = w - w.mean((0, 1))",
        "w = w / w.norm()",
        "w = w / torch.einsum('kfo,kfo->k', w, w).sqrt()[:, None, None]",
        "w = w / torch.einsum('kfo,kfo->o', w, w).sqrt()",
        "w = (w.permute(1, 2, 0) / w.norm(dim=(1, 2))).permute(2, 0, 1)",
        "w = w.transpose(0, 2); w = w * w.sum((0, 1))",
        "w = w * self.weight.detach().new_ones(4, 6, 4).sum((1, 2))",
        "w = w @ torch.eye(4) * w.mean((0, 1))",
    ],
)
def test_what_is_aligned_or_kept(lines):
    assert slugs(BANK.format(lines=lines)) == []


STEPPED = """
model, criterion = Bank(), nn.MSELoss()
for x, y in batches:
    model.zero_grad()
    criterion(model(x), y).backward()
    with torch.no_grad():
        g = model.weight.grad
        {lines}
        model.weight -= 0.1 * g
"""


@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        ("g = g / g.norm(dim=(-2, -1)).clamp(min=1e-7)", True),
        ("g = g / g.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)", False),
        ("g = g / g.square().mean((0, 1)).sqrt()", False),
        ("r, c = (g * g).mean(-1), (g * g).mean(-2); g = g * r.rsqrt().unsqueeze(-1) * c.rsqrt().unsqueeze(-2)", False),
    ],
)
def test_gradients_that_a_script_makes_a_step_of(lines, is_wrong):
    assert slugs(BANK.format(lines=""), STEPPED.format(lines=lines)) == [KIND] * is_wrong


NODES = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, x):
        return mixed @ self.linear(x)

nodes = torch.rand(6, 6)
links = {links}
{lines}
model, criterion = Net(), nn.MSELoss()
batches = [(torch.randn(6, 3), torch.randn(6, 2)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("links", "lines", "is_wrong"),
    [
        ("(nodes + nodes.T) / 2", "d = links.sum(1).rsqrt(); mixed = d[:, None] * links * d", False),
        ("(nodes + nodes.T) / 2", "mixed = links / links.sum(1)", False),
        ("nodes", "d = links.sum(1).rsqrt(); mixed = d.unsqueeze(1) * links * d", False),
        ("nodes", "mixed = links.T / links.sum(1)", False),
        ("nodes", "mixed = links / links.sum(0)", False),
        ("nodes - nodes.mean(0)", "mixed = links - links.mean(1, keepdim=True)", False),
        ("nodes", "mixed = links.softmax(1); mixed = mixed / mixed.sum(1)", False),
        ("nodes", "mixed = links / links.sum(1)", True),
    ],
)
def test_tables_of_nodes(links, lines, is_wrong):
    found = slugs(NODES.format(links=links, lines=lines))
    assert found == ([KIND] if is_wrong else [])


@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        ("mixed = torch.diag((links * links.sum(1)).sum(1))", False),
        ("d = links.sum(1); mixed = torch.diag((links / (d + 1)).sum(dim=1))", False),
        ("d = links.mean(1).log(); mixed = (links * d).mean(1, keepdim=True) * torch.eye(6)", False),
        ("both = links + links.T; mixed = links * links.sum(1)", False),
        ("mixed = links * links.sum(1); both = torch.maximum(mixed, links.t())", True),
        ("both = links + links.T; mixed = links / links.sum(1)", True),
        ("mixed = torch.diag((links / links.norm(dim=1)).sum(1))", True),
        ("mixed = torch.diag((links * links.exp() / links.sum(1)).sum(1))", True),
        ("mixed = links * links.sum(1); mixed = mixed + mixed.sum(1, keepdim=True)", True),
        ("mixed = torch.diag((links * links.sum(1)).sum(0))", True),
    ],
)
def test_tables_whose_sums_are_what_they_lead_to(lines, is_wrong):
    assert slugs(NODES.format(links="nodes", lines=lines)) == [KIND] * is_wrong


def test_tables_of_as_many_samples_as_rows_are_no_table_of_nodes():
    lines = "mixed = torch.diag((tables * tables.sum(2)).sum(2)[0])"
    assert slugs(NODES.format(links="nodes", lines=f"tables = torch.rand(6, 6, 6); {lines}")) == [KIND]


PREPARED = """
data = torch.randn(20, 6, 6) * torch.linspace(1, 3, 6)[:, None]
{lines}
model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
criterion = nn.CrossEntropyLoss()
batches = list(zip(train.split(5), torch.randint(0, 3, (15,)).split(5)))
"""


@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        ("mean = data[:15].mean((0, 2)); train, test = data[:15] - mean, data[15:] - mean", True),
        ("scale = data.std(dim=(0, 2)); train = (data / scale)[:15]", True),
        ("scale = data[:15].std(dim=(0, 1)); train = data[:15] / scale", False),
        ("scale = data.std(dim=(0, 2)); train = (data / scale.view(1, -1, 1))[:15]", False),
        ("mean = data.mean(0); train = data[:15] - mean", False),
    ],
)
def test_what_is_made_ready_before_training(lines, is_wrong):
    assert slugs(PREPARED.format(lines=lines)) == [KIND] * is_wrong


MEASURE = """
model.eval()
table = torch.zeros(3, 3)
with torch.no_grad():
    for x, y in batches:
        guess = model(x).argmax(1)
        for one, other in zip(y.tolist(), guess.tolist()):
            table[one, other] += 1
        {lines}
print(share.tolist())
"""
CLASSES = """
model, criterion = nn.Linear(6, 3), nn.CrossEntropyLoss()
batches = [(torch.randn(9, 6), torch.randint(0, 3, (9,))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        ("share = table / (table.sum(1) + 1)", True),
        ("share = table / (table.sum(1, keepdim=True) + 1)", False),
        ("share = table / (table.sum(0) + 1)", False),
        ("share = table.diag() / (table.sum(0) + table.sum(1) - table.diag())", False),
    ],
)
def test_a_table_of_guesses(lines, is_wrong):
    assert slugs(CLASSES, TRAIN + MEASURE.format(lines=lines)) == ([KIND] if is_wrong else [])


def test_all_reductions_of_a_function_are_changed_together():
    body = BANK.format(lines="m = w.mean((1, 2)); s = w.std((1, 2)); w = (w - m) / s")
    m, s = "w.mean((1, 2), keepdim=True)", "w.std((1, 2), keepdim=True)"
    assert audited(body) == [(KIND, [f"        m = {m}; s = {s}; w = (w - m) / s\n"])]


WEIGHED = """
model = nn.Conv2d(3, 6, 3, padding=1)
batches = [(torch.randn(5, 3, 9, 6), (torch.rand(5, 6, 9, 6) < 0.3).float()) for _ in range(3)]


def criterion(out, masks):
    each = F.{loss}(out, masks, reduction="none")
    {lines}
    return each.mean()
"""
BINARY = "binary_cross_entropy_with_logits"


@pytest.mark.parametrize("loss", [BINARY, "mse_loss", "smooth_l1_loss"])
@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        ("each = each * (1 / masks.mean((0, 2, 3)).clamp(min=0.01))", True),
        ("each = each / each.detach().mean(dim=(0, 2, 3))", True),
        ("each = each * (1 / masks.mean((0, 2, 3), keepdim=True).clamp(min=0.01))", False),
        ("each = each * (1 / masks.mean((0, 2, 3)))[:, None, None]", False),
        # Columns that are seldom set count for more.
        ("each = each * (1 - masks.mean((0, 1, 2)))", False),
        ("each = each.mean((2, 3)) * (1 - masks.mean((0, 2, 3)))", False),
        ("each = each.movedim(1, -1) * (1 - masks.mean((0, 2, 3)))", False),
    ],
)
def test_shares_of_the_classes_that_weigh_what_is_counted_in_columns(loss, lines, is_wrong):
    assert slugs(WEIGHED.format(loss=loss, lines=lines)) == [KIND] * is_wrong


PAIRS = """
class Pairs(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(6, 5), nn.Linear(6, 5)

    def forward(self, x):
        return self.one(x) @ self.other(x).T

def criterion(near, y):
    eye, same = torch.eye(9), (y[:, None] == y).float()
    return -{value}.mean()

model = Pairs()
batches = [(torch.randn(9, 6), torch.randint(0, 3, (9,))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("value", "is_wrong"),
    [
        ("(near - near.logsumexp(1)).diagonal()", False),
        ("(near.exp() / near.exp().sum(1))[range(9), range(9)].log()", False),
        ("((near - near.logsumexp(1)) * eye).sum(1)", False),
        ("((near - near.logsumexp(1)) * same).sum()", False),
        ("((near - near.logsumexp(1)) * same.roll(1, 0)).sum(1)", True),
        ("(near - near.amax(1)).log_softmax(1).diagonal()", True),
    ],
)
def test_pairs_of_which_only_those_are_read_that_meet_their_own_number_either_way(value, is_wrong):
    assert slugs(PAIRS.format(value=value)) == [KIND] * is_wrong
