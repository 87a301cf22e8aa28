"""A state of two layers that is taken apart as if it were the pair of an LSTM."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from shapecheck import audit

UNPACKED = [
    (lambda s, x: taken(s.rnn(x)[1], lambda h, c: h), "GRU", ["state_of_lower_layer"]),
    (lambda s, x: taken(s.rnn(x)[1], lambda h, c: h), "RNN", ["state_of_lower_layer"]),
    (lambda s, x: taken(s.rnn(x)[1].unbind(0), lambda h, c: h), "GRU", ["state_of_lower_layer"]),
    (lambda s, x: taken(s.rnn(x)[1], lambda lower, upper: upper), "GRU", []),
    (lambda s, x: taken(s.rnn(x)[1], lambda lower, upper: lower + upper), "GRU", []),
    (lambda s, x: taken(s.rnn(x)[1], lambda h, c: h[-1]), "LSTM", []),
    (lambda s, x: taken(s.rnn(x), lambda out, h: h[-1]), "GRU", []),
    # The state of the lower layer stands beside an output that the upper one made.
    (lambda s, x: taken(s.rnn(x), lambda out, h: out[:, -1] + taken(h, lambda low, up: low)), "GRU", []),
]


def taken(pair, pick):
    first, second = pair
    return pick(first, second)


@pytest.mark.parametrize(("use", "kind", "slugs"), UNPACKED)
def test_a_state_of_two_layers_that_is_unpacked_like_a_pair(use, kind, slugs):
    rnn = getattr(nn, kind)(3, 8, 2, batch_first=True)
    model = Forward(lambda s, x: s.linear(use(s, x)), rnn=rnn, linear=nn.Linear(8, 5))
    report = audit(model, nn.CrossEntropyLoss(), (torch.randn(4, 5, 3), torch.tensor([0, 1, 2, 3])))
    assert [found.slug for found in report.diagnoses] == slugs


@pytest.mark.parametrize(("rows", "slugs"), [((0, 1), ["state_of_lower_layer"]), ((2, 3), []), ((-2, -1), [])])
def test_the_state_of_packed_sequences_that_are_put_back_in_order(rows, slugs):
    def run(s, x):
        packed = pack_padded_sequence(x, torch.tensor([3, 5, 2, 4]), batch_first=True, enforce_sorted=False)
        state = s.rnn(packed)[1]
        return s.linear(s.drop(torch.cat([state[row] for row in rows], -1)))

    rnn = nn.GRU(3, 8, 2, batch_first=True, bidirectional=True, dropout=0.2)
    model = Forward(run, rnn=rnn, linear=nn.Linear(16, 5), drop=nn.Dropout(0.2))
    x = torch.randn(4, 5, 3)
    for sample, length in enumerate([3, 5, 2, 4]):
        x[sample, length:] = 0
    report = audit(model, nn.CrossEntropyLoss(), (x, torch.tensor([0, 1, 2, 3])))
    assert [found.slug for found in report.diagnoses] == slugs
