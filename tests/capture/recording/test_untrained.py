"""What a script only asks of its models, without a step of training, is heard as an evaluation; parts of models too."""

from __future__ import annotations

import pytest
from programs import HEAD, slugs

from shapecheck.auditor import Auditor

ASKED = """
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
batches = [(torch.randn(5, 6), torch.randint(0, 3, (5,))) for _ in range(3)]
{mode}
right = []
{without}
    for x, y in batches:
        {before}
        right.append({right})
print(float(sum(right)))
"""
PLAIN = {
    "mode": "model.eval()",
    "without": "with torch.no_grad():",
    "before": "pass",
    "right": "(model(x).argmax() == y).float().mean()",
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"mode": ""}, True),
        ({"without": "if True:"}, True),
        ({"without": "with torch.inference_mode():"}, True),
        ({"right": "(model(x).argmax(1) == y).float().mean()"}, False),
        # It is in training mode, and its gradients are recorded: whoever calls it may train it yet.
        ({"mode": "", "without": "if True:"}, False),
    ],
)
def test_a_model_that_nobody_trains(change, found):
    assert slugs(ASKED.format(**PLAIN | change), "") == (["index_into_the_whole"] if found else [])


@pytest.mark.parametrize(
    ("mode", "what"), [("model.eval()", "what is asked of a step of training"), ("", "the audit of the running script")]
)
def test_what_is_left_out_is_told(mode, what):
    auditor = Auditor()
    auditor.start()
    exec(HEAD + f"model = nn.Linear(3, 2)\n{mode}\nmodel(torch.randn(4, 3))\n", {})
    auditor.stop()
    assert [item.what for item in auditor.not_checked] == [what]
    assert bool(auditor.checked) == bool(mode)


WRITER = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.table, self.rnn = nn.Linear(4, 8), nn.Embedding(7, 6), nn.GRU(6, 8, batch_first=True)
        self.out = nn.Linear(8, 7)

    def read(self, words, state=None):
        y, state = self.rnn(self.table(words), state)
        return self.out(y), state

    def forward(self, x, words):
        return self.read(words, self.encoder(x)[None])[0].transpose(1, 2)

class Reader(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, words, state=None):
        return self.model.read(words, state)

class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = Model()
        self.reader = Reader(self.model)

    def forward(self, x, words):
        return self.reader(words, self.model.encoder(x)[None])[0].transpose(1, 2)

model, criterion = Whole(), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range({steps}):
    words = torch.randint(1, 7, (3, 6))
    loss = criterion(model(torch.randn(3, 4), words[:, :-1]), words[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
{mode}
with torch.no_grad():
    token, state = torch.zeros(3, 1, dtype=torch.long), None
    for _ in range(5):
        scores, {new} = model.reader(token, state)
        token = scores.argmax(-1)
print(token.tolist())
"""


@pytest.mark.parametrize("steps", [3, 5])
@pytest.mark.parametrize("mode", ["", "model.eval()"])
@pytest.mark.parametrize(("new", "found"), [("later", True), ("state", False)])
def test_a_part_of_a_model_that_is_called_by_itself(steps, mode, new, found):
    program = WRITER.format(steps=steps, mode=mode, new=new)
    assert slugs(program, "") == (["state_not_handed_on"] if found else [])


SEARCH = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.out = nn.Embedding(11, 6), nn.GRU(6, 8, batch_first=True), nn.Linear(8, 11)

    def step(self, words, state=None):
        y, state = self.rnn(self.table(words), state)
        return self.out(y).log_softmax(-1), state

    @torch.no_grad()
    def search(self, state):
        beams, scores = torch.tensor([[1], [2], [3], [4]]), torch.tensor([0.3, 0.2, 0.1, 0.0])
        for _ in range(4):
            found, state = self.step(beams[:, -1:], state)
            scores, best = (scores[:, None] + 0.1 * found[:, -1]).flatten().topk(4)
            beams = torch.cat([beams[best // 11], (best % 11)[:, None]], 1)
            {kept}
        return beams

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(5):
    words = torch.randint(0, 11, (3, 6))
    loss = F.nll_loss(model.step(words[:, :-1])[0].transpose(1, 2), words[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(model.search(torch.randn(1, 4, 8)).tolist())
"""


@pytest.mark.parametrize(("kept", "found"), [("pass", True), ("state = state[:, best // 11]", False)])
def test_a_search_in_training_mode_is_heard_to_its_end(kept, found):
    assert slugs(SEARCH.format(kept=kept), "") == (["rows_moved_alone"] if found else [])
