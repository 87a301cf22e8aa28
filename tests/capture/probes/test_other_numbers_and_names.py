"""Rows of tables that are no positions, and sizes that were given a name of their own."""

from __future__ import annotations

import pytest
from programs import slugs

NUMBERED = """
class Model(nn.Module):
    def __init__(self, kinds=9):
        super().__init__()
        self.first, self.last, self.kind = nn.Linear(6, 8), nn.Linear(8, 3), nn.Embedding(kinds, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        x = self.first(x) + self.kind({numbers})
        return self.last(self.attention(x, x, x)[0].mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 6), torch.randint(0, 3, (5,))) for _ in range(3)]
"""


@pytest.mark.parametrize("numbers", ["torch.full(x.shape[:2], 4)", "torch.full_like(torch.arange(x.size(1)), 2)"])
def test_a_kind_that_is_filled_in_for_all_steps(numbers):
    assert slugs(NUMBERED.format(numbers=numbers)) == []


def test_as_many_steps_filled_in_for_all_steps():
    assert slugs(NUMBERED.format(numbers="torch.full((x.size(1),), x.size(1))")) == ["one_position_for_all"]


OWN_NAMES = """
class Model(nn.Module):
    def __init__(self, lots=8, width=8):
        super().__init__()
        self.first, self.norm = nn.Linear(6, width), nn.BatchNorm1d({normed})
        self.rnn, self.out = nn.GRU(width, 5, batch_first=True), nn.Linear({read}, 3)
        self.top = nn.Linear(5, 3)

    def forward(self, x):
        x = self.first(x).relu()
        {returned}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 8, 6), torch.randint(0, 3, (5,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("returned", "slug"),
    [
        ("return self.top(self.rnn(self.norm(x))[0][:, -1])", "norm_along_steps"),
        ("return self.out(x.mean(-1))", "positions_read_as_features"),
    ],
)
def test_a_size_of_another_name_is_meant(returned, slug):
    assert slugs(OWN_NAMES.format(normed="lots", read="lots", returned=returned)) == []
    assert slugs(OWN_NAMES.format(normed="width", read="width", returned=returned)) == [slug]
    assert slugs(OWN_NAMES.format(normed="8", read="8", returned=returned)) == [slug]


def test_a_row_for_the_number_of_steps_beside_the_rows_of_the_steps():
    text = NUMBERED.replace("nn.Embedding(kinds, 8)", "nn.Parameter(torch.randn(20, 8))")
    text = text.replace("self.kind({numbers})", "self.places[:, :x.size(1)] + self.kind[x.size(1)]")
    text = text.replace("self.first, ", "self.places = nn.Parameter(torch.randn(1, 20, 8))\n        self.first, ", 1)
    assert slugs(text) == []
    assert slugs(text.replace("self.places[:, :x.size(1)] + ", "")) == ["one_position_for_all"]


QUESTIONS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.image, self.cell, self.out = nn.Linear(12, 8), nn.LSTMCell(6, 8), nn.Linear(8, 3)

    def forward(self, image, questions):
        start = {start}
        answers = []
        for k in range(questions.size(1)):
            h, _ = self.cell(questions[:, k], (start, torch.zeros_like(start)))
            answers.append(self.out(h))
        return torch.stack(answers, 2)


net = Model()
model, criterion = (lambda both: net(*both)), nn.CrossEntropyLoss()
batches = [((torch.randn(5, 12), torch.randn(5, 4, 6)), torch.randint(0, 3, (5, 4))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("self.image(image).tanh()", []),
        ("torch.zeros(len(image), 8)", ["state_not_handed_on"]),
    ],
)
def test_several_questions_of_what_a_layer_made(start, found):
    train = """
optimizer = torch.optim.SGD(net.parameters(), 0.01)
for x, y in batches:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    assert slugs(QUESTIONS.format(start=start), train) == found


FOUND = """
model = nn.Linear(6, 8)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x = torch.randn(8, 6)
    a, b = model(x + 0.1 * torch.randn(8, 6)), model(x + 0.1 * torch.randn(8, 6))
    loss = F.cross_entropy(a @ b.t(), (torch.arange(8) + {after}) % 8)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BOTH_WAYS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.on, self.back = nn.GRU(5, 8, batch_first=True), nn.GRU(5, 8, batch_first=True)
        {asked}
        self.attention, self.out = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        m = torch.cat([self.on(x)[0], self.back(x.flip(1))[0].flip(1)], dim=1)
        return self.out(self.attention({query}, m, m)[0][:, 0])


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 5), torch.randint(0, 3, (5,))) for _ in range(3)]
"""


def test_each_row_is_to_find_the_one_that_follows():
    assert slugs("", FOUND.format(after=1)) == []
    assert slugs("", FOUND.format(after=3)) == ["positives_of_others"]


def test_readings_that_are_looked_up():
    asked = "self.asked = nn.Parameter(torch.randn(1, 1, 8))"
    assert slugs(BOTH_WAYS.format(asked=asked, query="self.asked.expand(len(x), -1, -1)")) == []
    assert slugs(BOTH_WAYS.format(asked="", query="m")) == ["readings_behind_each_other"]
