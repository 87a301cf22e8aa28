"""Padding in batches that were sorted by length, where either axis could be that of the steps."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from programs import slugs
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from shapecheck import audit

LENGTHS = torch.tensor([6, 5, 3, 2])


def words():
    found = torch.randint(1, 9, (4, 6))
    found[torch.arange(6) >= LENGTHS[:, None]] = 0
    return found


def seen(run, inputs, is_first=True):
    torch.manual_seed(0)
    layers = {"emb": nn.Embedding(9, 8, padding_idx=0), "gru": nn.GRU(8, 8, batch_first=is_first)}
    model = Forward(run, linear=nn.Linear(8, 5), **layers)
    report = audit(model, nn.CrossEntropyLoss(), (inputs, torch.tensor([0, 1, 2, 3])))
    # Nothing but the lengths says which axis holds the samples: that is asked, and not what these are about.
    return [found.slug for found in report.diagnoses if found.slug != "samples_or_steps"]


@pytest.mark.parametrize(
    ("run", "is_first", "expected"),
    [
        (lambda s, x, _: s.linear(s.gru(s.emb(x))[0][:, -1]), True, ["last_padded_step"]),
        (lambda s, x, _: s.linear(s.gru(s.emb(x))[0][-1]), False, ["last_padded_step"]),
        (lambda s, x, _: s.linear(s.gru(s.emb(x))[1][-1]), False, ["padding_walked_through"]),
        (lambda s, x, n: s.linear(s.gru(s.emb(x))[0][torch.arange(4), n - 1]), True, []),
        (lambda s, x, n: s.linear(s.gru(s.emb(x))[0][n - 1, torch.arange(4)]), False, []),
        (lambda s, x, n: s.linear(s.gru(pack_padded_sequence(s.emb(x), n))[1][-1]), False, []),
    ],
)
def test_batches_that_were_sorted_by_length(run, is_first, expected):
    inputs = (words() if is_first else words().t().contiguous()), LENGTHS
    assert seen(run, inputs, is_first) == expected


LOADED = """
def collate(items):
    rows = sorted((row for row, _ in items), key=len, reverse=True)
    words = nn.utils.rnn.pad_sequence(rows, batch_first={is_first})
    return words, torch.randint(0, 5, (len(rows),))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.gru = nn.Embedding(9, 8, padding_idx=0), nn.GRU(8, 8, batch_first={is_first})
        self.linear = nn.Linear(8, 5)

    def forward(self, words):
        return self.linear(self.gru(self.emb(words))[{what}])


model, criterion = Model(), nn.CrossEntropyLoss()
items = [(torch.randint(1, 9, (n,)), 0) for n in (6, 3, 5, 2, 7, 4, 2, 3)]
batches = torch.utils.data.DataLoader(items, 4, collate_fn=collate)
"""


@pytest.mark.parametrize(
    ("is_first", "what", "expected"),
    [
        (False, "0][-1", ["last_padded_step"]),
        (True, "0][:, -1", ["last_padded_step"]),
        # The first step and the first sample, which is the longest, have no padding.
        (False, "0][0", []),
    ],
)
def test_rows_that_a_loader_filled_up_and_sorted(is_first, what, expected):
    assert [slug for slug in slugs(LOADED.format(is_first=is_first, what=what)) if "padd" in slug] == expected


def test_a_sorted_batch_of_which_nothing_says_where_its_steps_lie():
    run = lambda s, x: s.linear(s.gru(s.emb(x))[0][:, -1])  # noqa: E731
    assert seen(run, words()) == []
