"""What optimizers do: nobody listens to their steps, but the closure that some are given computes the loss in them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from torch.optim import optimizer as optimizers

from shapecheck.capture.recording.later import Later
from shapecheck.capture.recording.listener import Listener
from shapecheck.capture.recording.optimizers import is_told_to_decay
from shapecheck.capture.recording.tape import Ref

_NAME = "closure"


class Updates:
    """Puts the places of updates on the tape, and has the recorder pause in them.

    Args:
        listener: Whose recorder it is.
        later: Is told of every optimizer.
    """

    def __init__(self, listener: Listener, later: Later) -> None:
        self.listener, self.recorder, self.later = listener, listener.recorder, later
        self.was_paused = True

    def hooks(self) -> list[Any]:
        """Begin; the handles end it."""
        return [
            optimizers.register_optimizer_step_pre_hook(self._begins),
            optimizers.register_optimizer_step_post_hook(self._ends),
        ]

    def _begins(self, optimizer: Any, args: Any, kwargs: Any) -> Any:
        self.later.knows(optimizer)
        self.recorder.tape.trained.begins(optimizer)
        self.was_paused, self.recorder.is_paused = self.recorder.is_paused, True
        tape = self.recorder.tape
        tape.updates.append(len(tape.nodes))
        held = set[Ref]()
        for group in optimizer.param_groups:
            known = {ref for each in group["params"] if (ref := tape.known(each)) is not None}
            held |= known
            tape.decayed |= known if is_told_to_decay(optimizer, group) else set()
            tape.is_to_rise |= bool(group.get("maximize"))
        tape.stepped.append((len(tape.nodes), frozenset(held)))
        return _with_heard_closure(args, kwargs, self._in_closure)

    def _ends(self, optimizer: Any, *_: Any) -> None:
        self.recorder.tape.trained.stepped(optimizer)
        self.recorder.is_paused = self.was_paused

    @contextmanager
    def _in_closure(self) -> Iterator[None]:
        """What an optimizer calls to have the loss computed is a step of its own, in the midst of the update."""
        if self.listener.is_over:
            yield
            return
        self.recorder.is_paused = self.was_paused
        try:
            yield
        finally:
            # What was heard in it may have been enough.
            self.was_paused, self.recorder.is_paused = self.recorder.is_paused, True
            self.recorder.tape.updates.append(len(self.recorder.tape.nodes))


def _with_heard_closure(
    args: tuple[Any, ...], kwargs: dict[str, Any], around: Callable[[], AbstractContextManager[None]]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The arguments of ``optimizer.step`` with a closure that does what the script's does, and is heard.

    Args:
        args: The positional arguments, the optimizer first.
        kwargs: The keyword arguments.
        around: Makes what is entered for the time of each call.

    Returns:
        None if there is no closure: then torch leaves the arguments as they are.
    """
    if callable(kwargs.get(_NAME)):
        return args, kwargs | {_NAME: _heard(kwargs[_NAME], around)}
    if len(args) > 1 and callable(args[1]):
        return (args[0], _heard(args[1], around), *args[2:]), kwargs
    return None


def _heard(closure: Callable[..., Any], around: Callable[[], AbstractContextManager[None]]) -> Callable[..., Any]:
    @functools.wraps(closure, updated=())
    def heard(*args: Any, **kwargs: Any) -> Any:
        with around():
            return closure(*args, **kwargs)

    return heard
