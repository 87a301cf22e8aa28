"""Attention over the keys of a cache: with a mask of the first steps, of the last ones, and with none."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.register_buffer("mask", torch.ones(30, 30).tril().bool())

    def forward(self, x, cache):
        q, k, v = self.q(x), self.k(x), self.v(x)
        start = 0 if cache is None else cache[0].shape[1]
        if cache is not None:
            k, v = torch.cat([cache[0], k], 1), torch.cat([cache[1], v], 1)
        n, s = q.shape[1], k.shape[1]
        {attend}
        return out, (k, v)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.place, self.out = nn.Embedding(11, 8), nn.Embedding(30, 8), nn.Linear(8, 11)
        self.attention = Attention()

    def forward(self, x, cache=None):
        start = 0 if cache is None else cache[0].shape[1]
        h = self.table(x) + self.place(torch.arange(start, start + x.shape[1]))
        seen, cache = self.attention(h, cache)
        return self.out(h + seen), cache


model = Model()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
for _ in range(3):
    x = torch.randint(0, 11, (5, 13))
    loss = F.cross_entropy(model(x[:, :-1])[0].transpose(1, 2), x[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    given, cache = torch.randint(0, 11, (3, 6)), None
    for _ in range(5):
        scores, cache = model(given, cache)
        given = {goes_on}
"""
ONE = "scores[:, -1:].argmax(-1)"
SEVERAL = "torch.randint(0, 11, (3, 2))"
TORCHS = "out = F.scaled_dot_product_attention(q[:, None], k[:, None], v[:, None], is_causal={})[:, 0]"
BY_HAND = """allowed = self.mask[{}, :s]
        w = (q @ k.transpose(1, 2) / 3).masked_fill(~allowed, float("-inf")).softmax(-1)
        out = w @ v"""


def program(attend, goes_on=ONE):
    return PROGRAM.format(attend=attend, goes_on=goes_on)


@pytest.mark.parametrize("goes_on", [ONE, SEVERAL])
@pytest.mark.parametrize("attend", [TORCHS.format("True"), BY_HAND.format(":n")])
def test_the_queries_are_those_of_the_last_steps(attend, goes_on):
    assert slugs(program(attend, goes_on), "") == ["newest_keys_hidden"]
    (line,) = lines_told(program(attend, goes_on), "")
    assert line in [row.strip() for row in attend.split("\n") if "is_causal" in row or "softmax" in row]


@pytest.mark.parametrize(
    ("attend", "goes_on"),
    [
        (TORCHS.format("cache is None"), ONE),
        (TORCHS.format("n > 1"), ONE),
        (BY_HAND.format("s - n : s"), ONE),
        (BY_HAND.format("start : start + n"), SEVERAL),
        # A window of the last few, and no mask at all.
        (BY_HAND.format("s - n : s").replace(", :s]", ", :s] & ~self.mask.tril(-4)[s - n : s, :s]"), ONE),
        ("out = (q @ k.transpose(1, 2)).softmax(-1) @ v if cache else x", SEVERAL),
    ],
)
def test_masks_that_fit_the_queries(attend, goes_on):
    assert slugs(program(attend, goes_on), "") == []
