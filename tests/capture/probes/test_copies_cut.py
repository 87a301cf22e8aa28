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
