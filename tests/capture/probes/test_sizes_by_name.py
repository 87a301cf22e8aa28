"""Reshapes whose sizes are named for the axes of a tensor, one by one or as products, in its order or in another."""

from __future__ import annotations

import pytest
from programs import audited, slugs

FILM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(8, 1, 1, 1))
        self.head = nn.Linear(8, 3)

    def forward(self, film):
        x = film * self.scale
        {cut}
        weights = (rows @ rows.transpose(1, 2) / 3).softmax(-1)
        return self.head((weights @ rows).mean(1).view(len(film), -1, 8).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 8, 5, 3, 7), torch.randint(0, 3, (4,))) for _ in range(2)]
"""


def program(*lines):
    return FILM.format(cut="\n        ".join(lines))


WRONG = [
    ("b, c, t, h, w = x.shape", "rows = x.reshape(b * t, h * w, c)"),
    ("b, c, t, h, w = x.size()", "rows = x.view(b * t, c, h * w).transpose(1, 2)"),
    ("b, c = x.shape[:2]", "t = x.size(2)", "rows = torch.reshape(x, (b * t, c, -1)).mT"),
    ("(b, c, t), hw = x.shape[:3], x.shape[3] * x.shape[4]", "rows = x.contiguous().view(b * t, hw, c)"),
    ("b, c, t, *_ = x.shape", "rows = x.reshape([t * b, -1, c])"),
    ("b, c, t, h, w = x.shape", "(rows,) = [y.reshape(b * t, h * w, c) for y in [film.tanh()]]"),
    ("t, h, w = x.shape[-3:]", "rows = x.reshape(x.shape[0] * t, h * w, x.shape[1])"),
]
RIGHT = [
    ("b, c, t, h, w = x.shape", "rows = x.permute(0, 2, 3, 4, 1).reshape(b * t, h * w, c)"),
    ("b, c, t, h, w = x.shape", "x = x.transpose(1, 2)", "rows = x.reshape(t * b, c, h * w).transpose(1, 2)"),
    ("b, c, t, h, w = x.shape", "y = x.movedim(1, -1)", "rows = y.reshape(b * t, h * w, c)"),
    ("b, c, t, h, w = x.shape", "rows = x.reshape(b, c, t * h * w).transpose(1, 2)"),
    ("b, c = x.shape[:2]", "rows = x.reshape(b, c, -1).transpose(1, 2)"),
    ("b, c, t, h, w = x.shape", "rows = x.view(b, c, w * h * t).mT"),
    ("b, c, *_ = x.shape", "rows = x.view(b, 2, c // 2, -1).flatten(1, 2).mT"),
    ("b, c, t, h, w = x.shape", "rows = x.reshape(b, c, t, w * h).permute(0, 2, 3, 1).reshape(b * t, h * w, c)"),
]


@pytest.mark.parametrize("lines", WRONG)
def test_axes_are_named_in_another_order_than_they_have(lines):
    assert slugs(program(*lines)) == ["axes_renamed"]


@pytest.mark.parametrize("lines", RIGHT)
def test_axes_are_turned_first_or_keep_their_order(lines):
    assert slugs(program(*lines)) == []


def test_the_turn_is_written_in_front():
    ((_, edits),) = audited(program(*WRONG[0]))
    assert edits == ["        rows = x.permute(0, 2, 3, 4, 1).reshape(b * t, h * w, c)\n"]


SQUARE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 6)

    def forward(self, x):
        b, n, m, f = x.shape
        x = self.linear(x)
        return x.{turn}reshape(b * m, n, f).tanh().reshape(b, m, n, f).mean((1, 2))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, {size}, 6), torch.randint(0, 6, (4,))) for _ in range(2)]
"""


@pytest.mark.parametrize("size", ["5, 3", "3, 5"])
def test_a_product_of_axes_that_do_not_lie_side_by_side(size):
    assert slugs(SQUARE.format(turn="", size=size)) == ["axes_renamed"]
    assert slugs(SQUARE.format(turn="transpose(1, 2).", size=size)) == []


def test_a_tensor_of_other_axes_that_are_as_long_says_nothing():
    body = program("b, c, t, h, w = x.shape", "y = x.movedim(2, 1)", "rows = y.reshape(b * t, c, h * w).mT")
    assert slugs(body.replace("4, 8, 5, 3, 7", "4, 8, 8, 3, 7")) == []
