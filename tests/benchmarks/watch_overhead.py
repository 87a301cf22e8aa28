"""What a watch costs: training steps with and without it, side by side, in CPU time.

Run it with ``python tests/benchmarks/watch_overhead.py``. Each comparison is made pairwise in the order A B B A, since
a machine that slows down would favour whoever comes first, and is printed beside one of A with A, which shows how far
two equal things seem apart on this machine. One thread; medians.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from shapecheck import CheckedLinear, CheckedLSTM, Protocol, watch

Step = Callable[[], object]
Side = tuple[Step, AbstractContextManager[object]]


class Regression(nn.Module):
    """The documented flow: one feature, 100 hidden nodes, two layers, one output at every step."""

    def __init__(self, lstm: type[nn.LSTM] = nn.LSTM, linear: type[nn.Linear] = nn.Linear) -> None:
        super().__init__()
        self.lstm = lstm(1, 100, 2, batch_first=True)
        self.linear = linear(100, 1)

    def forward(self, prices: Tensor) -> Tensor:
        out, _ = self.lstm(prices)  # (batch_size, seq_length, hidden_size)
        return self.linear(out.reshape(-1, 100))  # (batch_size*seq_length, 1)


def many_small_layers() -> nn.Module:
    """Four hundred layers in which hardly anything is computed: the worst case for hooks."""
    return nn.Sequential(*(layer for _ in range(200) for layer in (nn.Linear(16, 16), nn.Tanh())))


def training_step(model: nn.Module, x: Tensor, y: Tensor) -> Step:
    """A step of training with Adam and the mean squared error."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.MSELoss()

    def step() -> None:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()

    return step


def compare(name: str, one: Side, other: Side, rounds: int, steps: int) -> float:
    """Print the cost of a step of each, and the ratio of the second to the first; return the ratio."""
    times: tuple[list[float], list[float]] = ([], [])
    with one[1], other[1]:
        for step, _ in (one, other):
            _cpu_time(step, max(3, steps // 4))
        for _ in range(rounds):
            for which in (0, 1, 1, 0):
                times[which].append(_cpu_time((one, other)[which][0], steps) / steps)
    # Pairwise: what happens to the machine happens to both halves of a pair.
    pairs = [(times[1][at] + times[1][at + 1]) / (times[0][at] + times[0][at + 1]) for at in range(0, len(times[0]), 2)]
    ratio = statistics.median(pairs)
    first, second = (statistics.median(each) * 1e6 for each in times)
    print(f"{name:<44} {first:10.1f} us {second:10.1f} us   ratio {ratio:.4f}", flush=True)
    return ratio


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description="the cost of a watch and of the wrappers")
    parser.add_argument("--rounds", type=int, default=40, help="how many times A B B A")
    parser.add_argument("--steps", type=int, default=10, help="training steps each time")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rounds, steps = options.rounds, options.steps
    print(f"torch {torch.__version__}, {rounds} rounds of A B B A, {steps} steps each; medians of CPU time")

    def regression(lstm: type[nn.LSTM] = nn.LSTM, linear: type[nn.Linear] = nn.Linear) -> tuple[nn.Module, Step]:
        torch.manual_seed(0)
        model = Regression(lstm, linear)
        return model, training_step(model, torch.randn(32, 7, 1), torch.randn(32 * 7, 1))

    def small() -> tuple[nn.Module, Step]:
        torch.manual_seed(0)
        model = many_small_layers()
        return model, training_step(model, torch.randn(32, 16), torch.randn(32, 16))

    bare = contextlib.nullcontext
    (_, a), (_, same), (model, b) = regression(), regression(), regression()
    compare("regression: bare, bare", (a, bare()), (same, bare()), rounds, steps)
    compare("regression: bare, watch", (a, bare()), (b, watch(model)), rounds, steps)
    model, b = regression()
    protocol = Protocol.documented()
    compare("regression: bare, watch with a protocol", (a, bare()), (b, watch(model, protocol=protocol)), rounds, steps)
    _, b = regression(CheckedLSTM, CheckedLinear)
    compare("regression: nn, checked layers", (a, bare()), (b, bare()), rounds, steps)
    (_, a), (_, same), (model, b) = small(), small(), small()
    compare("400 small layers: bare, bare", (a, bare()), (same, bare()), rounds, steps)
    compare("400 small layers: bare, watch", (a, bare()), (b, watch(model)), rounds, steps)
    return 0


def _cpu_time(step: Step, steps: int) -> float:
    began = time.process_time()
    for _ in range(steps):
        step()
    return time.process_time() - began


def _keep_freed_memory() -> None:
    """Keep glibc from giving memory back after each step, which would flip a small step between two speeds."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            libc = ctypes.CDLL("libc.so.6")
            trim_threshold, mmap_threshold = -1, -3
            libc.mallopt(trim_threshold, 1 << 30)
            libc.mallopt(mmap_threshold, 1 << 30)


if __name__ == "__main__":
    _keep_freed_memory()
    gc.disable()
    sys.exit(main())
