"""Items that a reshape cuts up before a model reads them, in pipelines of several kinds, each with a correct twin."""

from __future__ import annotations

import pytest
from programs import audited, slugs

WINDOWS = """
T, B = {sizes}
series = torch.sin(torch.arange(300) / 7.0) + torch.sin(torch.arange(300) / 2.3)
windows = [(series[i:i + T], series[i + 1:i + T + 1]) for i in range(200)]
inputs, answers = torch.stack([w[0] for w in windows]), torch.stack([w[1] for w in windows])


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.{layer}, nn.Linear(12, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0])


def draw(k):
    data = windows[k * B:(k + 1) * B]
    rows = slice(k * B, (k + 1) * B)
    {draw}
    return x, y


model, criterion = Model(), nn.MSELoss()
batches = (draw(k) for k in range(2))
"""
WRONG = [
    ("torch.stack([d[{k}] for d in data]).view(T, B, 1)", "permute(1, 0).reshape(T, B, 1)"),
    ("torch.stack([d[{k}] for d in data]).reshape(T, -1).unsqueeze(-1)", "permute(1, 0).reshape(T, -1)"),
    ("torch.cat([d[{k}] for d in data]).view(T, B, 1)", "view(B, T, 1).transpose(0, 1)"),
    ("torch.cat([d[{k}][:, None] for d in data]).view(-1, B, 1)", "view(B, -1, 1).transpose(0, 1)"),
    ("(inputs, answers)[{k}][rows].view(T, B, 1)", "permute(1, 0).reshape(T, B, 1)"),
]
RIGHT = [
    "torch.stack([d[{k}] for d in data]).t().unsqueeze(-1)",
    "torch.stack([d[{k}] for d in data], 1).view(T, B, 1)",
    "torch.cat([d[{k}] for d in data]).view(B, T, 1).transpose(0, 1)",
    "torch.cat([torch.stack([d[{k}][t] for d in data]) for t in range(T)]).view(T, B, 1)",
    "(inputs, answers)[{k}][rows].t()[..., None]",
    # A text that was cut into lines is one text: it is read on where a line ends.
    "series[:120].view(6, 20).view(5, -1).t()[{k} : 23 + {k}].unsqueeze(-1)",
]


def program(way, layer="LSTM(1, 12)", sizes="14, 5"):
    lines = "; ".join(f"{name} = {way.format(k=k)}" for k, name in enumerate("xy"))
    return WINDOWS.format(sizes=sizes, layer=layer, draw=lines.replace("; ", "\n    "))


@pytest.mark.parametrize(("way", "edit"), WRONG)
def test_windows_that_are_cut_up(way, edit):
    found = [edits for slug, edits in audited(program(way)) if slug == "reshaped_instead_of_permuted"]
    assert len(found) == 1
    # What belongs to the same items is changed together.
    assert len(found[0]) == 2
    assert all(edit in line for line in found[0])


@pytest.mark.parametrize(("way", "sizes"), [*((way, "14, 5") for way in RIGHT), (RIGHT[0], "6, 6"), (RIGHT[3], "6, 6")])
def test_windows_that_stay_whole(way, sizes):
    assert {*slugs(program(way, sizes=sizes))} <= {"samples_or_steps"}


def test_windows_with_the_samples_in_front():
    way = "torch.stack([d[{k}] for d in data]).view(B, T, 1)"
    assert slugs(program(way, "GRU(1, 12, batch_first=True)")) == []


ROLLOUTS = """
T, N = {sizes}


class Store:
    def __init__(self):
        self.seen, self.states = torch.zeros(T + 1, N, 3), torch.zeros(T + 1, N, 6)
        self.asked, self.values = torch.zeros(T, N), torch.zeros(T, N)

    def fill(self):
        for t in range(T):
            self.seen[t + 1] = self.seen[t] * 0.9 + torch.randn(N, 3)
            self.asked[t] = self.seen[t].sum(-1)

    def draw(self, parts):
        for ids in {ids}.chunk(parts):
            columns = self.seen[:-1], self.asked, self.asked - self.values
            yield self.states[0, ids], *({rows} for c in columns)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.out = nn.GRU(3, 6), nn.Linear(6, 1)

    def forward(self, x, state):
        n = state.size(0)
        {cut}
        out, _ = self.gru(x, state.unsqueeze(0))
        {back}
        return self.out(out).squeeze(-1)


model = Model()
"""
UPDATES = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
store = Store()
with torch.no_grad():
    store.fill()
