"""Places in flattened tables: of beams and words, of rows and columns."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

BEAMS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.head = nn.Embedding(11, 6), nn.GRU(6, 7, batch_first=True), nn.Linear(7, 11)

    def forward(self, x):
        return self.head(self.rnn(self.table(x))[0])


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    x = torch.randint(0, 11, (5, 9))
    loss = F.cross_entropy(model(x[:, :-1]).transpose(1, 2), x[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
beams, words = 3, 11
with torch.no_grad():
    rows, scores = torch.ones(beams, 1).long(), torch.tensor([0.0, -50.0, -50.0])
    for _ in range(5):
        each = scores[:, None] + model(rows)[:, -1].log_softmax(-1)
        {pick}
        rows = torch.cat([rows[beam.clamp(max=2)], word[:, None]], 1)
print(rows)
"""
BEST = "scores, index = each.view(-1).topk(beams)\n        "


@pytest.mark.parametrize(
    "apart",
    [
        "beam = index // beams; word = index % words",
        "beam = torch.div(index, words, rounding_mode='floor'); word = index % beams",
        "beam = index.remainder(beams); word = index % words",
    ],
)
def test_beams_and_words(apart):
    program = BEAMS.format(pick=BEST + apart)
    assert slugs(program, "") == ["flat_index_taken_apart"]
    assert lines_told(program, "") == [apart]


@pytest.mark.parametrize(
    "pick",
    [
        BEST + "beam = index // words; word = index % words",
        # Words in front of beams.
        "scores, index = each.t().reshape(-1).topk(beams); word = index // beams; beam = index % beams",
        # Among the best few of each beam.
        "best, which = each.topk(4, 1); scores, index = best.view(-1).topk(beams)\n"
        "        beam = index // 4; word = which.view(-1)[index]",
        # The likeliest word of each beam, and what else it stands for.
        "scores, word = each.max(1); beam = word % beams",
    ],
)
def test_what_is_taken_apart_by_what_stands_behind(pick):
    assert slugs(BEAMS.format(pick=pick), "") == []


MAPS = """
model = nn.Conv2d(2, 3, 3, padding=1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    image, target = torch.rand(4, 2, 6, 9), torch.rand(4, 3, 6, 9)
    heat = model(image)
    loss = F.mse_loss(heat, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {place}
"""


@pytest.mark.parametrize(
    ("place", "is_wrong"),
    [
        ("i = heat.flatten(2).argmax(-1); print(i // 6, i % 6)", True),
        ("i = heat.view(4, 3, -1).softmax(-1).max(2).indices; print(i % 6)", True),
        ("i = heat[0, 0].argmax(); print(i // 6, i % 6)", True),
        ("i = heat.flatten(2).argmax(-1); print(i // 9, i % 9)", False),
        ("i = heat[0, 0].argmax(); print(i // 9, i % 9)", False),
        ("i = heat.flatten(1).argmax(1); print(i // 54, i % 54 // 9, i % 9)", False),
        ("i = heat.transpose(2, 3).flatten(2).argmax(-1); print(i % 6, i // 6)", False),
        ("i = heat[..., :6].flatten(2).argmax(-1); print(i // 6, i % 6)", False),
        ("i = heat.flatten(2).argmax(-1); print(i // 2)", False),
    ],
)
def test_rows_and_columns(place, is_wrong):
    assert slugs(MAPS.format(place=place), "") == (["flat_index_taken_apart"] if is_wrong else [])
