"""Training and judging the price model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shapecheck import DataError

from .price_lstm import PriceLSTM
from .progress import Progress
from .schedule import warm_up_then_cosine
from .settings import RegressionSettings
from .windows import PriceWindows


@dataclass(frozen=True, slots=True)
class PriceMetrics:
    """How far the predictions of the test part are off, beside the baseline that is hard to beat.

    Args:
        rmse: Root of the mean squared error of the model, in dollars.
        baseline_rmse: That of "tomorrow = today", in dollars.
        test_days: Days that were predicted.
    """

    rmse: float
    baseline_rmse: float
    test_days: int

    @property
    def ratio(self) -> float:
        """The model's error over the baseline's: below 1, it is better."""
        return self.rmse / self.baseline_rmse if self.baseline_rmse else math.inf


def batch_of(windows: NDArray[np.float32], model: PriceLSTM) -> tuple[Tensor, Tensor]:
    """Make a batch: what the model sees, and what it is compared with.

    Args:
        windows: (batch_size, seq_length + 1), scaled prices; a copy is made, of this batch only.
        model: Its head decides which targets belong to its predictions.

    Shape:
        - inputs: (batch_size, seq_length, num_features)
        - targets: (batch_size*seq_length, out_size) at every step, (batch_size, out_size) at the last step
    """
    prices = torch.tensor(windows).unsqueeze(-1)  # (batch_size, seq_length + 1, 1)
    inputs = prices[:, :-1]  # (batch_size, seq_length, num_features)
    following = prices[:, 1:]  # (batch_size, seq_length, out_size)
    targets = model.head.targets(following)  # (batch_size*seq_length, out_size) or (batch_size, out_size)
    device = model.linear.weight.device
    return inputs.to(device), targets.to(device)


def train_prices(model: PriceLSTM, windows: PriceWindows, settings: RegressionSettings) -> Iterator[Progress]:
    """Train the model, one update for each value that is taken; stop whenever you like.

    Raises:
        DataError: The loss is no longer a finite number.
    """
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.lr)
    random = np.random.default_rng(settings.seed)
    steps_an_epoch = math.ceil(len(windows.train) / settings.batch_size)
    steps = steps_an_epoch * settings.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, partial(warm_up_then_cosine, total=steps))
    step = 0
    for epoch in range(1, settings.epochs + 1):
        model.train()
        for indices in windows.shuffled(settings.batch_size, random):
            inputs, targets = batch_of(windows.train[indices], model)
            loss = criterion(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            value = loss.item()
            if not math.isfinite(value):
                raise DataError(f"the loss became {value} in epoch {epoch}: try a smaller learning rate")
            is_end = step == epoch * steps_an_epoch
            yield Progress(epoch, settings.epochs, step, steps, value, _test_loss(model, windows) if is_end else None)


@torch.no_grad()
def predict_prices(model: PriceLSTM, windows: PriceWindows) -> NDArray[np.float64]:
    """Predict each day of the test part from the days before it.

    The head at every step predicts inside the window too; what counts here is its last step, which has seen as much as
    the other head.

    Shape:
        - returns: (num_test_days,), dollars
    """
    model.eval()
    inputs, _ = batch_of(windows.test, model)  # (num_test_days, seq_length, num_features)
    after = model.head.after_window(model(inputs), inputs.shape[1])  # (num_test_days, out_size)
    return windows.scaler.unscale(after.squeeze(-1).cpu().numpy())  # (num_test_days,)


def evaluate_prices(model: PriceLSTM, windows: PriceWindows) -> PriceMetrics:
    """Compare the predictions of the test part with the truth, in dollars."""
    return PriceMetrics(
        rmse=_rmse(predict_prices(model, windows), windows.truth),
        baseline_rmse=_rmse(windows.today, windows.truth),
        test_days=len(windows.truth),
    )


@torch.no_grad()
def _test_loss(model: PriceLSTM, windows: PriceWindows) -> float:
    """The loss of training, on the test part: to be looked at, not to choose the best epoch by."""
    model.eval()
    inputs, targets = batch_of(windows.test, model)
    return nn.functional.mse_loss(model(inputs), targets).item()


def _rmse(predicted: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((predicted - truth) ** 2)))
