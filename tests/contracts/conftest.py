"""torch as the oracle: runs a call for real, asks the contract about the same call, and compares."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
import torch

from shapecheck.capture.configs import contract_of
from shapecheck.capture.tensors import records
from shapecheck.prediction import predict
from shapecheck.records import TensorRecord


@dataclass
class Oracle:
    """Counts agreement; ``wrong`` describes each call on which contract and torch differ."""

    counts: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    autocast: torch.dtype | None = None
    gradients: bool = False

    def ask(self, target: Any, *args: Any, **kwargs: Any) -> None:
        cast = torch.autocast("cpu", dtype=self.autocast or torch.bfloat16, enabled=self.autocast is not None)
        # The contract is asked in the same mode: torch picks other kernels where it keeps gradients.
        with warnings.catch_warnings(), cast, torch.set_grad_enabled(self.gradients):
            warnings.simplefilter("ignore")
            outcome = predict(target, *args, **kwargs)
            if any(found.torch_accepts for found in outcome.violations):
                # Torch would read out of bounds here, which can end the process: never run it.
                self.counts["documented"] += 1
                return
            try:
                result, error = target(*args, **kwargs), None
            except Exception as raised:
                result, error = None, raised
        self.counts["accepted" if error is None else "refused"] += 1
        if (error is None) != outcome.accepted:
            kind = "false accept" if outcome.accepted else "false refusal"
            self._note(kind, target, args, kwargs, error or list(outcome.violations))
        elif error is None:
            contract = contract_of(target)
            assert contract is not None
            expected = [_facts(found) for found in records("output", result, contract.returns)]
            got = [_facts(found) for found in outcome.outputs]
            if expected != got:
                self._note("wrong outputs", target, args, kwargs, f"expected {expected}, got {got}")

    def _note(self, kind: str, target: Any, args: Any, kwargs: Any, why: Any) -> None:
        self.counts[kind] += 1
        given = ", ".join([*map(_text, args), *(f"{name}={_text(value)}" for name, value in kwargs.items())])
        self.wrong.append(f"{kind}: {target}({given}): {str(why)[:300]}")

    def agrees(self) -> bool:
        """Whether nothing differed, and both verdicts occurred: else the test proved nothing."""
        assert not self.wrong, f"{self.counts}\n" + "\n".join(self.wrong[:25])
        assert self.counts["accepted"]
        assert self.counts["refused"]
        return True


def _facts(found: TensorRecord) -> tuple[Any, ...]:
    return found.role, found.shape, found.dtype, found.packing


def _text(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        text = f"{str(value.dtype)[6:]}{list(value.shape)}"
        return f"{text}={value.tolist()}" if value.ndim <= 1 and not value.is_floating_point() else text
    if isinstance(value, torch.nn.utils.rnn.PackedSequence):
        return f"packed({_text(value.data)}, {value.batch_sizes.tolist()})"
    if isinstance(value, (tuple, list)):
        return f"{type(value).__name__}({', '.join(map(_text, value))})"
    return repr(value)


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
DTYPES = (*FLOATS, torch.int64, torch.int32, torch.uint8, torch.bool, torch.complex64)


class Draw:
    """Draws sizes, shapes and dtypes near the boundary of what a layer takes, from a seed or from hypothesis."""

    DTYPES = DTYPES

    def __init__(self, source: int | Random) -> None:
        self.random = Random(source) if isinstance(source, int) else source

    def size(self) -> int:
        return self.random.choice((1, 1, 2, 2, 3, 3, 4, 5))

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def near(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape that differs from the given one in one respect."""
        sizes = list(shape)
        at = self.random.randrange(len(sizes)) if sizes else 0
        match self.random.randrange(8) if sizes else 7:
            case 0:
                sizes[at] += 1
            case 1:
                sizes[at] = max(0, sizes[at] - 1)
            case 2:
                sizes[at] = 1
            case 3:
                del sizes[at]
            case 4 | 5:
                other = self.random.randrange(len(sizes))
                sizes[at], sizes[other] = sizes[other], sizes[at]
            case 6:
                sizes[at] = 0
            case _:
                sizes.insert(self.random.randint(0, len(sizes)), self.random.choice((1, 2)))
        return tuple(sizes)

    def tensor(self, shape: tuple[int, ...], dtype: torch.dtype = torch.float32, wrong: float = 0.2) -> torch.Tensor:
        """A tensor of the shape, or, with the chance ``wrong``, of one near it; now and then of another dtype."""
        while self.maybe(wrong):
            shape = self.near(shape)
        if self.maybe(wrong / 4):
            dtype = self.random.choice(DTYPES)
        return torch.zeros(shape, dtype=dtype)


@pytest.fixture
def draw() -> type[Draw]:
    return Draw
