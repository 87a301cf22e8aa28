"""Heads that are cut out of the features by a view alone, and as they should be."""

from __future__ import annotations

import pytest
from programs import audited, slugs

ATTENDED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.linear = nn.Linear(6, 12), nn.Linear(6, 12), nn.Linear(6, 12), nn.Linear(12, 1)
        self.qkv = nn.Linear(6, 36)

    def split(self, item):
        return {cut}

    def forward(self, x):
        size = len(x)
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        h = {attend}
        return self.linear({join}.mean(1)).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 8, 6), torch.randn(5)) for _ in range(3)]
"""
PLAIN = "torch.softmax(q @ k.transpose(-2, -1) / 2, -1) @ v"
FUSED = "F.scaled_dot_product_attention(q, k, v)"
BMM = "torch.bmm(F.softmax(torch.bmm(q, k.mT).div(2), dim=-1), v)"
BACK = "h.reshape(size, 2, 8, 6).transpose(1, 2).reshape(size, 8, 12)"


@pytest.mark.parametrize(
    ("cut", "attend", "edit"),
    [
        ("item.view(len(item), 2, -1, 6)", PLAIN, "item.view(len(item), -1, 2, 6).transpose(-3, -2)"),
        ("item.reshape(-1, 2, 8, 6)", FUSED, "item.reshape(-1, 8, 2, 6).transpose(-3, -2)"),
        ("item.view(len(item) * 2, -1, 6)", BMM, "item.unflatten(-1, (-1, 6)).transpose(-3, -2).flatten(0, 1)"),
        ("item.view(-1, 8, 6)", PLAIN, "item.unflatten(-1, (-1, 6)).transpose(-3, -2).flatten(0, 1)"),
        ("item.view(-1, 8, 2, 6).reshape(-1, 2, 8, 6)", PLAIN, "item.view(-1, 8, 2, 6).transpose(-3, -2)"),
        ("item.view(len(item) * 2, 8, -1)", BMM, "item.unflatten(-1, (2, -1)).transpose(-3, -2).flatten(0, 1)"),
    ],
)
def test_heads_that_are_cut_out_of_the_steps(cut, attend, edit):
    (slug, edits), *others = audited(ATTENDED.format(cut=cut, attend=attend, join=BACK))
    assert (slug, others) == ("axes_renamed", [])
    assert edits == [f"        return {edit}\n"]


@pytest.mark.parametrize(
    ("cut", "attend", "join"),
    [
        ("item.view(-1, 8, 2, 6).transpose(1, 2)", PLAIN, BACK),
        ("item.view(-1, 8, 2, 6).transpose(1, 2).reshape(-1, 8, 6)", BMM, BACK),
        # Time in front: the samples and the heads stand side by side.
        ("item.transpose(0, 1).reshape(8, -1, 6).transpose(0, 1)", BMM, BACK),
        # Windows of steps, with all of their features.
        ("item.view(-1, 4, 12)", PLAIN, "h.view(size, 8, 12)"),
        # One head.
        ("item", PLAIN, "h"),
        # No attention: the rows of a table.
        ("item.view(-1, 2, 8, 6)", "q * k + v", BACK),
    ],
)
def test_heads_and_others_that_are_meant_as_they_are(cut, attend, join):
    assert slugs(ATTENDED.format(cut=cut, attend=attend, join=join)) == []


def test_each_of_the_three_is_told_where_each_is_cut():
    program = ATTENDED.replace("self.qkv = nn.Linear(6, 36)", "pass")
    program = program.format(cut="item", attend=PLAIN, join=BACK).replace(
        "q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))",
        "q = self.q(x).view(size, 8, 2, 6).transpose(1, 2)\n"
        "        k = self.k(x).view(size, 8, 2, 6).transpose(1, 2)\n"
        "        v = self.v(x).view(size, 2, 8, 6)",
    )
    assert audited(program) == [
        ("axes_renamed", ["        v = self.v(x).view(size, 8, 2, 6).transpose(-3, -2)\n"]),
    ]


def test_heads_of_a_part_of_a_wider_layer():
    program = ATTENDED.format(cut="item.view(-1, 2, 8, 6)", attend=FUSED, join=BACK).replace(
        "self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))",
        "(self.split(part) for part in self.qkv(x).chunk(3, dim=-1))",
    )
    assert slugs(program.replace(".view(-1, 2", ".reshape(-1, 2")) == ["axes_renamed"]


def test_as_many_heads_as_steps_say_nothing():
    program = ATTENDED.format(cut="item.view(-1, 2, 2, 6)", attend=PLAIN, join="h.reshape(size, 2, 12)")
    assert slugs(program.replace("torch.randn(5, 8, 6)", "torch.randn(5, 2, 6)")) == []
