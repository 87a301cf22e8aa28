"""Next-word models without a shift, in scripts in which a loop goes on from what the model says."""

from __future__ import annotations

import ast

import pytest
from programs import slugs

from shapecheck.capture.instruments.steps.writes_on import writes_on

LOOPS = [
    ("for _ in range(3):\n    scores = model(ids)\n    ids = torch.cat((ids, scores[:, -1:].argmax(-1)), 1)", True),
    ("for _ in range(3):\n    ids = torch.cat((ids, model(ids)[:, -1:].argmax(-1)), 1)", True),
    (
        "while len(out) < 9:\n    _, out = model(words=token)\n    best = out.topk(1)[1]\n    token = best.squeeze()",
        True,
    ),
    (
        "for _ in range(3):\n    y, h = model(word, h)\n    p = y.softmax(-1)\n    word = torch.multinomial(p, 1)",
        True,
    ),
    # Guesses that are only counted or collected, in rounds of their own data.
    ("for x, y in batches:\n    hits = hits + (model(x).argmax(1) == y).sum()", False),
    ("for x in batches:\n    found = torch.cat((found, model(x).argmax(1)))", False),
    ("for x in batches:\n    meter = add(meter, model(x).argmax(1))", False),
    ("for x in batches:\n    best = max(best, float(model(x).max()))", False),
    ("for x in batches:\n    x = model(x)\n    print(x.argmax(1))", False),
    # Only how long it is so far is asked.
    ("for _ in range(3):\n    out = torch.cat((x, model(x[:, : out.size(1)]).argmax(-1)), 1)", False),
    ("for _ in range(3):\n    out = torch.cat((x, model(x[: len(out)]).argmax(-1)), 1)", False),
]


@pytest.mark.parametrize(("text", "found"), LOOPS)
def test_a_loop_that_goes_on_from_what_was_said(text, found):
    assert writes_on(ast.parse(text)) is found


PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.out = nn.Embedding(9, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)

    def forward(self, ids):
        return self.out(self.rnn(self.table(ids))[0])

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for ids in torch.randint(0, 9, (12, 7)).split(4):
    scores, labels = model(ids), {given}
    loss = F.cross_entropy({scores}.flatten(0, 1), {labels}.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
{loop}
"""
PLAIN = {"scores": "scores", "labels": "labels", "given": "ids", "loop": LOOPS[0][0]}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"loop": LOOPS[1][0]}, True),
        ({"scores": "scores[:, :-1]", "labels": "labels[:, 1:]"}, False),
        ({"given": "ids % 3"}, False),
        # Nothing says that it is to tell the next word.
        ({"loop": "pass"}, False),
        ({"loop": "for x in ids.split(1):\n    print((model(x).argmax(-1) == x).sum())"}, False),
    ],
)
def test_a_model_that_writes_is_asked_for_the_next_word(change, found):
    assert slugs(PROGRAM.format(**PLAIN | change), "") == (["target_not_shifted"] if found else [])
