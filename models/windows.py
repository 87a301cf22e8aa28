"""Prices made ready for the model: split by time, scaled, and cut into windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from shapecheck import DataError

from .prices import Prices

TEST_PART = 0.2


@dataclass(frozen=True)
class Scaler:
    """Shifts and stretches prices to mean 0 and standard deviation 1, and back."""

    mean: float
    std: float

    @classmethod
    def fit(cls, values: NDArray[np.float64]) -> Scaler:
        """Take mean and standard deviation of ``values``: of the *training part only*.

        With the test part in it, the model would know beforehand how high the prices are going to be.

        Raises:
            DataError: All values are equal.
        """
        mean, std = float(values.mean()), float(values.std())
        if not std > 1e-12 * abs(mean):
            raise DataError(f"all {len(values)} prices of the training part are {mean:g}: there is nothing to learn")
        return cls(mean, std)

    def scale(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """From dollars to the model's units."""
        return ((values - self.mean) / self.std).astype(np.float32)

    def unscale(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """From the model's units to dollars."""
        return values.astype(np.float64) * self.std + self.mean


@dataclass(frozen=True)
class PriceWindows:
    """All windows of the training part and of the test part.

    A window is ``seq_length`` days and the day after them. Neighbours share all days but one, so the windows are views
    of one scaled series: ``seq_length + 1`` times as many numbers as the series has, and no copy of any.

    Args:
        scaler: Fitted on the training part.
        train: (num_windows, seq_length + 1), scaled prices.
        test: (num_test_days, seq_length + 1), scaled prices; the last day of window ``i`` is test day ``i``.
        truth: (num_test_days,), dollars.
        today: (num_test_days,), dollars; the day before each: what "tomorrow = today" predicts.
    """

    scaler: Scaler
    train: NDArray[np.float32]
    test: NDArray[np.float32]
    truth: NDArray[np.float64]
    today: NDArray[np.float64]

    @classmethod
    def of(cls, prices: Prices, seq_length: int, scaler: Scaler | None = None) -> PriceWindows:
        """Cut a series: the first four fifths to train, the rest to test.

        The split goes by time. With windows shuffled first, each test window would have neighbours in the training
        part that share all its days but one, and the test would measure memory.

        Args:
            prices: The series, oldest first.
            seq_length: Days that the model sees.
            scaler: That of a trained model; fitted here if None.

        Raises:
            DataError: The training part is shorter than one window.

        >>> prices = Prices(np.arange(20.0))
        >>> windows = PriceWindows.of(prices, seq_length=7)
        >>> windows.train.shape, windows.test.shape
        ((9, 8), (4, 8))
        >>> windows.truth
        array([16., 17., 18., 19.])
        """
        values = prices.values  # (num_days,)
        cut = len(values) - max(1, round(len(values) * TEST_PART))
        if cut < seq_length + 1:
            raise DataError(
                f"{prices.source} has {len(values)} rows, {max(cut, 0)} of them to train: "
                f"expected at least {seq_length + 1}, the seq_length of {seq_length} and the day after"
            )
        scaler = scaler or Scaler.fit(values[:cut])
        scaled = scaler.scale(values)  # (num_days,)
        return cls(
            scaler=scaler,
            train=sliding_window_view(scaled[:cut], seq_length + 1),  # (num_windows, seq_length + 1)
            # The first test day is predicted from the last training days: known by then, and never a test *target*.
            test=sliding_window_view(scaled[cut - seq_length :], seq_length + 1),  # (num_test_days, seq_length + 1)
            truth=values[cut:],  # (num_test_days,)
            today=values[cut - 1 : -1],  # (num_test_days,)
        )

    def shuffled(self, batch_size: int, random: np.random.Generator) -> list[NDArray[np.intp]]:
        """The training windows in a new order, as the indices of each batch."""
        order = random.permutation(len(self.train))  # (num_windows,)
        return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
