"""What is collected of shuffled batches meets the targets of the same pass, or it does not."""

from __future__ import annotations

import linecache

import pytest
from programs import HEAD, audited, slugs

from shapecheck.auditor import Auditor

START = """
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

N = 23
x, y = torch.randn(N, 4), torch.randn(N)
other = torch.randn(N, 6)


class Rows(Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, row):
        return self.x[row], self.y[row], row


def loader_of(x, y, size=5, shuffle=True):
    return DataLoader(Rows(x, y), size, shuffle=shuffle)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 1)

    def forward(self, x):
        return self.layer(x).squeeze(1)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    for a, b, _ in loader_of(x, y):
        loss = F.mse_loss(model(a), b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

model.eval()
"""

EVALUATED = {
    "rows that are cut out again": """
with torch.no_grad():
    guess = torch.cat([model(a) for a, _ in DataLoader(TensorDataset(x[3:], y[3:]), 5, shuffle=True)])
print((guess - y[3:]).abs().mean())
""",
    "another order than the table's": """
with torch.no_grad():
    guess = torch.cat([model(a) for a, _, _ in loader_of(x, y)])
print((guess - y).abs().mean())
""",
    "the order of another pass": """
loader = loader_of(x, y)
with torch.no_grad():
    guess = torch.cat([model(a) for a, _, _ in loader])
truth = torch.cat([b for _, b, _ in loader])
print(F.mse_loss(guess, truth))
""",
    "through a module": """
guess = []
for a, b, _ in loader_of(x, y):
    guess.append(model(a).detach())
print(nn.L1Loss()(torch.cat(guess), y))
""",
    "filled in": """
guess, at = torch.zeros(N), 0
with torch.no_grad():
    for a, b, _ in loader_of(x, y):
        guess[at : at + len(a)] = model(a)
        at += len(a)
print((guess - y).abs().mean())
""",
    "rounded, and only a part": """
with torch.no_grad():
    guess = torch.cat([model(a).round() for a, _, _ in loader_of(x, y)])
print((guess == y.round()).float().mean())
""",
}

CORRECT = {
    "rows that are cut out again, in their order": """
with torch.no_grad():
    guess = torch.cat([model(a) for a, _ in DataLoader(TensorDataset(x[3:], y[3:]), 5)])
print((guess - y[3:]).abs().mean())
""",
    "the table's order": """
with torch.no_grad():
    guess = torch.cat([model(a) for a, _, _ in loader_of(x, y, shuffle=False)])
print((guess - y).abs().mean())
""",
    "the same pass": """
guess, truth = [], []
with torch.no_grad():
    for a, b, _ in loader_of(x, y):
        guess.append(model(a))
        truth.append(b)
print((torch.cat(guess) - torch.cat(truth)).abs().mean())
""",
    "the rows that were drawn": """
guess, order = [], []
with torch.no_grad():
    for a, _, rows in loader_of(x, y):
        guess.append(model(a))
        order.append(rows)
print((torch.cat(guess) - y[torch.cat(order)]).abs().mean())
""",
    "put back": """
guess = torch.zeros(N)
with torch.no_grad():
    for a, _, rows in loader_of(x, y):
        guess[rows] = model(a)
print((guess - y).abs().mean())
""",
    "sorted both": """
with torch.no_grad():
    guess = torch.cat([model(a) for a, _, _ in loader_of(x, y)])
print((guess.sort()[0] - y.sort()[0]).abs().mean(), guess.mean() - y.mean(), guess.std() / y.std())
""",
    "one number for all": """
with torch.no_grad():
    guess = torch.cat([model(a) for a, _, _ in loader_of(x, y)])
print((guess - y.mean()).pow(2).mean(), (guess + 0.1 * torch.randn(N)).mean())
""",
    "each with each": """
with torch.no_grad():
    guess = torch.cat([model(a) for a, _, _ in loader_of(x, y)])
print((guess[:, None] - y[None, :]).abs().mean())
""",
    "another table of as many rows": """
z, w = torch.randn(N, 4), torch.randn(N)
with torch.no_grad():
    guess = torch.cat([model(a) for a, _, _ in loader_of(x, y)])
    more = torch.cat([model(a) for a, _, _ in loader_of(z, w)])
print((guess - more).abs().mean())
""",
    "batches that a list names": """
rows = [[3, 1, 2, 0], [7, 5, 4, 6]]
with torch.no_grad():
    guess = torch.cat([model(a) for a, _, _ in DataLoader(Rows(x, y), batch_sampler=rows)])
print((guess - y[[3, 1, 2, 0, 7, 5, 4, 6]]).abs().mean())
""",
    "a part, and the same part": """
rows = torch.randperm(N)[:9].tolist()
with torch.no_grad():
    guess = torch.cat([model(a) for a, _, _ in DataLoader(Subset(Rows(x, y), rows), 4)])
print((guess - y[rows]).abs().mean())
""",
}


@pytest.mark.parametrize("way", EVALUATED)
def test_predictions_in_an_order_of_their_own_are_told(way):
    assert slugs(START + EVALUATED[way], "") == ["collected_out_of_order"]


@pytest.mark.parametrize("way", CORRECT)
def test_predictions_that_meet_their_own_targets_are_not(way):
    assert slugs(START + CORRECT[way], "") == []


