"""Models of symbols that are asked for what they were given, and what says that the next one was meant."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn = nn.Embedding(9, 8), nn.GRU(8, {width}, batch_first=True)
        self.up = nn.Parameter(torch.randn({width}, 8))
        self.conv, self.out = nn.Conv1d(8, 8, {kernel}), nn.Linear(8, 9)

    def forward(self, ids, answers=None):
        h = self.table(ids)
        h = {made}
        scores = {scores}
        return scores if answers is None else F.cross_entropy(scores{here}.flatten(0, 1), answers{there}.flatten())

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
rows = torch.randint(1, 9, (12, 7))
rows[::3, 4:] = 0
for ids in rows.split(4):
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = {
    "width": 8, "kernel": 3, "made": "self.rnn(h)[0]", "scores": "self.out(h)", "here": "", "there": "",
    "loss": "F.cross_entropy(model(ids).flatten(0, 1), ids.flatten())",
}  # fmt: skip
ASKED_INSIDE = {"loss": "model(ids, answers=ids)"}
FILLER_LEFT_OUT = {"loss": "F.cross_entropy(model(ids).flatten(0, 1), ids.flatten(), ignore_index=0)"}
OWN_TABLE = {"scores": "h @ self.table.weight.t()"}
CONVOLVED = {"made": "self.conv(F.pad(h.transpose(1, 2), (2, 0))).transpose(1, 2).relu()"}
NARROW = {"width": 2, "made": "self.conv(F.pad(self.rnn(h)[0], (3, 3)).transpose(1, 2)).transpose(1, 2)", "kernel": 1}
SHIFTED = {"here": "[:, :-1]", "there": "[:, 1:]"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        # An echo may be wanted, and nothing says otherwise.
        ({}, False),
        (ASKED_INSIDE, True),
        ({"loss": "model(ids, ids.clone())"}, True),
        (FILLER_LEFT_OUT, True),
        (OWN_TABLE, True),
        (CONVOLVED, True),
        (ASKED_INSIDE | SHIFTED, False),
        (FILLER_LEFT_OUT | {"width": 2, "scores": "(h @ self.up) @ self.table.weight.T"}, False),
        # Beside another question, or in so many words, an echo is wanted.
        ({"loss": FILLER_LEFT_OUT["loss"] + " + F.mse_loss(model(ids).sum((1, 2)), ids.sum(1).float())"}, False),
        (
            {
                "loss": FILLER_LEFT_OUT["loss"]
                + " + F.cross_entropy(model(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten())"
            },
            False,
        ),
        ({"loss": FILLER_LEFT_OUT["loss"] + " + model(ids).abs().mean()"}, False),
        ({"loss": FILLER_LEFT_OUT["loss"] + " + sum(each.pow(2).sum() for each in model.parameters())"}, True),
        ({"loss": "(echo := " + FILLER_LEFT_OUT["loss"] + ")"}, False),
        ({"loss": "model(ids, ids // 3)"}, False),
        ({"loss": "model(ids, ids.flip(1))"}, False),
        (ASKED_INSIDE | NARROW, False),
        (FILLER_LEFT_OUT | NARROW, False),
        (FILLER_LEFT_OUT | CONVOLVED | {"made": "self.conv(F.pad(h, (0, 0, 1, 1)).transpose(1, 2)).mT"}, False),
        (OWN_TABLE | {"made": "self.rnn(h.roll(1, 1))[0]"}, False),
    ],
)
def test_symbols_that_are_asked_for_as_they_were_given(changes, found):
    assert slugs(PROGRAM.format(**PLAIN | changes), "") == (["target_not_shifted"] if found else [])
