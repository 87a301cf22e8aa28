"""Lists that hold one layer several times, beside layers that are shared on purpose."""

from __future__ import annotations

import pytest
from programs import audited, slugs

BODY = """
import copy


def clones(module, count):
    return nn.ModuleList([{clone} for _ in range(count)])


class Model(nn.Module):
    {words}
    def __init__(self, n=3):
        super().__init__()
        {made}
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


model, criterion = Model(), F.mse_loss
batches = [(torch.randn(6, 5), torch.randn(6, 1)) for _ in range(3)]
"""


def body(made: str, words: str = "", clone: str = "copy.deepcopy(module)") -> str:
    return BODY.format(made=made, words=words, clone=clone)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (body("self.layers = nn.ModuleList([nn.Linear(5, 5)] * n)"),
         "        self.layers = nn.ModuleList([nn.Linear(5, 5) for _ in range(n)])\n"),
        (body("self.layers = nn.Sequential(*[nn.Linear(5, 5), nn.Tanh()] * n)"),
         "        self.layers = nn.Sequential(*[layer for _ in range(n) for layer in (nn.Linear(5, 5), nn.Tanh())])\n"),
        (body("self.layers = clones(nn.Linear(5, 5), n)", clone="module"),
         "    return nn.ModuleList([copy.deepcopy(module) for _ in range(count)])\n"),
    ],
)  # fmt: skip
def test_a_layer_that_was_made_once(text, line):
    assert audited(text) == [("same_layer_repeated", [line])]


@pytest.mark.parametrize(
    "text",
    [
        body("self.layers = nn.ModuleList([nn.Linear(5, 5) for _ in range(n)])"),
        body("self.layers = clones(nn.Linear(5, 5), n)"),
        body("self.layers = nn.ModuleList([nn.Linear(5, 5)] * n)", words='"""One layer, whose weights are shared."""'),
        body("self.block = nn.Linear(5, 5)\n        self.layers = nn.ModuleList([self.block] * n)"),
        body("block = nn.Linear(5, 5)\n        self.layers = [block] * n\n        self.block = block"),
        body("self.layers = nn.Sequential(nn.Linear(5, 5), *[nn.ReLU()] * n)"),
    ],
)
def test_what_is_shared_on_purpose_or_made_anew(text):
    assert slugs(text) == []
