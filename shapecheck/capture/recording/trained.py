"""What optimizers hold: which parameters had a gradient when one stepped, and where their first numbers came from.

A gradient may come late: behind a warm-up, every tenth step, when the other optimizer's turn comes. So what had none
while steps were looked at is asked again whenever an optimizer steps, to the end of the script.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn, view_as_real
from torch.nn.parameter import is_lazy
from torch.optim import optimizer as optimizers

from shapecheck.capture.recording.optimizers import Optimizers, parameter_in
from shapecheck.capture.recording.user_code import is_users

_DRAWS = frozenset(["uniform_", "normal_"])
_GIVES = frozenset(["copy_", "__setitem__", "set_"])
# The frames between what is told here and who called the operation.
_FRAMES = 4


@dataclass(slots=True, eq=False)
class Held:
    """A parameter as optimizers saw it.

    Args:
        parameter: It.
        number: What it is called by, in the order in which they were seen.
        total: The sum of its numbers when an optimizer first saw it without a gradient.
        idle: How often an optimizer stepped while it had no gradient.
        is_learned: Whether it ever had one.
        is_alone: Whether an optimizer holds nothing else that ever had one.
        is_drawn: Whether it was seen that its numbers were drawn.
        is_given: Whether it was seen that they came from elsewhere, as those of a trained model do.
        is_asked: Whether an optimizer that holds it was ever asked to step.
        first: The sum of its numbers when it was first asked whether they change.
    """

    parameter: weakref.ref[nn.Parameter]
    number: int
    total: float = 0.0
    idle: int = 0
    is_learned: bool = False
    is_alone: bool = False
    is_drawn: bool = False
    is_given: bool = False
    is_asked: bool = False
    first: float | None = None

    @property
    def is_as_it_was(self) -> bool:
        """Whether nothing else than an optimizer has changed it since: an average, or an update by hand."""
        parameter = self.parameter()
        return parameter is not None and _total(parameter) == self.total


class Trained:
    """The parameters that were filled, or that an optimizer stepped."""

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}
        self._all: list[Held] = []
        self._awaited: list[Held] = []
        self._watched: list[Held] = []
        self._begun: weakref.WeakSet[Any] = weakref.WeakSet()
        self.made = Optimizers()
        self._handle: Any = None

    def filled(self, parameter: nn.Parameter, name: str) -> None:
        """An operation has changed the whole of a parameter."""
        held = self._of(parameter)
        held.is_drawn |= name in _DRAWS
        # A module that goes to another device sets the data of its parameters as well.
        is_set = name == "__set__" and is_users(sys._getframe(_FRAMES).f_code)
        held.is_given |= name in _GIVES or is_set

    def begins(self, optimizer: Any) -> None:
        """An optimizer is about to step, which may take all the steps of a script."""
        self._begun.add(optimizer)
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if isinstance(parameter, nn.Parameter):
                    self._of(parameter).is_asked = True

    def stepped(self, optimizer: Any) -> None:
        """An optimizer has stepped, and the gradients are still there."""
        found = [
            parameter
            for group in optimizer.param_groups
            for parameter in group["params"]
            if isinstance(parameter, nn.Parameter)
            and parameter.requires_grad
            and not is_lazy(parameter)
            and group.get("lr") != 0
        ]
        is_alone = all(parameter.grad is None for parameter in found)
        for parameter in found:
            held = self._of(parameter)
            if parameter.grad is not None:
                held.is_learned = True
                continue
            if not held.idle:
                held.total, held.is_alone = _total(parameter), True
            held.idle += 1
            held.is_alone &= is_alone

    @property
    def idle(self) -> list[Held]:
        """What an optimizer holds and has never had a gradient for."""
        return [held for held in self._held.values() if held.idle and not held.is_learned]

    @property
    def has_any_learned(self) -> bool:
        """Whether anything that an optimizer holds has ever had a gradient when it stepped."""
        return any(held.is_learned for held in self._held.values())

    def has_begun(self, optimizer: Any) -> bool:
        """Whether an optimizer was ever asked to step."""
        return optimizer in self._begun

    def is_stepped(self, parameter: nn.Parameter) -> bool:
        """Whether an optimizer that stepped holds it."""
        held = self._of(parameter)
        return held.is_learned or held.is_asked or held.idle > 0

    def is_still(self, parameter: nn.Parameter) -> bool:
        """Whether nothing has changed it since this was first asked."""
        held = self._of(parameter)
        held.first = _total(parameter) if held.first is None else held.first
        return held.first == _total(parameter)

    def is_given(self, parameter: nn.Parameter) -> bool:
        """Whether it was seen that its numbers came from elsewhere, as those of a trained model do."""
        return self._of(parameter).is_given

    def watched(self, parameter: nn.Parameter) -> int:
        """Its number, to ask later whether anybody has changed it since."""
        held = self._of(parameter)
        held.total = _total(parameter)
        self._watched.append(held)
        return held.number

    def wait(self) -> None:
        """Listen from now on only for what was without a gradient, or an optimizer; nothing at all where none was."""
        self._awaited = self.idle
        if (self._awaited or self._watched) and self._handle is None:
            self._handle = optimizers.register_optimizer_step_pre_hook(self._steps)

    def forget(self) -> None:
        """Wait no more."""
        self.made.forget()
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def has_learned(self, numbers: Iterable[int]) -> bool:
        """Whether one of some parameters has had a gradient by now, or something else has changed it."""
        found = [self._all[number] for number in numbers]
        return any(held.is_learned or (held.parameter() is not None and not held.is_as_it_was) for held in found)

    def _steps(self, optimizer: Any, *_: Any) -> None:
        for held in self._watched:
            parameter = held.parameter()
            held.is_learned |= parameter is not None and parameter_in(optimizer, parameter)
        self._watched = [held for held in self._watched if not held.is_learned]
        late = [held for held in self._awaited if getattr(held.parameter(), "grad", None) is not None]
        if late:
            for held in late:
                held.is_learned = True
            self._awaited = [held for held in self._awaited if not held.is_learned]

    def _of(self, parameter: nn.Parameter) -> Held:
        held = self._held.get(id(parameter))
        if held is None or held.parameter() is not parameter:
            held = self._held[id(parameter)] = Held(weakref.ref(parameter), len(self._all))
            self._all.append(held)
        return held


def _total(parameter: Tensor) -> float:
    numbers = parameter.detach()
    return float((view_as_real(numbers) if numbers.is_complex() else numbers).double().sum())
