"""Forecasts of columns of the input one step later, by models that see that step and by models that do not."""

from __future__ import annotations

import linecache

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import mse_loss, pad

from shapecheck import audit


def convolved(front, behind, out=1):
    def run(model, x):
        h = model.conv(pad(x.transpose(1, 2), (front, behind))).relu()
        return model.out(h.transpose(1, 2))

    return Forward(run, conv=nn.Conv1d(4, 8, 3), out=nn.Linear(8, out))


def walked(*, both, out=1):
    rnn = nn.GRU(4, 8, batch_first=True, bidirectional=both)
    return Forward(lambda m, x: m.out(m.rnn(x)[0]), rnn=rnn, out=nn.Linear(16 if both else 8, out))


@pytest.fixture
def series():
    torch.manual_seed(0)
    return torch.randn(5, 9, 4)


def told(model, given, target):
    loss = lambda out, target: mse_loss(out.squeeze(-1), target)  # noqa: E731
    return audit(model, loss, (given, target)).diagnoses


def slugs(model, given, target):
    return [found.slug for found in told(model, given, target)]


def windows():
    """Windows of one series that begin one step apart: the window behind each is it one step later as well."""
    torch.manual_seed(0)
    return torch.randn(14, 4).unfold(0, 9, 1).transpose(1, 2)


def test_a_column_that_a_convolution_has_seen(series):
    (found,) = told(convolved(1, 1), series[:, :-1], series[:, 1:, 0])
    assert found.slug == "future_seen_by_convolution"
    assert "pad(" in linecache.getline(found.place.file, found.place.line)


@pytest.mark.parametrize("columns", [slice(2, 3), slice(1, 3), [3, 0]])
def test_columns_that_a_backward_direction_has_seen(series, columns):
    target = series[:, 1:, columns]
    target = target.squeeze(-1)
    model = walked(both=True, out=1 if target.ndim == 2 else 2)
    assert slugs(model, series[:, :-1], target) == ["future_seen_by_reverse_direction"]


def test_windows_that_begin_one_step_apart():
    given = windows()
    assert slugs(convolved(1, 1), given[:, :-1], given[:, 1:, 0]) == ["future_seen_by_convolution"]
    assert slugs(convolved(1, 1, out=4), given[:, :-1], given[:, 1:]) == ["future_seen_by_convolution"]
    assert slugs(convolved(2, 0), given[:, :-1], given[:, 1:, 0]) == []
    assert slugs(convolved(2, 0, out=4), given[:, :-1], given[:, 1:]) == []


@pytest.mark.parametrize("model", [lambda: convolved(2, 0), lambda: walked(both=False)])
def test_models_that_see_no_later_step_are_left_alone(model, series):
    assert slugs(model(), series[:, :-1], series[:, 1:, 0]) == []


@pytest.mark.parametrize("model", [lambda: convolved(1, 1), lambda: walked(both=True)])
def test_columns_that_are_not_the_next_step_are_left_alone(model, series):
    other = series.roll(1, 0)
    assert slugs(model(), series[:, :-1], other[:, 1:, 0]) == []
    assert slugs(model(), series[:, 1:], series[:, :-1, 0]) == []
    assert slugs(model(), series[:, :-1], series[:, 1:, 0] + 0.1 * other[:, 1:, 1]) == []


def test_a_column_that_never_changes_is_no_forecast(series):
    series[..., 0] = 1.0
    assert slugs(convolved(1, 1), series[:, :-1], series[:, 1:, 0]) == []
