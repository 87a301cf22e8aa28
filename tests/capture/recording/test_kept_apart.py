"""What an audit computes while the script's own call goes on is counted by nobody who listens round that call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

from shapecheck.auditor import Auditor


class Count(TorchDispatchMode):
    """Counts products of matrices, as what counts flops does."""

    def __init__(self) -> None:
        super().__init__()
        self.products = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.products += func is torch.ops.aten.mm.default
        return func(*args, **(kwargs or {}))


def train() -> list[int]:
    model, counts = nn.Sequential(nn.Linear(4, 6, bias=False), nn.Tanh(), nn.Linear(6, 2, bias=False)), []
    for _ in range(3):
        with Count() as count:
            # A step is looked at when the next call of a model begins: here, and inside the checkpoint.
            out = checkpoint(model, torch.ones(5, 4), use_reentrant=False)
        nn.functional.mse_loss(out, torch.zeros(5, 2)).backward()
        counts.append(count.products)
    return counts


def test_a_checkpoint_and_a_counter_hear_the_script_alone() -> None:
    looks = []

    @contextmanager
    def looking(what: str) -> Iterator[None]:
        weight = torch.ones(3, 3, requires_grad=True)
        looks.append((weight @ weight).exp())
        yield

    auditor = Auditor(looking=looking)
    auditor.start()
    counts = train()
    auditor.stop()
    assert looks
    assert not auditor._session.failures
    assert counts == [2, 2, 2] == train()
