"""Copies that an evaluation makes of its samples and groups again: as they stand, and as they do not."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

KIND = "copies_in_another_order"
MODEL = """
class Speaker(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(9, 6), nn.GRU(6, 6, batch_first=True)
        self.start, self.head = nn.Linear(3, 6), nn.Linear(6, 9)

    def encode(self, x):
        return self.start(x)[None]

    def step(self, token, state):
        out, state = self.rnn(self.embed(token)[:, None], state)
        return self.head(out[:, 0]), state

    def forward(self, x):
        return self.step(torch.zeros(len(x), dtype=torch.long), self.encode(x))[0]

model, criterion = Speaker(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 3), torch.randint(0, 9, (5,))) for _ in range(4)]
"""
BEAM = """
model.eval()
x = torch.randn(5, 3)
with torch.no_grad():
    state = model.encode(x)
    state = {copies}
    token, score = torch.zeros(20, dtype=torch.long), torch.zeros(20)
    offset = torch.arange(5)[:, None] * 4
    for _ in range(3):
        scores, state = model.step(token, state)
        total = score[:, None] + scores.log_softmax(-1)
        score, best = total{grouped}.topk(4, dim=1)
        rows = (offset + best // 9).reshape(-1)
        token, score, state = (best % 9).reshape(-1), score.reshape(-1), state[:, rows]
print(token.tolist())
"""
DRAWS = """
model.eval()
x = torch.randn(5, 3)
with torch.no_grad():
    noisy = {copies}
    scores = model(noisy + 0.1 * torch.randn_like(noisy))
    mean = scores{grouped}
    print(mean.shape, mean.sum().item())
"""


@pytest.mark.parametrize(
    ("copies", "grouped", "edit"),
    [
        ("state.repeat(1, 4, 1)", ".view(5, -1)", "    state = state.repeat_interleave(4, dim=1)\n"),
        ("state.repeat(1, 4, 1)", ".reshape(5, 4, 9).flatten(1)", "    state = state.repeat_interleave(4, dim=1)\n"),
    ],
)
def test_beams_of_a_batch(copies, grouped, edit):
    assert audited(MODEL, TRAIN + BEAM.format(copies=copies, grouped=grouped)) == [(KIND, [edit])]
    right = BEAM.format(copies="state.repeat_interleave(4, dim=1)", grouped=grouped)
    assert slugs(MODEL, TRAIN + right) == []


@pytest.mark.parametrize(
    ("copies", "grouped", "is_wrong"),
    [
        ("x.repeat(4, 1)", ".view(5, 4, 9).mean(1)", True),
        ("x.repeat(4, 1)", ".unflatten(0, (5, 4)).mean(1)", True),
        ("torch.cat([x] * 4)", ".reshape(5, 4, -1).mean(1)", True),
        ("x.expand(4, 5, 3).reshape(20, 3)", ".view(5, 4, 9).mean(1)", True),
        ("x.repeat_interleave(4, 0)", ".view(4, 5, 9).mean(0)", True),
        ("x.repeat(4, 1)", ".view(4, 5, 9).mean(0)", False),
        ("x.repeat_interleave(4, 0)", ".view(5, 4, 9).mean(1)", False),
        ("x.repeat_interleave(4, 0)", ".chunk(5)[0]", False),
        ("x.repeat(4, 1)", ".chunk(4)[0]", False),
        ("x[:, None].expand(5, 4, 3).reshape(20, 3)", ".view(5, 4, 9).mean(1)", False),
    ],
)
def test_several_draws_of_each_sample(copies, grouped, is_wrong):
    found = slugs(MODEL, TRAIN + DRAWS.format(copies=copies, grouped=grouped))
    assert found == ([KIND] if is_wrong else [])


@pytest.mark.parametrize(
    ("copies", "grouped", "is_wrong"),
    [
        ("torch.cat([x, x.flip(-1), x + 0.1])", ".view(5, 3, 9).mean(1)", True),
        ("torch.cat([x, -x, x.roll(1, 1)], dim=0)", ".reshape(5, 3, -1).softmax(-1).amax(1)", True),
        ("torch.cat([x, x.flip(-1), x + 0.1])", ".view(3, 5, 9).mean(0)", False),
        ("torch.cat([x, x.flip(-1), x + 0.1])", ".chunk(3)[0]", False),
        ("torch.stack([x, x.flip(-1), x + 0.1], 1).flatten(0, 1)", ".view(5, 3, 9).mean(1)", False),
        ("torch.cat([x, torch.randn(5, 3), torch.rand(5, 3)])", ".view(5, 3, 9).mean(1)", False),
    ],
)
def test_several_views_of_each_sample(copies, grouped, is_wrong):
    found = slugs(MODEL, TRAIN + DRAWS.format(copies=copies, grouped=grouped))
    assert found == ([KIND] if is_wrong else [])


ATTENDING = """
class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.attend = nn.Embedding(9, 6), nn.MultiheadAttention(6, 2, batch_first=True)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 12, batch_first=True), 1)
        self.head = nn.Linear(6, 9)

    def encode(self, x):
        return self.encoder(self.embed(x))

    def decode(self, token, memory):
        asked = self.embed(token)
        return self.head(self.attend(asked, memory, memory, need_weights=False)[0] + asked)

    def forward(self, x):
        return self.decode(x[:, :1], self.encode(x))[:, 0]

