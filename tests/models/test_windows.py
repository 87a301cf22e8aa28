"""Splitting, scaling and windows."""

import numpy as np
import pytest

from shapecheck import DataError
from shapecheck.models import Prices, PriceWindows, Scaler


def test_a_window_is_its_days_and_the_day_after():
    windows = PriceWindows.of(Prices(np.arange(50.0)), seq_length=3, scaler=Scaler(0, 1))
    np.testing.assert_array_equal(windows.train[:2], [[0, 1, 2, 3], [1, 2, 3, 4]])
    assert windows.train[-1, -1] == 39
    np.testing.assert_array_equal(windows.test[:, -1], np.arange(40, 50))
    np.testing.assert_array_equal(windows.truth, np.arange(40, 50))
    np.testing.assert_array_equal(windows.today, np.arange(39, 49))


def test_windows_are_views_of_one_series():
    windows = PriceWindows.of(Prices(np.arange(50.0)), seq_length=7)
    for part in (windows.train, windows.test):
        assert part.strides == (4, 4)
        assert not part.flags.owndata
    assert np.shares_memory(windows.train[0], windows.train[1])


def test_the_scaler_knows_nothing_of_the_test_part():
    values = np.random.default_rng(0).normal(size=100)
    changed = np.concatenate([values[:80], values[80:] + 1000])
    scaler = PriceWindows.of(Prices(values), seq_length=7).scaler
    assert scaler == PriceWindows.of(Prices(changed), seq_length=7).scaler
    assert scaler == Scaler(float(values[:80].mean()), float(values[:80].std()))


def test_no_test_day_is_a_training_day():
    windows = PriceWindows.of(Prices(np.arange(100.0)), seq_length=7, scaler=Scaler(0, 1))
    assert windows.train.max() < windows.truth.min()


def test_scaling_can_be_undone():
    scaler = Scaler.fit(np.array([1.0, 2.0, 6.0]))
    np.testing.assert_allclose(scaler.unscale(scaler.scale(np.array([5.0]))), [5.0], rtol=1e-6)


def test_every_window_is_in_one_batch_an_epoch_and_the_order_is_that_of_the_seed():
    windows = PriceWindows.of(Prices(np.arange(50.0)), seq_length=7)
    batches = windows.shuffled(10, np.random.default_rng(3))
    assert [len(batch) for batch in batches] == [10, 10, 10, 3]
    assert sorted(np.concatenate(batches)) == list(range(33))
    again = windows.shuffled(10, np.random.default_rng(3))
    assert all((one == other).all() for one, other in zip(batches, again, strict=True))


@pytest.mark.parametrize(("rows", "train"), [(1, 0), (9, 7)])
def test_fewer_rows_than_a_window(rows, train):
    with pytest.raises(DataError) as caught:
        PriceWindows.of(Prices(np.arange(float(rows))), seq_length=7)
    assert str(caught.value) == (
        f"the prices has {rows} rows, {train} of them to train: expected at least 8, "
        "the seq_length of 7 and the day after"
    )


def test_as_many_rows_as_it_takes():
    windows = PriceWindows.of(Prices(np.arange(10.0)), seq_length=7)
    assert (windows.train.shape, windows.test.shape) == ((1, 8), (2, 8))


def test_prices_that_never_change():
    with pytest.raises(DataError, match=r"^all 8 prices of the training part are 3: there is nothing to learn$"):
        PriceWindows.of(Prices(np.full(10, 3.0)), seq_length=7)
