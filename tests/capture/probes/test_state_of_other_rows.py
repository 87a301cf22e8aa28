"""States of pieces of texts that go on row by row, handed on as they are, and moved about on their way."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.look, self.out = nn.Embedding(30, 6), nn.Linear(8, 30)
        self.walk = nn.{kind}(6, 8, {layers}, batch_first=True)

    def forward(self, x, state=None):
        out, state = self.walk(self.look(x), state)
        return self.out(out), state


text = torch.randint(0, 30, ({rows}, 60), generator=torch.Generator().manual_seed(4))
model, state = Writer(), None
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for start in range(0, 50, 10):
    x, y = {pair}
    scores, state = model(x, state)
    {kept}
    loss = F.cross_entropy(scores.transpose(1, 2), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PIECES = "text[:, start : start + 10], text[:, start + 1 : start + 11]"
KEPT = "state = state.detach()"


def program(kept, kind="GRU", layers=1, rows=5, pair=PIECES):
    return PROGRAM.format(kept=kept, kind=kind, layers=layers, rows=rows, pair=pair)


@pytest.mark.parametrize(
    ("kept", "kind", "layers"),
    [
        ("state = state.detach().flip(1)", "GRU", 1),
        ("state = state.detach().roll(1, dims=1)", "RNN", 2),
        ("state = state.detach().view(5, 2, 8).transpose(0, 1).contiguous()", "GRU", 2),
        ("state = tuple(part.detach()[:, [1, 0, 2, 4, 3]] for part in state)", "LSTM", 1),
    ],
)
def test_a_state_that_comes_to_other_rows(kept, kind, layers):
    wrong = program(kept, kind, layers)
    assert slugs(wrong, "") == ["state_of_another_batch"]
    assert lines_told(wrong, "") == [kept]
    right = "state = tuple(part.detach() for part in state)" if kind == "LSTM" else KEPT
    assert slugs(program(right, kind, layers), "") == []


@pytest.mark.parametrize(
    "changes",
    [
        # There and back.
        {"kept": "state = state.detach().transpose(0, 1).contiguous().transpose(0, 1).contiguous()"},
        {"kept": "state = state.detach().flip(1).flip(1)"},
        # The rows go the same way as their states.
        {"kept": "state, text = state.detach().flip(1), text.flip(0)"},
    ],
)
def test_a_state_that_stays_with_its_row(changes):
    assert slugs(program(**changes), "") == []
