"""Targets that were not moved on, joins that nobody reads, loops that are left, and squeezes that go too far."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from shapecheck.auditor import Auditor, audit


class Series(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.linear = nn.GRU(2, 8, batch_first=True), nn.Linear(8, 2)

    def forward(self, x):
        return self.linear(self.gru(x)[0])


def told(model, loss, batch):
    return [found.slug for found in audit(model, loss, batch).diagnoses]


def series():
    torch.manual_seed(0)
    return torch.randn(4, 9, 2).cumsum(1)


def asked(target_of):
    torch.manual_seed(0)
    model, auditor = Series(), Auditor()
    auditor.start()
    try:
        for _ in range(3):
            x = torch.randn(4, 9, 2)
            functional.mse_loss(model(x[:, :-1]), target_of(x)).backward()
    finally:
        auditor.stop()
    return [found.slug for found in auditor.diagnoses]


def test_a_series_whose_end_is_cut_off_and_never_asked_for_is_told():
    assert asked(lambda x: x[:, :-1]) == ["target_not_shifted"]
    assert asked(lambda x: x[:, 1:]) == []


def test_the_next_step_is_rightly_asked_for():
    x = series()
    assert told(Series(), nn.MSELoss(), (x[:, :-1], x[:, 1:])) == []


def test_an_autoencoder_of_the_whole_series_is_not_told():
    x = series()
    assert told(Series(), nn.MSELoss(), (x, x)) == []


class Conditioned(nn.Module):
    def __init__(self):
        super().__init__()
        self.short, self.long = nn.Linear(4, 2), nn.Linear(7, 2)

    def decode(self, z, kind):
        both = torch.cat([z, kind], 1)
        return self.long(both)

    def forward(self, z, kind):
        return self.decode(z, kind) + kind.sum(1, keepdim=True)


class Unconditioned(Conditioned):
    def decode(self, z, kind):
        both = torch.cat([z, kind], 1)  # noqa: F841
        return self.short(z)


def test_a_join_that_nobody_reads_is_told():
    torch.manual_seed(0)
    batch = (torch.randn(6, 4), torch.randn(6, 3)), torch.randn(6, 2)
    assert told(Unconditioned(), nn.MSELoss(), batch) == ["input_without_influence"]
    assert told(Conditioned(), nn.MSELoss(), batch) == []


def run(loss_of):
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    auditor = Auditor()
    auditor.start()
    try:
        for _ in range(3):
            loss_of(model, [(torch.randn(size, 3), torch.randn(size, 1)) for size in (2, 4, 3)]).backward()
    finally:
        auditor.stop()
    return [found.slug for found in auditor.diagnoses]


def left_early(model, pairs):  # noqa: RET503
    total = torch.zeros(())
    for x, y in pairs:
        total = total + functional.mse_loss(model(x), y)
        return total  # noqa: RET504


def left_late(model, pairs):
    total = torch.zeros(())
    for x, y in pairs:
        total = total + functional.mse_loss(model(x), y)
    return total


def first(model, pairs):  # noqa: RET503
    for x, y in pairs:
        return functional.mse_loss(model(x), y)


def test_a_loop_that_adds_up_and_is_left_in_its_first_turn_is_told():
    assert run(left_early) == ["loss_of_one_sample_only"]
    assert run(left_late) == []


def test_a_loop_that_only_takes_the_first_is_not():
    assert run(first) == []


def ranked(*axes):
    def loss_of(model, _):
        x, other = torch.randn(7, 3), torch.randn(7, 1, 3)
        scores = torch.matmul(model.weight * x.unsqueeze(1), other.transpose(1, 2)).squeeze(*axes)
        return functional.softplus(-(scores + model(x))).mean()

    return loss_of


def test_a_squeeze_that_drops_an_axis_too_many_is_told():
    assert run(ranked()) == ["squeezed_by_chance"]
    assert run(ranked(1)) == []