for state, x, y, weight in store.draw(2):
    loss = ((model(x, state) - y) ** 2 * (1 + 0 * weight)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BY_PROCESS = ["torch.cat([c[:, i] for i in ids], 0)", "c[:, ids].transpose(0, 1).flatten(0, 1)"]
BY_STEP = "torch.stack([c[:, i] for i in ids], 1).flatten(0, 1)"
CUT_BY_PROCESS = "x = x.view(n, -1, x.size(1)).transpose(0, 1)", "out = out.transpose(0, 1).reshape(-1, 6)"
CUT_BY_STEP = "x = x.view(-1, n, x.size(1))", "out = out.reshape(-1, 6)"


def rollouts(rows, how, sizes, ids="torch.randperm(N)"):
    return ROLLOUTS.format(rows=rows, cut=how[0], back=how[1], sizes=sizes, ids=ids)


@pytest.mark.parametrize("rows", BY_PROCESS)
@pytest.mark.parametrize("sizes", ["5, 8", "4, 8"])
def test_rollouts_that_lie_behind_each_other(rows, sizes):
    found = slugs(rollouts(rows, CUT_BY_STEP, sizes), UPDATES)
    assert found[:1] == ["reshaped_instead_of_permuted"]
    assert slugs(rollouts(rows, CUT_BY_PROCESS, sizes), UPDATES) == []


@pytest.mark.parametrize("sizes", ["5, 8", "4, 8"])
def test_rollouts_that_lie_step_by_step(sizes):
    assert slugs(rollouts(BY_STEP, CUT_BY_STEP, sizes), UPDATES) == []


@pytest.mark.parametrize("sizes", ["5, 8", "4, 8"])
def test_processes_that_come_in_their_order(sizes):
    rows = BY_PROCESS[0]
    assert slugs(rollouts(rows, CUT_BY_PROCESS, sizes, "torch.arange(N)"), UPDATES) == []
    # With as many steps as processes nothing says what the rows of a part are.
    expected = ["reshaped_instead_of_permuted"] if sizes == "5, 8" else []
    assert slugs(rollouts(rows, CUT_BY_STEP, sizes, "torch.arange(N)"), UPDATES) == expected


TAGS = """
from torch.utils.data import DataLoader, TensorDataset

nights, stages = torch.randn(30, 9, 4), torch.randint(0, 3, (30, 9))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(4, 8, bidirectional=True), nn.Linear(16, 3)

    def forward(self, x):
        return self.out(self.rnn(x)[0])


def collate(items):
    x = torch.stack([item[0] for item in items], 1)
    y = torch.stack([item[1] for item in items])
    {line}
    return x, y


def criterion(scores, y):
    return nn.functional.cross_entropy(scores.reshape(-1, 3), y.reshape(-1))


model = Tagger()
batches = DataLoader(TensorDataset(nights, stages), 5, shuffle=True, collate_fn=collate)
"""


@pytest.mark.parametrize(
    "line",
    [
        "y = y.view(x.size(0), x.size(1))",
        "y = y.reshape(x.shape[:2])",
        "y = y.flatten().view(-1, len(items)).long()",
    ],
)
def test_targets_that_are_cut_up_beside_inputs_that_are_whole(line):
    found = audited(TAGS.format(line=line))
    assert [slug for slug, _ in found] == ["reshaped_instead_of_permuted"]


@pytest.mark.parametrize("line", ["y = y.t()", "y = torch.stack(list(y), 1)", "y = y.t().reshape(-1)"])
def test_targets_that_go_with_their_inputs(line):
    assert slugs(TAGS.format(line=line)) == []
