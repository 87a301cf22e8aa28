"""Where a script makes its optimizers, what each of them was given, and which modules and parameters came only then."""

from __future__ import annotations

import sys
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from inspect import signature
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from shapecheck.capture.recording.replaced import Replaced
from shapecheck.capture.recording.user_code import Spot, user_frames, user_spot


@dataclass(frozen=True, slots=True)
class Made:
    """An optimizer that was made.

    Args:
        spot: Where.
        moment: When, in the order of optimizers, of modules and of the parameters that these got.
        gathered: The parameters in lists and groups which the function around it has gathered by then, under their
            names, where it was given none of them.
        has_empty_group: Whether one of its groups holds nothing and has a learning rate of its own.
        repeated: The parameters that it was given more than once.
    """

    spot: Spot
    moment: int
    gathered: tuple[tuple[str, tuple[weakref.ref[nn.Parameter], ...]], ...] = ()
    has_empty_group: bool = False
    repeated: tuple[weakref.ref[nn.Parameter], ...] = ()


class Optimizers:
    """Remembers the optimizers that are made between `start` and `forget`, and since when modules are there."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Optimizer, Made] = weakref.WeakKeyDictionary()
        self._got: dict[int, tuple[weakref.ref[nn.Parameter], int]] = {}
        self._begun: dict[int, tuple[weakref.ref[nn.Module], int]] = {}
        self._moment = 0
        self._replaced = Replaced()

    def start(self) -> None:
        """Begin to look at what is made."""
        self._replaced.put(Optimizer, "__init__", self._noted)
        self._replaced.put(nn.Module, "__init__", self._began)
        self._replaced.put(nn.Module, "register_parameter", self._given)

    def forget(self) -> None:
        """Put back what was there."""
        self._replaced.put_back()

    def _noted(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def init(optimizer: Any, *args: Any, **kwargs: Any) -> None:
            original(optimizer, *args, **kwargs)
            with suppress(Exception):
                spot = user_spot(sys._getframe(1))
                if spot is not None:
                    self._moment += 1
                    around = next(user_frames(sys._getframe(1), 1), None)
                    gathered = _gathered(optimizer, around.f_locals) if around is not None else ()
                    is_empty = _has_empty_group(optimizer)
                    self._made[optimizer] = Made(spot, self._moment, gathered, is_empty, _repeated(optimizer))

        return init

    def _began(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def init(module: Any, *args: Any, **kwargs: Any) -> None:
            original(module, *args, **kwargs)
            with suppress(Exception):
                self._moment += 1
                self._begun[id(module)] = weakref.ref(module), self._moment

        return init

    def _given(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def register_parameter(module: Any, name: Any, param: Any, *args: Any, **kwargs: Any) -> None:
            original(module, name, param, *args, **kwargs)
            with suppress(Exception):
                if isinstance(param, nn.Parameter) and self.got_at(param) is None:
                    self._moment += 1
                    self._got[id(param)] = weakref.ref(param), self._moment

        return register_parameter

    def holding(self, parameter: nn.Parameter) -> Spot | None:
        """Where the last optimizer was made that holds a parameter; None if none does."""
        found = [made.spot for optimizer, made in self._made.items() if parameter_in(optimizer, parameter)]
        return found[-1] if found else None

    def holding_any(self, parameters: Iterable[nn.Parameter]) -> list[tuple[Optimizer, Made]]:
        """The optimizers that hold some of several parameters, in the order in which they were made."""
        wanted = [*parameters]
        found = [item for item in self._made.items() if any(parameter_in(item[0], each) for each in wanted)]
        return sorted(found, key=lambda item: item[1].moment)

    def begun_at(self, module: nn.Module) -> int | None:
        """When a module was made; None if nobody saw it, as of one that was copied."""
        known = self._begun.get(id(module))
        return known[1] if known is not None and known[0]() is module else None

    def got_at(self, parameter: nn.Parameter) -> int | None:
        """When a module got a parameter for the first time; None if nobody saw it."""
        known = self._got.get(id(parameter))
        return known[1] if known is not None and known[0]() is parameter else None


def parameter_in(optimizer: Any, parameter: nn.Parameter) -> bool:
    """Whether an optimizer holds a parameter."""
    return any(each is parameter for group in optimizer.param_groups for each in group["params"])


def is_told_to_decay(optimizer: Any, group: Mapping[str, Any]) -> bool:
    """Whether an optimizer lets the weights of a group decay, as nobody does who has not told it so."""
    usual = signature(type(optimizer)).parameters.get("weight_decay")
    decay = group.get("weight_decay")
    return bool(decay) and (usual is None or decay != usual.default)


def _gathered(
    optimizer: Any, names: Mapping[str, object]
) -> tuple[tuple[str, tuple[weakref.ref[nn.Parameter], ...]], ...]:
    """What some names stand for that are lists, or groups, of parameters, none of which an optimizer holds."""
    found = []
    for name, value in names.items():
        each = value.get("params") if type(value) is dict else value
        if type(each) is not list or not each or not all(map(_is_parameter, each)):
            continue
        if not any(parameter_in(optimizer, one) for one in each):
            found.append((name, tuple(weakref.ref(one) for one in each)))
    return tuple(found)


def _is_parameter(value: object) -> bool:
    """Whether it is one; what is no tensor is not asked for its ``__class__``, which may be a property."""
    return issubclass(type(value), Tensor) and isinstance(value, nn.Parameter)


def _has_empty_group(optimizer: Any) -> bool:
    empty = {group.get("lr") for group in optimizer.param_groups if not group["params"]}
    return bool(empty) and not empty & {group.get("lr") for group in optimizer.param_groups if group["params"]}


def _repeated(optimizer: Any) -> tuple[weakref.ref[nn.Parameter], ...]:
    each = [one for group in optimizer.param_groups for one in group["params"] if _is_parameter(one)]
    counts = Counter(map(id, each))
    once = {id(one): one for one in each if counts[id(one)] > 1}
    return tuple(weakref.ref(one) for one in once.values())
