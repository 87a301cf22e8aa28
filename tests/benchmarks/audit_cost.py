"""What an audit costs: how many more training steps of the same model its time would have been enough for.

Run it with ``python tests/benchmarks/audit_cost.py``. An audit looks at the first steps of a run and then leaves, so
its cost is a number of steps and no factor. Runs with and without it are made pairwise in the order A B B A, in CPU
time; one thread; medians. Beside it stands what a step after the audit costs as a ratio, which is 1.00 if nothing of it
is left.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from shapecheck.auditor import Auditor

Step = Callable[[], object]


class Prices(nn.Module):
    """An LSTM that predicts a value of every sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 100, 2, batch_first=True)
        self.linear = nn.Linear(100, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.lstm(x)[0][:, -1]).squeeze(-1)


class Characters(nn.Module):
    """An LSTM that scores the next character at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(60, 100, 2, batch_first=True)
        self.linear = nn.Linear(100, 60)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.lstm(x)[0].reshape(-1, 100))


class Words(nn.Module):
    """A Transformer that classifies a text."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(500, 64)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), 2, enable_nested_tensor=False
        )
        self.linear = nn.Linear(64, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.encoder(self.embedding(x)).mean(1))


def _prices() -> Step:
    return _step(Prices(), torch.randn(32, 7, 1), torch.randn(32), functional.mse_loss)


def _characters() -> Step:
    x, y = torch.rand(16, 50, 60), torch.randint(60, (16 * 50,))
    return _step(Characters(), x, y, functional.cross_entropy)


def _words() -> Step:
    return _step(Words(), torch.randint(500, (16, 40)), torch.randint(5, (16,)), functional.cross_entropy)


def _step(model: nn.Module, x: Tensor, y: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> Step:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    return step


MODELS: dict[str, Callable[[], Step]] = {
    "regression, LSTM (32, 7, 1)": _prices,
    "characters, LSTM (16, 50, 60)": _characters,
    "texts, Transformer (16, 40)": _words,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all of them."""
    parser = argparse.ArgumentParser(description="the cost of an audit in training steps")
    parser.add_argument("--rounds", type=int, default=10, help="how many times A B B A")
    parser.add_argument("--steps", type=int, default=60, help="training steps of a run")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rounds, steps = options.rounds, options.steps
    print(f"torch {torch.__version__}, {rounds} rounds of A B B A, {steps} steps each; medians of CPU time")
    for name, make in MODELS.items():
        _run(make, 10, with_audit=True)
        first, later = [], []
        for _ in range(rounds):
            runs = [_run(make, steps, with_audit=which) for which in (False, True, True, False)]
            bare_step = statistics.median([runs[0][1], runs[3][1]])
            bare, audited = (runs[0][0] + runs[3][0]) / 2, (runs[1][0] + runs[2][0]) / 2
            first.append((audited - bare) / bare_step)
            later.append((runs[1][1] + runs[2][1]) / (runs[0][1] + runs[3][1]))
        print(
            f"{name:<32} the audit costs {statistics.median(first):6.1f} steps, "
            f"later steps ratio {statistics.median(later):.3f}",
            flush=True,
        )
    return 0


def _run(make: Callable[[], Step], steps: int, *, with_audit: bool) -> tuple[float, float]:
    """CPU seconds of the first steps, in which an audit listens, and of one of those after them."""
    torch.manual_seed(0)
    step, listened = make(), 4
    auditor = Auditor()
    began = time.process_time()
    if with_audit:
        auditor.start()
    for _ in range(listened):
        step()
    between = time.process_time()
    for _ in range(steps):
        step()
    ended = time.process_time()
    if with_audit:
        auditor.stop()
    return between - began, (ended - between) / steps


if __name__ == "__main__":
    sys.exit(main())
