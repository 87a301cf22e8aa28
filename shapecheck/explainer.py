"""Explains an exception in the process in which it is raised: a context, a decorator, hooks, IPython."""

from __future__ import annotations

import functools
import inspect
import re
import sys
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from shapecheck.diagnose import UNKNOWN_CODE
from shapecheck.errors import ShapecheckError
from shapecheck.scripts.troubles import tell_trouble

if TYPE_CHECKING:
    from shapecheck.capture.crashes.flight import Entry, Flight

P = ParamSpec("P")
R = TypeVar("R")

_MARK = "shapecheck looked at "
_DIAGNOSIS = re.compile(r"^(SC\d{3,4}): ", re.MULTILINE)


@overload
def explaining() -> Explaining: ...
@overload
def explaining(function: Callable[P, R], /) -> Callable[P, R]: ...
def explaining(function: Callable[P, R] | None = None, /) -> Explaining | Callable[P, R]:
    """Explain every exception that leaves a block or a function.

    The exception goes on as it is, of the same type and with the same text; the diagnosis is added to it as a note,
    once, and Python prints it below. Where no tensor has any part in the exception nothing is added.

    Args:
        function: The function, where it stands over one without brackets.

    Returns:
        A context manager, which is a decorator too, of functions and of coroutine functions; of a function, the
        decorated one.

    Raises:
        TypeError: It was given something that cannot be called.

    >>> import torch
    >>> try:
    ...     with explaining():
    ...         torch.zeros(2, 3) @ torch.zeros(4, 5)
    ... except RuntimeError as error:
    ...     print(len(error.__notes__), "(2, 3)" in error.__notes__[0])
    1 True
    """
    if function is None:
        return Explaining()
    if not callable(function):
        raise TypeError(f"explaining: expected nothing or a function, got {type(function).__name__}")
    return Explaining()(function)


class Explaining:
    """What `explaining` returns; it may be entered again, and by several threads at once.

    Args:
        with_caller: Whether the line that called the function with the block belongs to it: the user's, where the
            function is one of ours.
    """

    def __init__(self, *, with_caller: bool = False) -> None:
        self._local = threading.local()
        self._with_caller = with_caller

    def __enter__(self) -> Explaining:
        flights: list[Flight | None] = self._local.__dict__.setdefault("flights", [])
        flights.append(_started())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        flight: Flight | None = self._local.flights.pop()
        if flight is not None:
            flight.stop()
        if not isinstance(error, Exception):
            return
        caller = trace.tb_frame.f_back if self._with_caller and trace is not None else None
        if caller is not None:
            # Python adds the frame when the exception reaches it, which is after this.
            error.__traceback__ = TracebackType(trace, caller, caller.f_lasti, caller.f_lineno)
        explain(error, entries=flight.entries if flight is not None else ())
        error.__traceback__ = trace

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, each call of which is explained if it raises."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wait(*args: P.args, **kwargs: P.kwargs) -> Any:
                with Explaining():
                    return await function(*args, **kwargs)

            return wait  # type: ignore[return-value]

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with Explaining():
                return function(*args, **kwargs)

        return call


def explain(error: BaseException, *, entries: Iterable[Entry] = ()) -> bool:
    """Add the diagnosis to an exception as a note, unless it has one or there is none.

    Args:
        error: The exception, while its frames are still there.
        entries: What a flight recorder has of the calls before it.

    Returns:
        Whether a note was added.
    """
    if any(str(note).startswith(_MARK) for note in getattr(error, "__notes__", ())):
        return False
    if isinstance(error, (SyntaxError, ShapecheckError)) or "torch" not in sys.modules:
        # An error of ours says itself what is wrong.
        return False
    try:
        from shapecheck.render.report_text import report_text
        from shapecheck.scripts.crash_report import report_of

        found = report_of(error, entries=entries)
        if not found.report.diagnoses:
            return False
        text = report_text(found.report, found.evidence, width=100, with_trace=False)
        codes = {each.code for each in found.report.diagnoses}
        told = [note for note in getattr(error, "__notes__", ()) if _codes(note)]
        if codes == {UNKNOWN_CODE} and (told or _is_own_assertion(error)):
            return False
        for note in told:
            if _codes(note) - {UNKNOWN_CODE} <= codes:
                # A watch has told it already, without the line and without a fix that was tried: once is enough.
                error.__notes__.remove(note)
        error.add_note(text.strip("\n"))
    except Exception as trouble:
        tell_trouble("no diagnosis", trouble)
        return False
    return True


def _is_own_assertion(error: BaseException) -> bool:
    """Whether an ``assert`` outside torch was false: no call failed, and its own line says what was expected."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = trace.tb_frame.f_globals.get("__name__", "") if trace is not None else ""
    return isinstance(error, AssertionError) and not str(name).startswith("torch.")


def _codes(note: object) -> set[str]:
    """The codes of the diagnoses in a note."""
    return set(_DIAGNOSIS.findall(str(note)))


def install() -> None:
    """Explain every exception that nobody catches: of the main thread, of other threads, and of notebook cells.

    Each goes to the hook that was there before, with the diagnosis added to it as a note. To install twice is to
    install once.
    """
    if not isinstance(sys.excepthook, _Hook):
        sys.excepthook = _Hook(sys.excepthook)
    if not isinstance(threading.excepthook, _ThreadHook):
        threading.excepthook = _ThreadHook(threading.excepthook)
    shell = _shell()
    if shell is not None:
        load_ipython_extension(shell)


def uninstall() -> None:
    """Take back what `install` did, where nobody else has put a hook on top of it."""
    if isinstance(sys.excepthook, _Hook):
        sys.excepthook = sys.excepthook.before
    if isinstance(threading.excepthook, _ThreadHook):
        threading.excepthook = threading.excepthook.before
    shell = _shell()
    if shell is not None:
        unload_ipython_extension(shell)


def beneath(hook: Callable[..., Any]) -> Callable[..., Any]:
    """The hook that `install` found, where this one is its own."""
    return hook.before if isinstance(hook, _Hook) else hook


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext shapecheck`` calls."""
    shell.set_custom_exc((Exception,), _in_notebook)


def unload_ipython_extension(shell: Any) -> None:
    """What ``%unload_ext shapecheck`` calls."""
    shell.set_custom_exc((), None)


class _Hook:
    """A ``sys.excepthook`` that adds the note and leaves the printing to the hook before it."""

    def __init__(self, before: Callable[..., Any]) -> None:
        self.before = before

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Exception):
            explain(error)
        self.before(kind, error, trace)


class _ThreadHook:
    """The same for threads."""

    def __init__(self, before: Callable[..., Any]) -> None:
        self.before = before

    def __call__(self, raised: Any) -> None:
        if isinstance(raised.exc_value, Exception):
            explain(raised.exc_value)
        self.before(raised)


def _in_notebook(
    shell: Any, kind: type[BaseException], error: BaseException, trace: Any, tb_offset: Any = None
) -> None:
    explain(error)
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def _shell() -> Any:
    """The running IPython shell; None if there is none, or IPython was never imported."""
    home = sys.modules.get("IPython")
    return home.get_ipython() if home is not None else None


def _started() -> Flight | None:
    if "torch" not in sys.modules:
        return None
    try:
        from shapecheck.capture.crashes.flight import Flight

        flight = Flight()
        flight.start()
    except Exception as trouble:
        tell_trouble("the calls before a crash cannot be recorded", trouble)
        return None
    return flight
