"""Rows that are filled up in front: what counts their steps from there, beside what reaches the last ones."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from shapecheck import audit

SLUG = "steps_counted_from_the_front"
LENGTHS = torch.tensor([6, 3, 4, 2])
ROWS = torch.arange(4)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def words(in_front=True):
    found = torch.randint(1, 9, (4, 7))
    steps = torch.arange(7)
    found[steps < 7 - LENGTHS[:, None] if in_front else steps >= LENGTHS[:, None]] = 0
    return found


def audited(run, inputs=None, **kwargs):
    layers = {"emb": nn.Embedding(9, 8), "gru": nn.GRU(8, 8, batch_first=True), "linear": nn.Linear(8, 5)}
    model = Forward(run, **(layers | kwargs))
    batch = (words() if inputs is None else inputs, LENGTHS), torch.tensor([0, 1, 2, 3])
    return audit(model, nn.CrossEntropyLoss(), batch).diagnoses


def out(s, x):
    return s.gru(s.emb(x))[0]


def packed(s, x, n):
    return s.gru(pack_padded_sequence(s.emb(x), n, batch_first=True, enforce_sorted=False))[1][-1]


WRONG = [
    lambda s, x, n: s.linear(out(s, x)[ROWS, n - 1]),
    lambda s, x, n: s.linear(out(s, x)[ROWS, (x != 0).sum(1) - 1]),
    lambda s, x, n: s.linear(out(s, x).gather(1, (n - 1).view(-1, 1, 1).expand(-1, 1, 8)).squeeze(1)),
    lambda s, x, n: s.linear((out(s, x) * (torch.arange(7) < n[:, None])[..., None]).sum(1)),
    lambda s, x, n: s.linear(out(s, x).masked_fill(~(torch.arange(7) < n[:, None])[..., None], -9.0).amax(1)),
    lambda s, x, n: s.linear(packed(s, x, n)),
]


@pytest.mark.parametrize("run", WRONG)
def test_counted_from_the_front(run):
    assert SLUG in [found.slug for found in audited(run)]


RIGHT = [
    lambda s, x, n: s.linear(out(s, x)[:, -1]),
    lambda s, x, n: s.linear(out(s, x.flip(1))[ROWS, n - 1]),
    lambda s, x, n: s.linear(out(s, torch.stack([row.roll(int(m)) for row, m in zip(x, n, strict=True)]))[ROWS, n - 1]),
    lambda s, x, n: s.linear((out(s, x) * (torch.arange(7) >= 7 - n[:, None])[..., None]).sum(1)),
    # Where a step lies and how many there are may be two things.
    lambda s, x, n: s.linear(out(s, x)[ROWS, 6 - n // 2]),
]


@pytest.mark.parametrize("run", RIGHT)
def test_reaches_the_last_ones(run):
    assert SLUG not in [found.slug for found in audited(run)]


@pytest.mark.parametrize("run", WRONG)
def test_filled_up_behind(run):
    assert SLUG not in [found.slug for found in audited(run, words(in_front=False))]


def test_both_directions_have_read_all():
    run, gru = WRONG[0], nn.GRU(8, 4, batch_first=True, bidirectional=True)
    assert SLUG not in [found.slug for found in audited(run, gru=gru)]


def test_filler_of_numbers():
    x = torch.randn(4, 7, 8)
    x[torch.arange(7) < 7 - LENGTHS[:, None]] = torch.eye(8)[2]
    (found,) = audited(lambda s, x, n: s.linear(s.gru(x)[0][ROWS, n - 1]), x)
    assert (found.slug, found.fixes[0].title, found.fixes[0].verified) == (SLUG, "[:, -1]", "call")
    assert "hold 2 to 6 others, which end at step 6" in found.explanation