model, criterion = Attending(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 9, (5, 4)), torch.randint(0, 9, (5,))) for _ in range(4)]
"""
SEARCH = """
model.eval()
x = torch.randint(0, 9, (5, 4))
with torch.no_grad():
    memory = model.encode(x)
    memory = {copies}
    beams = [torch.zeros(3, 1, dtype=torch.long) for _ in range(5)]
    for _ in range(2):
        scores = model.decode(torch.cat(beams), memory)[:, -1].log_softmax(-1)
        beams = [
            torch.cat([beam, one.argmax(-1, keepdim=True)], 1) for beam, one in zip(beams, scores.{pieces})
        ]
print(torch.stack(beams).tolist())
"""


@pytest.mark.parametrize("pieces", ["view(5, 3, -1)", "split(3)", "chunk(5)"])
def test_a_search_through_layers_that_are_one_kernel(pieces):
    wrong = SEARCH.format(copies="memory.repeat(3, 1, 1)", pieces=pieces)
    edit = "    memory = memory.repeat_interleave(3, dim=0)\n"
    assert audited(ATTENDING, TRAIN + wrong) == [(KIND, [edit])]
    right = SEARCH.format(copies="memory.repeat_interleave(3, dim=0)", pieces=pieces)
    assert slugs(ATTENDING, TRAIN + right) == []


@pytest.mark.parametrize(
    ("copies", "grouped", "is_wrong"),
    [
        ("state.repeat(1, 4, 1)", ".view(5, -1)", True),
        ("torch.cat([state] * 4, dim=1)", ".view(5, 4, 9).flatten(1)", True),
        ("state.unsqueeze(1).repeat(1, 4, 1, 1).view(1, 20, 6)", ".view(5, 36)", True),
        ("state[:, None].expand(1, 4, 5, 6).flatten(1, 2)", ".view(5, 36)", True),
        ("state[:, :, None].expand(1, 5, 4, 6).flatten(1, 2)", ".view(5, 36)", False),
        ("state.unsqueeze(2).repeat(1, 1, 4, 1).view(1, 20, 6)", ".view(5, 36)", False),
        ("state.repeat_interleave(4, 1)", ".view(5, 36)", False),
        ("state.repeat(1, 4, 1)", ".view(4, 5, 9).transpose(0, 1).flatten(1)", False),
    ],
)
def test_a_search_with_states_that_are_copied_behind_the_layers(copies, grouped, is_wrong):
    search = BEAM.format(copies=copies, grouped=grouped)
    if "view(4, 5" in grouped:
        search = search.replace(
            "offset + best // 9).reshape(-1)", "torch.arange(5)[:, None] + best // 9 * 5).T.flatten()"
        )
        search = search.replace(
            "(best % 9).reshape(-1), score.reshape(-1)", "(best % 9).T.flatten(), score.T.flatten()"
        )
    assert slugs(MODEL, TRAIN + search) == ([KIND] if is_wrong else [])


TWO = """
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(9, 6), nn.GRU(6, 6, batch_first=True)

    def forward(self, x):
        return self.rnn(self.embed(x))

class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.head = nn.Embedding(9, 6), nn.GRUCell(6, 6), nn.Linear(6, 9)

    def forward(self, token, state, memory):
        state = self.cell(self.embed(token), state)
        read = (memory @ state[..., None]).softmax(1).mul(memory).sum(1)
        return self.head(state + read), state

reader, writer = Reader(), Writer()
optimizer = torch.optim.SGD([*reader.parameters(), *writer.parameters()], 0.01)
for _ in range(4):
    x, y = torch.randint(0, 9, (5, 4)), torch.randint(0, 9, (5,))
    memory, state = reader(x)
    loss = F.cross_entropy(writer(torch.zeros(5, dtype=torch.long), state[0], memory)[0], y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SAMPLED = """
@torch.no_grad()
def sample(x, n):
    memory, state = reader(x)
    memory, state = {copies}
    token, total = torch.zeros(len(memory), dtype=torch.long), torch.zeros(len(memory))
    for _ in range(3):
        scores, state = writer(token, state, memory)
        token = scores.argmax(-1)
        total = total + scores.log_softmax(-1).gather(1, token[:, None])[:, 0]
    return token.view({sizes})[{best}total.view({sizes}).argmax({axis})]

print(sample(torch.randint(0, 9, (5, 4)), 3).tolist())
"""


@pytest.mark.parametrize(
    ("copies", "is_tiled"),
    [
        ("memory.repeat(n, 1, 1), state[0].repeat(n, 1)", True),
        ("torch.cat([memory] * n), torch.cat([state[0]] * n)", True),
        ("memory.repeat_interleave(n, 0), state[0].repeat_interleave(n, 0)", False),
    ],
)
def test_a_search_with_models_that_nobody_puts_into_evaluation(copies, is_tiled):
    beside = {"sizes": "-1, n", "best": "torch.arange(5), ", "axis": "1"}
    under = {"sizes": "n, -1", "best": "", "axis": "0"}
    for group, is_wrong in ((beside, is_tiled), (under, not is_tiled)):
        search = SAMPLED.format(copies=copies, **group)
        if group is under:
            search = search.replace(".argmax(0)]", ".argmax(0), torch.arange(5)]")
        assert slugs(TWO, search) == ([KIND] if is_wrong else [])
