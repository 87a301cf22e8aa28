"""Recurrent models that read a text piece by piece, and are asked for each symbol or for the next one."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn = nn.Embedding(11, 6), nn.GRU(6, 8, batch_first=True, bidirectional={both})
        self.out = nn.Linear({width}, 11)

    def forward(self, ids, state=None):
        out, state = self.rnn(self.table(ids), state)
        return self.out(out), state.detach()

text, model, state = torch.randint(0, 11, (4, 37)), Model(), None
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for piece in {pieces}:
    scores, state = model(piece{read})
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SPLIT, CHUNKS, SLICES = (
    "text.split(9, dim=1)[:4]",
    "text[:, :36].chunk(4, 1)",
    "[text[:, i : i + 9] for i in (0, 9, 18)]",
)
SAME = "F.cross_entropy(scores.flatten(0, 1), piece.flatten())"
NEXT = "F.cross_entropy(scores[:, :-1].flatten(0, 1), piece[:, 1:].flatten())"


def told(pieces, loss, read=", state", both=False):
    program = PROGRAM.format(pieces=pieces, loss=loss, read=read, both=both, width=16 if both else 8)
    return slugs(program, "")


@pytest.mark.parametrize("pieces", [SPLIT, CHUNKS, SLICES])
def test_each_symbol_is_asked_for_as_it_was_read(pieces):
    assert told(pieces, SAME) == ["target_not_shifted"]
    assert told(pieces, NEXT) == []


@pytest.mark.parametrize(
    ("pieces", "loss", "both"),
    [
        # Rows of their own, which the loop divides among its rounds.
        ("text.split(1)", SAME, False),
        # What reads both ways learns something else.
        (SPLIT, SAME, True),
    ],
)
def test_other_rows_or_other_models_say_nothing(pieces, loss, both):
    assert "target_not_shifted" not in told(pieces, loss, read="", both=both)
