"""torch as the oracle of losses: runs a call forward and backward, and asks the contract about it."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import nn

from shapecheck.capture.configs import contract_of
from shapecheck.capture.tensors import record
from shapecheck.prediction import predict

Case = tuple[Any, list[Any], dict[str, Any]]


@dataclass
class LossOracle:
    """Runs a call for real, forward and backward, and asks the contract about it."""

    counts: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def ask(self, case: Case) -> None:
        target, args, kwargs = case
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcome = predict(target, *args, **kwargs)
            if any(found.torch_accepts for found in outcome.violations):
                # Torch would read out of bounds here, which can end the process: never run it.
                self.counts["documented"] += 1
                return
            result, learns, error = _run(target, args, kwargs)
        self.counts["accepted" if error is None else "refused"] += 1
        if (error is None) != outcome.accepted:
            self._note("false accept" if outcome.accepted else "false refusal", case, error or outcome.violations)
        elif error is not None:
            self._note("no reason", case, "") if not _teaches(outcome) else None
        elif result is not None and outcome.outputs:
            self._compare(case, result, outcome)
            self._compare_blind(case, result)
            if learns is not None and learns == any(hazard.slug == "fails_in_backward" for hazard in outcome.hazards):
                self._note("wrong about backward", case, f"backward works: {learns}")

    def _compare(self, case: Case, result: torch.Tensor, outcome: Any) -> None:
        (role,) = contract_of(case[0]).returns
        expected = record(role, result)
        got = outcome.outputs[0]
        if (expected.role, expected.shape, expected.dtype) != (got.role, got.shape, got.dtype):
            self._note("wrong output", case, f"expected {expected}, got {got}")

    def _compare_blind(self, case: Case, result: torch.Tensor) -> None:
        """What torch takes is taken from shapes and dtypes alone too."""
        target, args, kwargs = case
        if any(isinstance(value, (list, tuple)) for value in args):
            return
        blind = [record("x", value) if isinstance(value, torch.Tensor) else value for value in args]
        named = {
            name: record("x", value) if isinstance(value, torch.Tensor) else value for name, value in kwargs.items()
        }
        outcome = predict(target, *blind, **named)
        if not outcome.accepted and 0 not in args[0].shape:
            self._note("refused from shapes alone", case, outcome.violations)
        elif outcome.accepted:
            self._compare(case, result, outcome)

    def _note(self, kind: str, case: Case, why: Any) -> None:
        target, args, kwargs = case
        self.counts[kind] += 1
        name = repr(target) if isinstance(target, nn.Module) else target.__name__
        given = ", ".join([*map(_text, args), *(f"{name}={_text(value)}" for name, value in kwargs.items())])
        self.wrong.append(f"{kind}: {name}({given}): {str(why)[:300]}")

    def agrees(self) -> bool:
        """Whether nothing differed, and both verdicts occurred: else the test proved nothing."""
        assert not self.wrong, f"{self.counts}\n" + "\n".join(self.wrong[:25])
        assert self.counts["accepted"]
        assert self.counts["refused"]
        return True


def _run(target: Any, args: list[Any], kwargs: dict[str, Any]) -> tuple[Any, bool | None, Exception | None]:
    args = [value.clone() if isinstance(value, torch.Tensor) else value for value in args]
    may_learn = args[0].is_floating_point() or args[0].is_complex()
    if may_learn:
        args[0].requires_grad_()
    try:
        result = target(*args, **kwargs)
    except Exception as error:
        return None, None, error
    if not may_learn:
        return result, None, None
    try:
        total = result.sum()
        (total.abs() if total.is_complex() else total).backward()
    except RuntimeError:
        return result, False, None
    return result, True, None


def _teaches(outcome: Any) -> bool:
    """Whether every violation has a reason, and says what was got."""
    return all(found.reason and (found.got is not None or found.got_text) for found in outcome.violations)


def _text(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        text = f"{str(value.dtype)[6:]}{list(value.shape)}"
        return f"{text}={value.tolist()}" if value.ndim <= 1 and not value.is_floating_point() else text
    return repr(value)


@pytest.fixture
def oracle() -> LossOracle:
    return LossOracle()
