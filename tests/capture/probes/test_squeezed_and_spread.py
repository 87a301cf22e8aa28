"""Sums along the samples of what was squeezed: of one sample alone they are one number, which is spread over others."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.utils.data import DataLoader, TensorDataset

def series(count):
    return TensorDataset(torch.randn(count, 6, 1), torch.randn(count, 5))

model = nn.Sequential(nn.Flatten(), nn.Linear(6, 5), nn.Unflatten(1, (5, 1)))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader(series(24), 8, shuffle=True):
    loss = F.l1_loss(model(x).squeeze(-1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
{mode}
total, count = torch.zeros({total}), 0
with torch.no_grad():
    for x, y in DataLoader(series({series}), 8):
        {measure}
        count += len(x)
print(total / count)
"""
DIFFERENCE = "diff = (model(x) - y.unsqueeze(-1)).squeeze({axis})\n        {added}"
SUM = "total += diff.abs().sum(dim=0)"


def program(measure, mode="", series=25, total=5):
    return PROGRAM.format(measure=measure, mode=mode, series=series, total=total)


@pytest.mark.parametrize(
    ("added", "mode"),
    [
        (SUM, ""),
        (SUM, "model.eval()"),
        ("total += (diff ** 2).mean(0) * len(x)", ""),
        ("total = total + diff.abs().amax(0)", "model.eval()"),
        ("total[:] = torch.maximum(total, diff.abs().amax(0))", "model.eval()"),
        ("total += diff.square().t().sum(-1)", "model.eval()"),
    ],
)
def test_errors_of_each_step_are_added_up(added, mode):
    wrong = program(DIFFERENCE.format(axis="", added=added), mode)
    edit = "        diff = (model(x) - y.unsqueeze(-1)).squeeze(2)\n"
    assert audited(wrong, "") == [("squeezed_by_chance", [edit])]
    assert slugs(program(DIFFERENCE.format(axis="-1", added=added), mode), "") == []


@pytest.mark.parametrize(
    ("measure", "series", "total"),
    [
        # No batch of one sample comes.
        (DIFFERENCE.format(axis="", added=SUM), 26, 5),
        # One sample alone comes to as many numbers as each of several, or to one of all.
        ("total += (model(x).squeeze() - y).abs().sum(0)", 25, 5),
        (DIFFERENCE.format(axis="", added="total += diff.abs().sum()"), 25, 1),
        (DIFFERENCE.format(axis="", added="total += diff.abs().sum(-1).sum()"), 25, 1),
        (DIFFERENCE.format(axis="", added="total += diff.view(-1, 5).abs().sum(0)"), 25, 5),
        # It is seen to.
        (DIFFERENCE.format(axis="", added="diff = diff[None] if diff.dim() < 2 else diff\n        " + SUM), 25, 5),
        (DIFFERENCE.format(axis="", added="total += diff.abs() if len(x) == 1 else diff.abs().sum(0)"), 25, 5),
    ],
)
def test_what_comes_to_the_same_for_one_sample(measure, series, total):
    assert slugs(program(measure, "model.eval()", series, total), "") == []
