"""Items and pieces that are taken along the wrong axis, beside others that are taken rightly."""

from __future__ import annotations

import pytest
from programs import audited, slugs

STATES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 8, num_layers=2, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(16, 5)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.linear(torch.cat([{one}, {other}], dim=1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 7, 3), torch.randint(0, 5, (4,))) for _ in range(3)]
"""


@pytest.mark.parametrize(("one", "other"), [("h[:, -2]", "h[-1]"), ("h[-2]", "h[:, -1]")])
def test_a_state_of_each_layer_beside_the_state_of_one(one, other):
    (found,) = audited(STATES.format(one=one, other=other))
    assert found == ("item_of_wrong_axis", ["        return self.linear(torch.cat([h[-2], h[-1]], dim=1))\n"])
    assert slugs(STATES.format(one="h[-2]", other="h[-1]")) == []


HEADS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.linear = nn.Linear(8, 24), nn.Linear(8, 5)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = [z.view(b, t, 2, 4).transpose(1, 2) for z in {pieces}]
        h = F.scaled_dot_product_attention(q, k, v)
        return self.linear(h.transpose(1, 2).reshape(b, t, d).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, 7, 8), torch.randint(0, 5, (6,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("pieces", "right"),
    [
        ("self.qkv(x).chunk(3)", "self.qkv(x).chunk(3, dim=2)"),
        ("torch.chunk(self.qkv(x), 3, dim=0)", "torch.chunk(self.qkv(x), 3, dim=2)"),
    ],
)
def test_pieces_of_the_batch_that_become_whole_batches(pieces, right):
    (found,) = audited(HEADS.format(pieces=pieces))
    line = f"        q, k, v = [z.view(b, t, 2, 4).transpose(1, 2) for z in {right}]\n"
    assert found == ("reduced_along_batch", [line])
    assert slugs(HEADS.format(pieces=right)) == []


TWINS = """
model = nn.Linear(6, 4)
batches = [(torch.randn(8, 6), torch.randn(4)) for _ in range(3)]


def criterion(out, y):
    one, other = {pieces}
    return ((one - other).pow(2).sum(1) - y).pow(2).mean()
"""


@pytest.mark.parametrize("pieces", ["out.chunk(2)", "out.split(4)", "torch.chunk(out, 2, dim=0)"])
def test_two_halves_of_a_batch_that_are_compared(pieces):
    assert slugs(TWINS.format(pieces=pieces)) == []
