"""Brings what was found of an error in a worker process of a DataLoader to the process that raises it anew.

torch sends only the text of the error; the values that would explain it are in the worker, so it is looked at there.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType, TracebackType
from typing import Any

_HOME, _NAME = "torch.utils.data._utils.worker", "ExceptionWrapper"
_KEY = "_found_by_shapecheck"
MAX_CHAIN = 10


class Workers:
    """Listens from `start` on, in every process that is forked off after it.

    Args:
        see: Called in the worker with its first error; what it returns is plain data.
        tidy: Called with each error before torch makes a text of it.
    """

    def __init__(self, see: Callable[[Exception], Any], tidy: Callable[[BaseException], None]) -> None:
        self._see, self._tidy = see, tidy
        self._wrap: Callable[..., Any] | None = None
        self._has_told = False

    def start(self) -> None:
        """Begin to listen; torch has been imported."""
        home = self._home()
        self._wrap = getattr(home, _NAME, None)
        if home is not None and self._wrap is not None:
            setattr(home, _NAME, self._wrapped)

    def stop(self) -> None:
        """Leave torch as it was."""
        home = self._home()
        if home is not None and getattr(home, _NAME, None) == self._wrapped:
            setattr(home, _NAME, self._wrap)

    def _home(self) -> ModuleType | None:
        return sys.modules.get(_HOME)

    def _wrapped(self, *args: Any, **kwargs: Any) -> Any:
        """What torch calls while it handles the error."""
        assert self._wrap is not None
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            self._tidy(error)
        wrapped = self._wrap(*args, **kwargs)
        if isinstance(error, Exception) and not self._has_told:
            # A script may catch the error and ask for the next batch: once is enough.
            self._has_told = True
            with suppress(Exception), _as_raised_in_the_loop(error):
                # As bytes, so that the process that gets it can read all else even if it could not read this.
                vars(wrapped)[_KEY] = pickle.dumps(self._see(error))
        return wrapped


def told_by_worker(error: BaseException) -> Any:
    """What `Workers` saw in the worker of which this error, or a cause of it, came; None if nothing."""
    for frame in _frames(error):
        held = frame.f_locals.get("self") if frame.f_code.co_name == "reraise" else None
        if type(held).__name__ == _NAME and _KEY in vars(held):
            with suppress(Exception):
                return pickle.loads(vars(held)[_KEY])
    return None


@contextmanager
def _as_raised_in_the_loop(error: Exception) -> Iterator[None]:
    """Give an error the frames that led to the worker as well: the loop over the loader, as without workers.

    The worker was forked off in them. Where it puts a batch together, they are the only lines of the user's.
    """
    trace = error.__traceback__
    frame, whole = trace.tb_frame.f_back if trace is not None else None, trace
    while frame is not None:
        whole = TracebackType(whole, frame, frame.f_lasti, frame.f_lineno)
        frame = frame.f_back
    error.__traceback__ = whole
    try:
        yield
    finally:
        error.__traceback__ = trace


def _frames(error: BaseException | None) -> Iterator[Any]:
    for _ in range(MAX_CHAIN):
        if error is None:
            return
        trace = error.__traceback__
        while trace is not None:
            yield trace.tb_frame
            trace = trace.tb_next
        error = error.__cause__ or error.__context__
