"""The closure that some optimizers are given, which computes the loss in the midst of an update."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

_NAME = "closure"


def with_heard_closure(
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


__all__ = ["with_heard_closure"]
