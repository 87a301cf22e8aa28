"""The regression demo: what the price model predicts, beside "tomorrow = today"."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import Tensor, nn

from .checkpoint import TrainedPrices, load_checkpoint
from .device import open_device
from .pictures import draw_loss, draw_prices
from .price_lstm import PriceLSTM, price_protocol
from .prices import read_prices
from .progress import Progress
from .regression import PriceMetrics, batch_of, evaluate_prices, predict_prices, train_prices
from .settings import RegressionSettings, merge_settings
from .windows import PriceWindows

# Up to this many times the error of the baseline, the two are called equally good.
AS_GOOD = 1.1


class RegressionDemo:
    """Data, model and numbers of the regression demo.

    Args:
        settings: Its settings.
        trained: A model to use as it is; a new one if None.

    Raises:
        DataError: The data or the device cannot be used.
    """

    def __init__(self, settings: RegressionSettings, trained: TrainedPrices | None = None) -> None:
        device = open_device(settings.device)
        self.settings = settings
        self.prices = read_prices(settings.csv, settings.column)
        self.windows = PriceWindows.of(self.prices, settings.seq_length, trained.scaler if trained else None)
        if trained is None:
            torch.manual_seed(settings.seed)
            self.model = PriceLSTM(settings.hidden_size, settings.num_layers, settings.head).to(device)
        else:
            self.model = trained.model.to(device)
        self.protocol = price_protocol(self.model)
        self.criterion = nn.MSELoss()
        self._metrics: PriceMetrics | None = None

    @classmethod
    def from_checkpoint(cls, path: Path, given: Mapping[str, Any]) -> RegressionDemo:
        """Use a trained model.

        Args:
            path: The checkpoint.
            given: Settings that are asked for now, by name; only the data and the device may differ.
        """
        trained = load_checkpoint(path, "regression")
        assert isinstance(trained, TrainedPrices)
        return cls(merge_settings(trained.settings, given), trained)

    def first_loss(self) -> Tensor:
        """The loss of the first windows, in the order of time."""
        inputs, targets = batch_of(self.windows.train[: self.settings.batch_size], self.model)
        loss: Tensor = self.criterion(self.model(inputs), targets)
        return loss

    def train(self) -> Iterator[Progress]:
        """Train on the first four fifths."""
        return train_prices(self.model, self.windows, self.settings)

    def trained(self) -> TrainedPrices:
        """The model with its scaler."""
        return TrainedPrices(self.model, self.settings, self.windows.scaler)

    def evaluate(self) -> dict[str, object]:
        """Judge it on the last fifth."""
        self._metrics = evaluate_prices(self.model, self.windows)
        return {
            "rmse_dollars": self._metrics.rmse,
            "baseline_rmse_dollars": self._metrics.baseline_rmse,
            # JSON has no infinity, which the ratio is if the test part never moves.
            "ratio": self._metrics.ratio if math.isfinite(self._metrics.ratio) else None,
            "test_days": self._metrics.test_days,
        }

    def tell(self, console: Console) -> None:
        """Print both errors, and what they mean."""
        metrics = self._metrics or evaluate_prices(self.model, self.windows)
        days = self._test_days()
        span = f", {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}" if self.prices.dates else ""
        text = (
            f"\nTest part: {metrics.test_days} days{span}, each predicted from the "
            f"{self.settings.seq_length} days before it\n"
            f"\n                     RMSE in dollars"
            f"\n  tomorrow = today   {metrics.baseline_rmse:.4f}"
            f"\n  {self.settings.head + ' LSTM':17}  {metrics.rmse:.4f}   {metrics.ratio:.3f} times the baseline\n"
            f"\n{_verdict(metrics.ratio)}"
        )
        # The console would leave a blank at the end of each line that it breaks.
        lines = [textwrap.fill(line, console.width, break_on_hyphens=False) for line in text.split("\n")]
        console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)

    def draw(self, folder: Path, history: list[Progress]) -> list[Path]:
        """Draw the loss, if there was training, and the prices."""
        files = [folder / "prediction.png"]
        metrics = self._metrics or evaluate_prices(self.model, self.windows)
        caption = f"RMSE {metrics.rmse:.3f} dollars; tomorrow = today {metrics.baseline_rmse:.3f}"
        draw_prices(files[0], self._test_days(), self.windows.truth, predict_prices(self.model, self.windows), caption)
        if history:
            files.insert(0, folder / "loss.png")
            draw_loss(files[0], history, "mean squared error, scaled prices", log=True)
        return files

    def _test_days(self) -> list[Any]:
        first = len(self.prices) - len(self.windows.truth)
        return list((self.prices.dates or range(len(self.prices)))[first:])


def _verdict(ratio: float) -> str:
    if ratio < 1:
        return (
            "Better than the price of the day before, which is rare for a share: look for a leak before you celebrate."
        )
    if ratio < AS_GOOD:
        return (
            "As good as the price of the day before, and no better. For a share that is the honest result: "
            "what the past says of tomorrow is in today's price already."
        )
    return "Worse than the price of the day before: the model has not learned yet to repeat it. Train it for longer."
