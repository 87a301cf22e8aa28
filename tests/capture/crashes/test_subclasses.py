"""Tensors of the user's own class: what they hand on is passed over, and nothing of theirs is run to look at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

import shapecheck
from shapecheck.capture.crashes.flight import Flight
from shapecheck.scripts.crash_report import report_of

CALLS: list[str] = []


class Tagged(torch.Tensor):
    """Counts what is asked of it, and hands it on by way of its base."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        CALLS.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs or {})


class Counting(TorchFunctionMode):
    """A mode that calls the function itself."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        CALLS.append(func.__name__)
        return func(*args, **(kwargs or {}))


class Wrapped(torch.Tensor):
    """Holds another tensor, and is asked below the functions."""

    elem: torch.Tensor

    @staticmethod
    def __new__(cls, elem: torch.Tensor) -> Wrapped:
        made: Wrapped = torch.Tensor._make_wrapper_subclass(cls, elem.size(), dtype=elem.dtype)  # type: ignore[attr-defined]
        made.elem = elem
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        CALLS.append(str(func))
        return func(*[item.elem if isinstance(item, Wrapped) else item for item in args], **(kwargs or {}))


def tagged() -> torch.Tensor:
    return torch.zeros(6, 7, 3).as_subclass(Tagged)


def under_mode() -> torch.Tensor:
    return torch.zeros(6, 7, 3)


def wrapped() -> torch.Tensor:
    return Wrapped(torch.zeros(6, 7, 3))


@pytest.mark.parametrize("make", [tagged, under_mode, wrapped])
def test_the_line_that_called_torch_is_what_failed_and_nothing_of_the_class_is_run(
    make: Callable[[], torch.Tensor],
) -> None:
    made = nn.Linear(5, 2)
    x = make()
    with pytest.raises(RuntimeError) as caught, Counting():
        made(x)
    CALLS.clear()
    found = report_of(caught.value)
    assert CALLS == []
    assert [each.code for each in found.report.diagnoses] == ["SC301"]
    frame = found.evidence.user_frame
    assert frame is not None
    assert frame.statement.text == "made(x)"
    assert [(fix.title, fix.verified) for fix in found.report.diagnoses[0].fixes][:1] == [("5 -> 3", "call")]


def test_a_mistake_within_the_class_itself_is_told_there() -> None:
    class Wrong(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            plain = torch.zeros(2, 3)
            return plain @ plain

    with pytest.raises(RuntimeError) as caught:
        torch.relu(torch.zeros(2).as_subclass(Wrong))
    frame = report_of(caught.value).evidence.user_frame
    assert frame is not None
    assert frame.statement.text == "return plain @ plain"


def test_a_model_that_is_recorded_or_watched_asks_its_tensors_for_no_more() -> None:
    net = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.LSTM(2, 4, batch_first=True))
    x = tagged()

    def calls() -> list[str]:
        CALLS.clear()
        net(x)
        net(x)
        return list(CALLS)

    before = calls()
    flight = Flight()
    flight.start()
    assert calls() == before
    flight.stop()
    assert len(flight.entries) == 8
    with shapecheck.watch(net) as watch:
        assert calls() == before
    assert len(watch.trace) == 4
