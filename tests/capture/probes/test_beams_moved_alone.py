"""Searches that go on from the best of all continuations, and the states that go with these or stay behind."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.out = nn.Embedding(11, 6), nn.{layer}(6, 8), nn.Linear(8, 11)

    def forward(self, tokens, state=None, parent=None):
        if parent is not None:
            state = state[:, parent]
        y, state = self.rnn(self.table(tokens), state)
        return self.out(y), state

model = Writer()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    rows = torch.randint(0, 11, (7, 5))
    loss = F.cross_entropy(model(rows[:-1])[0].flatten(0, 1), rows[1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

model.eval()
with torch.no_grad():
    beams = torch.tensor([[1, 2, 3, 4]])
    scores, state, parent = torch.tensor([0.3, 0.2, 0.1, 0.0]), None, None
    for _ in range(4):
        out, state = model({given})
        total = scores[:, None] + 0.1 * out[-1].log_softmax(-1)
        scores, best = {best}
        parent, word = {parent}, best % 11
        beams = torch.cat([{picked}, word[None]])
        {kept}
    print(beams.tolist())
"""
PLAIN = {
    "layer": "LSTM",
    "given": "beams[-1:], state",
    "best": "total.flatten().topk(4)",
    "parent": "best // 11",
    "picked": "beams[:, parent]",
    "kept": "pass",
}
OF_LSTM, OF_GRU = "state = tuple(part[:, parent] for part in state)", "state = state.index_select(1, parent)"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"layer": "GRU"}, True),
        ({"parent": "torch.div(best, 11, rounding_mode='floor')"}, True),
        ({"picked": "beams.index_select(1, parent)"}, True),
        ({"kept": OF_LSTM}, False),
        ({"layer": "GRU", "kept": OF_GRU}, False),
        # The model moves it, before it goes on.
        ({"layer": "GRU", "given": "beams[-1:], state, parent"}, False),
        # Each beam goes on for itself, or all of it is read anew.
        ({"best": "total.max(-1)", "parent": "torch.arange(4)"}, False),
        ({"given": "beams"}, False),
    ],
)
def test_states_go_with_their_beams(change, found):
    program = PROGRAM.format(**PLAIN | change)
    assert slugs(program, "") == (["rows_moved_alone"] if found else [])
