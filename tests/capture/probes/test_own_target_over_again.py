"""Models that are asked for the step they were given: by a copy of the input, by a column, by two cuts alike."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.rnn, self.out = nn.Embedding(9, 6), nn.GRU({width}, 6, batch_first=True), nn.Linear(6, {outs})

    def forward(self, x):
        return self.out(self.rnn(self.emb(x) if x.ndim < 3 else x)[0]){end}


model = Model()
{data}
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    out = model(x)
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
WORDS = "words = torch.randint(0, 9, (3, 4, 8))\n"
LM = {"width": 6, "outs": 9, "end": ""}
LEVELS = {"width": 2, "outs": 1, "end": ".squeeze(-1)"}
ALIKE = f"{WORDS}batches = [(x, x) for x in words]"
CLASSES = "F.cross_entropy({}.flatten(0, 1), {}.flatten())"
SERIES = "series = torch.randn(5, 31, 2).cumsum(1)\nx, y = series[:, :-1], {}\n"
PIECES = "batches = [(x[:, at:at + 10], y[:, at:at + 10]) for at in (0, 10, 20)]"
SLUG = "target_not_shifted"


@pytest.mark.parametrize(
    ("data", "parts", "loss", "is_told"),
    [
        # Both have lost their first step, in front of the loss.
        (ALIKE, LM, CLASSES.format("out[:, 1:]", "y[:, 1:]"), True),
        (ALIKE, LM, CLASSES.format("out[:, :-1]", "y[:, 1:]"), False),
        # A target of its own tensor, of which the last steps are asked for.
        (
            f"{WORDS}batches = [(w[:, :-1].clone(), w[:, :-1].clone()) for w in words]",
            LM,
            CLASSES.format("out[:, 3:]", "y[:, 3:]"),
            True,
        ),
        (
            f"{WORDS}batches = [(w[:, :-1].clone(), w[:, 1:].clone()) for w in words]",
            LM,
            CLASSES.format("out[:, 3:]", "y[:, 3:]"),
            False,
        ),
        # A column of the series, both without the last step, in pieces.
        (SERIES.format("series[:, :-1, 0]") + PIECES, LEVELS, "F.mse_loss(out, y)", True),
        (SERIES.format("series[:, 1:, 0]") + PIECES, LEVELS, "F.mse_loss(out, y)", False),
        # Somebody reads the last step.
        (
            SERIES.format("series[:, :-1, 0]") + "last = series[:, -1].sum()\n" + PIECES,
            LEVELS,
            "F.mse_loss(out, y) + 0 * last",
            False,
        ),
    ],
)
def test_the_step_that_was_given_is_asked_for(data, parts, loss, is_told):
    assert (SLUG in slugs(PROGRAM.format(data=data, loss=loss, **parts), "")) is is_told