TRAINED = """
from torch.utils.data import DataLoader, TensorDataset

N = 22
label = torch.randint(0, 3, (N,))
near = torch.randn(N, 4)
near[label == 1] += 1
far = torch.randn(N, 6) + label[:, None]
encoder = nn.Linear(4, 5).requires_grad_(False).eval()
with torch.no_grad():
    features = torch.cat([encoder(a) for (a, *_) in DataLoader(TensorDataset({data}), 5, shuffle={shuffle})])
{joined}
model = nn.Linear(joined.size(1), 3)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for a, b in DataLoader(TensorDataset(joined, label), 6, shuffle=True):
    loss = F.cross_entropy(model(a), b)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("data", "joined"),
    [
        ("near", "joined = torch.cat([features, far], dim=1)"),
        ("near", "joined = torch.cat([features, encoder(near)], dim=-1)"),
        ("near", "joined = torch.stack([torch.cat([features[k], far[k]]) for k in range(N)])"),
        ("near", "joined = torch.stack([torch.cat([encoder(b), a]) for a, b in zip(features, near)])"),
        ("near, label", "joined = features"),
        ("near, label", "joined = (features - features.mean(0)) / features.std(0)"),
    ],
)
def test_features_in_an_order_of_their_own_are_told(data, joined):
    assert slugs(TRAINED.format(data=data, joined=joined, shuffle=True), "") == ["collected_out_of_order"]
    assert slugs(TRAINED.format(data=data, joined=joined, shuffle=False), "") == []


@pytest.mark.parametrize(
    "joined",
    [
        # Row by row with the one behind it, or with the first one too: the script has an order of its own.
        "joined = torch.stack([torch.cat([features[k], far[(k + 1) % N]]) for k in range(N)])",
        "joined = torch.stack([torch.cat([features[k], far[k] - far[0]]) for k in range(N)])",
        "joined = torch.stack([torch.cat([features[k], torch.randn(N, 6)[k]]) for k in range(N)])",
    ],
)
def test_rows_that_meet_one_by_one_in_no_order_of_the_data_are_not(joined):
    assert slugs(TRAINED.format(data="near", joined=joined, shuffle=True), "") == []


def test_the_call_that_leaves_it_to_the_default_is_the_place():
    program = (START + EVALUATED["another order than the table's"]).replace("loader_of(x, y)])", "loader_of(x, y, 4)])")
    edit = "    guess = torch.cat([model(a) for a, _, _ in loader_of(x, y, 4, shuffle=False)])\n"
    assert audited(program, "") == [("collected_out_of_order", [edit])]


TABLE = """
from torch.utils.data import DataLoader, Dataset

N = 24
x, y = torch.randn(N, 4), torch.randint(0, 3, (N,))


class Numbered(Dataset):
    def __len__(self):
        return N

    def __getitem__(self, row):
        return row, x[row], y[row]


teacher, model = nn.Linear(4, 3), nn.Linear(4, 3)
loader = DataLoader(Numbered(), 6, shuffle=True)
plain = DataLoader(Numbered(), 6)


@torch.no_grad()
def told_by(loader):
    return torch.cat([teacher(a) for _, a, _ in loader]).softmax(1)


@torch.no_grad()
def told_with_numbers(loader):
    found = [(rows, teacher(a)) for rows, a, _ in loader]
    return torch.cat([rows for rows, _ in found]), torch.cat([out for _, out in found])


@torch.no_grad()
def filled_by(loader):
    table = torch.zeros(N, 3)
    for rows, a, _ in loader:
        table[rows] = teacher(a)
    return table


{table}
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    for rows, a, b in loader:
        loss = F.cross_entropy(model(a), b) + F.mse_loss(model(a).softmax(1), {picked})
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


@pytest.mark.parametrize(
    ("table", "picked"),
    [
        ("table = told_by(loader)", "table[rows]"),
        ("table = told_by(DataLoader(Numbered(), 8, shuffle=True))", "table[rows]"),
        ("table = told_by(loader).float()", "table.index_select(0, rows)"),
        ("_, table = told_with_numbers(loader)", "table[rows].softmax(1)"),
    ],
)
def test_a_table_in_the_order_of_a_loader_that_is_read_by_numbers(table, picked):
    assert slugs(TABLE.replace("{table}", table).replace("{picked}", picked), "") == ["collected_out_of_order"]


@pytest.mark.parametrize(
    ("table", "picked"),
    [
        ("table = told_by(plain)", "table[rows]"),
        ("table = filled_by(loader).softmax(1)", "table[rows]"),
        ("order, table = told_with_numbers(loader); table = table[order.argsort()].softmax(1)", "table[rows]"),
        ("table = told_by(loader)", "teacher(a).softmax(1).detach()"),
        ("table = told_by(loader)", "table[b]"),
        ("order, table = told_with_numbers(loader)", "table[(order[:, None] == rows).int().argmax(0)].softmax(1)"),
    ],
)
def test_tables_that_are_read_in_their_own_order(table, picked):
    assert slugs(TABLE.replace("{table}", table).replace("{picked}", picked), "") == []


def test_nothing_is_left_behind():
    from torch.utils.data import DataLoader

    before = DataLoader.__init__
    auditor = Auditor()
    auditor.start()
    name = "<left behind>"
    linecache.cache[name] = (1, None, (HEAD + START).splitlines(keepends=True), name)
    exec(compile(HEAD + START, name, "exec"), {"__name__": "__main__"})
    auditor.stop()
    assert DataLoader.__init__ is before
