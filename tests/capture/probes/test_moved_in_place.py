"""Rows that change places in a tensor, one by one: kept all of them, or some written over."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(2):
    loss = F.cross_entropy(model(torch.randn(7, 4)), torch.randint(0, 3, (7,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

def put_back(x, order):
{body}

model.eval()
with torch.no_grad():
    order = torch.tensor([3, 0, 4, 2, 1])
    scores = put_back(model(torch.randn(5, 4)), order)
    print((scores.argmax(1) == torch.randint(0, 3, (5,))).float().mean().item())
"""


def told(body):
    return slugs(PROGRAM.format(body="\n".join(f"    {line}" for line in body.strip().splitlines())), "")


@pytest.mark.parametrize(
    "body",
    [
        "for row, place in enumerate(order.tolist()):\n    x[place] = x[row]\nreturn x",
        "for row, place in enumerate(order):\n    x[place] = x[row].clone()\nreturn x",
        "for place, row in enumerate(order.tolist()):\n    x[place] = x[row]\nreturn x",
        "for row in range(5):\n    x[row] = x[(row + 1) % 5]\nreturn x",
        "x[0], x[3] = x[3], x[0]\nreturn x",
        "for i in range(2):\n    x[i], x[4 - i] = x[4 - i], x[i]\nreturn x",
    ],
)
def test_a_row_that_is_read_where_another_one_was_put(body):
    assert told(body) == ["reads_what_it_changes"]


@pytest.mark.parametrize(
    "body",
    [
        "y = torch.zeros_like(x)\nfor row, place in enumerate(order.tolist()):\n    y[place] = x[row]\nreturn y",
        "y = x.clone()\nfor row, place in enumerate(order.tolist()):\n    x[place] = y[row]\nreturn x",
        "y = [row.clone() for row in x]\nfor row, place in zip(y, order.tolist()):\n    x[place] = row\nreturn x",
        "x[order] = x.clone()\nreturn x",
        "x[[0, 3]] = x[[3, 0]]\nreturn x",
        "x[0], x[3] = x[3].clone(), x[0].clone()\nreturn x",
        "kept = x[0].clone()\nx[0] = x[3]\nx[3] = kept\nreturn x",
        # Each takes the place of the one before, and the last one stays.
        "for row in range(4):\n    x[row] = x[row + 1]\nreturn x",
        # The first is handed on to all, as is meant.
        "for row in range(1, 5):\n    x[row] = x[row - 1]\nreturn x",
        "for row in range(5):\n    x[row] = x[row]\nreturn x",
    ],
)
def test_rows_that_are_kept_or_handed_on(body):
    assert told(body) == []
