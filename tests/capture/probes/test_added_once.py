"""Tables of counts to which a batch is added: each sample, or one for all that fall into a cell."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
batches = [(torch.randn(17, 6), torch.randint(0, 4, (17,))) for _ in range(3)]
for x, y in batches:
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
{mode}
table, right = torch.zeros(4, 4), torch.zeros(4)
with torch.no_grad():
    for x, y in batches:
        guess = model(x).argmax(1)
        right += (guess == y).sum()
        {count}
print(table, right)
"""


def program(count, mode="model.eval()"):
    return PROGRAM.format(count=count, mode=mode)


@pytest.mark.parametrize(
    "count",
    [
        "table[y, guess] += 1",
        "table[guess, y] += torch.ones(17)",
        "right[y] += (guess == y).float()",
        "right[guess] -= 1",
        "table[y] += model(x).softmax(1)",
    ],
)
def test_one_is_kept_of_all_that_fall_into_one_cell(count):
    assert slugs(program(count), "") == ["added_once"]
    assert lines_told(program(count), "") == [count]


@pytest.mark.parametrize(
    "count",
    [
        "table.index_put_((y, guess), torch.ones(17), accumulate=True)",
        "right.index_add_(0, y, (guess == y).float())",
        "right += torch.bincount(guess, minlength=4)",
        # One sample after the other, and each place once.
        "for a, b in zip(y, guess): table[a, b] += 1",
        "which, number = guess.unique(return_counts=True); right[which] += number",
        "order = torch.randperm(4); right[order] += model(x)[:4].max(1).values",
        # In how many batches a label stands; what is there, once for all.
        "right[y] += 1",
        "table[y, guess] = 1",
        "table[table < 2] += 1",
    ],
)
def test_all_are_kept_or_one_is_meant(count):
    assert slugs(program(count), "") == []
