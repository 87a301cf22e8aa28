"""States of several layers that are cut out of one row of features for each sample, and back into such rows."""

from __future__ import annotations

import pytest
from programs import audited, slugs

DECODER = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.spread = nn.Linear(7, 5), nn.Linear(5, 2 * 6)
        self.rnn = nn.{kind}(3, 6, num_layers=2, batch_first=True)
        self.out = nn.Linear(6, 3)

    def state(self, code):
        rows = self.spread(code)
        return {state}

    def forward(self, x):
        first = self.state(self.enter(x).tanh())
        steps = x.new_ones(len(x), 4, 3)
        return self.out(self.rnn(steps, {given})[0])


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(9, 7), torch.randn(9, 4, 3)) for _ in range(2)]
"""
BOTH = {"kind": "LSTM", "given": "(first, torch.zeros_like(first))"}
ONE = {"kind": "GRU", "given": "first"}


@pytest.mark.parametrize("kind", [ONE, BOTH])
@pytest.mark.parametrize(
    ("state", "is_wrong"),
    [
        ("rows.view(2, code.size(0), 6)", True),
        ("rows.reshape(2, -1, 6).tanh()", True),
        ("torch.reshape(rows, (-1, len(code), 6))", True),
        ("rows.view(len(code), 2, 6).transpose(0, 1).contiguous()", False),
        ("torch.stack(rows.chunk(2, dim=1))", False),
        ("rows.unflatten(1, (2, 6)).movedim(1, 0).contiguous()", False),
    ],
)
def test_the_parts_of_a_row_become_layers(kind, state, is_wrong):
    assert slugs(DECODER.format(**kind, state=state)) == ["reshaped_instead_of_permuted"] * is_wrong


def test_the_line_that_cuts_the_rows():
    ((_, edits),) = audited(DECODER.format(**ONE, state="rows.view(2, code.size(0), 6)"))
    assert edits == ["        return rows.view(code.size(0), 2, 6).transpose(0, 1).contiguous()\n"]


ENCODER = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 6, num_layers=2, batch_first=True, bidirectional={both})
        self.down = nn.GRU(3, 12, num_layers=2, batch_first=True)
        self.out = nn.Linear({size}, 4)

    def forward(self, x):
        state = self.rnn(x)[1]
        {line}
        return self.out(code)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(9, 5, 3), torch.randint(0, 4, (9,))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("both", "size", "line", "is_wrong"),
    [
        (False, 12, "code = state.view(len(x), -1)", True),
        (False, 12, "code = state.transpose(0, 1).reshape(len(x), -1)", False),
        (True, 12, "code = self.down(x, state.view(2, len(x), 12))[0][:, -1]", True),
        (True, 12, "code = self.down(x, torch.cat([state[0::2], state[1::2]], 2))[0][:, -1]", False),
    ],
)
def test_states_become_rows_of_their_samples(both, size, line, is_wrong):
    found = slugs(ENCODER.format(both=both, size=size, line=line))
    assert found == ["reshaped_instead_of_permuted"] * is_wrong


PARTS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 4)

    def forward(self, x):
        q, k, v = self.qkv(x).{cut}
        return self.out(((q @ k.mT).softmax(-1) @ v).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 8), torch.randint(0, 4, (5,))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("cut", "is_wrong"),
    [
        ("view(3, len(x), 7, 8)", True),
        ("view(len(x), 7, 3, 8).permute(2, 0, 1, 3)", False),
        ("chunk(3, dim=-1)", False),
    ],
)
def test_queries_keys_and_values_in_one_row(cut, is_wrong):
    assert slugs(PARTS.format(cut=cut)) == ["reshaped_instead_of_permuted"] * is_wrong
