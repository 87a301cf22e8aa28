"""What is filled in to count for nothing: it may lose every search, and never win all of them."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
model = nn.Linear(6, 8)
batches = [(torch.randn(8, 6), torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])) for _ in range(4)]
def criterion(e, y):
    e = F.normalize(e, dim=1)
    alike, apart = e @ e.t(), torch.cdist(e, e)
    same, own = y[:, None] == y, torch.eye(len(y), dtype=torch.bool)
    {lines}
    return found.tanh().mean() + apart.square().mean()
"""


def told(lines):
    return slugs(PROGRAM.format(lines=lines))


@pytest.mark.parametrize(
    "lines",
    [
        "found = apart.masked_fill(same, -1e9).min(1).values",
        "found = (apart - 1e9 * same.float()).amin(1)",
        "alike[same] = float('-inf'); found = -torch.amax(1 - alike, dim=1)",
        "rest = alike.clone(); rest.diagonal().fill_(-torch.inf); found = (1 - rest).max(1)[0]",
        "found = torch.where(same, torch.tensor(1e5), alike).topk(1, dim=1)[0]",
        "found = (alike.masked_fill(own, 1e9).softmax(1) @ e).square()",
    ],
)
def test_what_was_filled_in_wins(lines):
    assert told(lines) == ["hidden_always_wins"]


@pytest.mark.parametrize(
    "lines",
    [
        "found = apart.masked_fill(same, 1e9).min(1).values",
        "rest = alike.clone(); rest.diagonal().fill_(torch.inf); found = (1 - rest).max(1)[0]",
        # It is taken off again behind the search.
        "found = (apart + 1e4 * same.float()).max(1).values - 1e4",
        # Some rows have nothing else.
        "found = apart.masked_fill(y[:, None] == y.min(), -1e9).amin(1).clamp(-9)",
        "found = (alike + 1e4 * (~own).float()).softmax(1) @ e",
        # Places that are to come first.
        "found = e[alike.masked_fill(own, 1e9).topk(3, dim=1).indices].mean(1)",
        "found = apart.masked_fill(same, torch.inf).min(1).values.max()",
        # A bar that the others have to pass, of which some are to pass it anyway.
        "bar = apart.masked_fill(own, 1e5).topk(3, dim=1).values[:, -1:]; found = apart[apart >= bar]",
        # Some rows are told where to look; and a number that a game may give for what is won.
        "found = alike.masked_fill(own & (y == 0), 1e5).softmax(1) @ e",
        "found = alike.masked_fill(same, 1e3).max(1).values.clamp(-1, 1)",
    ],
)
def test_what_was_filled_in_loses_or_is_meant(lines):
    assert told(lines) == []
