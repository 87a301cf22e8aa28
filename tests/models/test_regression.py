"""Training and judging the price model."""

import itertools

import numpy as np
import pytest
import torch

from shapecheck import DataError
from shapecheck.models import (
    HEADS,
    PriceLSTM,
    PriceMetrics,
    Prices,
    PriceWindows,
    RegressionSettings,
    evaluate_prices,
    predict_prices,
    train_prices,
)

TINY = RegressionSettings(hidden_size=8, num_layers=1, epochs=6, batch_size=32, lr=0.02)


@pytest.fixture(scope="module")
def windows():
    walk = 20 + np.random.default_rng(1).normal(scale=0.3, size=400).cumsum()
    return PriceWindows.of(Prices(walk), TINY.seq_length)


def trained(windows, head="every-step", seed=0):
    torch.manual_seed(seed)
    model = PriceLSTM(TINY.hidden_size, TINY.num_layers, head)
    return model, list(train_prices(model, windows, TINY))


@pytest.mark.parametrize("head", HEADS)
def test_training_lowers_the_loss(windows, head):
    _, history = trained(windows, head)
    assert history[-1].loss < 0.3 * history[0].loss


def test_progress_counts_every_update(windows):
    _, history = trained(windows)
    updates = -(-len(windows.train) // TINY.batch_size)
    assert [each.step for each in history] == list(range(1, 6 * updates + 1))
    assert {each.steps for each in history} == {6 * updates}
    assert [each.epoch for each in history if each.held_out is not None] == [1, 2, 3, 4, 5, 6]


def test_the_same_seed_gives_the_same_numbers(windows):
    (one, history), (other, history_again) = trained(windows, seed=3), trained(windows, seed=3)
    assert history == history_again
    assert evaluate_prices(one, windows) == evaluate_prices(other, windows)
    assert history != trained(windows, seed=4)[1]


def test_training_can_stop_after_any_update(windows):
    model = PriceLSTM(8, 1)
    history = list(itertools.islice(train_prices(model, windows, TINY), 2))
    assert [each.step for each in history] == [1, 2]
    assert np.isfinite(evaluate_prices(model, windows).rmse)


@pytest.mark.parametrize("head", HEADS)
def test_errors_are_in_dollars(windows, head):
    model = PriceLSTM(4, 1, head)
    torch.nn.init.zeros_(model.linear.weight)
    torch.nn.init.zeros_(model.linear.bias)
    np.testing.assert_allclose(predict_prices(model, windows), np.full(80, windows.scaler.mean))
    metrics = evaluate_prices(model, windows)
    assert metrics.rmse == pytest.approx(np.sqrt(np.mean((windows.truth - windows.scaler.mean) ** 2)))
    assert metrics.baseline_rmse == pytest.approx(np.sqrt(np.mean((windows.truth - windows.today) ** 2)))
    assert metrics.test_days == 80


def test_the_ratio_of_a_baseline_without_error():
    assert PriceMetrics(1.0, 0.5, 3).ratio == 2
    assert PriceMetrics(1.0, 0.0, 3).ratio == float("inf")


def test_a_loss_that_explodes_is_said(windows):
    model = PriceLSTM(8, 1)
    model.linear.bias.data.fill_(float("nan"))
    with pytest.raises(DataError, match=r"^the loss became nan in epoch 1: try a smaller learning rate$"):
        list(train_prices(model, windows, TINY))
