"""Keys as columns of the product that makes the weights of an attention: turned, or cut anew by a reshape."""

from __future__ import annotations

import pytest
from programs import audited

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps, self.linear = nn.Linear(6, 36), nn.Linear(12, 1)

    def forward(self, x):
        q, k, v = self.maps(x).chunk(3, -1)
        b, t, d = k.shape
        {heads}
        scores = {scores}
        h = (scores / 3).softmax(-1) @ v
        return self.linear({joined}.mean(1)).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 8, 6), torch.randn(5)) for _ in range(3)]
"""
ONE = {"heads": "pass", "joined": "h"}
TWO = {
    "heads": "q, v = (each.view(b, t, 2, 6).transpose(1, 2) for each in (q, v))",
    "joined": "h.transpose(1, 2).reshape(b, t, d)",
}
ALL = TWO | {"heads": "q, k, v = (each.view(b, t, 2, 6).transpose(1, 2) for each in (q, k, v))"}


def told(scores, parts):
    return audited(PROGRAM.format(scores=scores, **parts))


@pytest.mark.parametrize(
    ("scores", "parts", "edit"),
    [
        ("q @ k.reshape(b, d, t)", ONE, "q @ k.transpose(-2, -1)"),
        ("torch.bmm(q, k.contiguous().view(b, d, t))", ONE, "torch.bmm(q, k.contiguous().transpose(-2, -1))"),
        ("torch.matmul(q, k.reshape(b, 2, 6, t))", ALL, "torch.matmul(q, k.transpose(-2, -1))"),
        ("q @ k.reshape(b, 2, 6, t)", TWO, "q @ k.unflatten(-1, (2, -1)).movedim(-3, -1)"),
    ],
)
def test_keys_that_are_cut_anew(scores, parts, edit):
    (slug, edits), *others = told(scores, parts)
    assert (slug, others) == ("axes_renamed", [])
    assert edits == [f"        scores = {edit}\n"]


@pytest.mark.parametrize(
    ("scores", "parts"),
    [
        ("q @ k.transpose(1, 2)", ONE),
        ("q @ k.permute(0, 2, 1).reshape(b, d, t)", ONE),
        ("torch.matmul(q, k.mT.reshape(b, 2, 6, t))", ALL),
        ("q @ k.view(b, t, 2, 6).permute(0, 2, 3, 1).reshape(b, 2, 6, t)", TWO),
    ],
)
def test_keys_that_are_turned(scores, parts):
    assert told(scores, parts) == []
