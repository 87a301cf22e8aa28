"""Turns of a training loop that measure, where those that were heard did not: ``if step % 20 == 19: ...``."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FrameType

import pure_eval

from shapecheck.capture.recording.user_code import user_frames
from shapecheck.reading.sources import loops_of_line, names_in, source_of, walk

# So far ahead is looked for one, which takes a few milliseconds, and so often: a turn may have several steps.
MAX_AHEAD, MAX_LOOKS = 1_000, 12
_CALLERS = 3
_COUNTS = frozenset(["range", "enumerate", "trange"])
# What tells of numbers, or keeps them, and measures nothing of its own.
_TELLS = frozenset(
    ["print", "item", "format", "append", "extend", "round", "float", "int", "str", "len", "write", "info", "debug",
     "save", "state_dict", "add_scalar", "set_postfix", "set_description", "time", "flush", "log", "step", "min", "max",
     "sum", "join", "center", "ljust", "rjust", "update", "perf_counter", "collect", "backward", "zero_grad"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a loop does in some turns only.

    Args:
        name: The number of the turn, as the script calls it.
        test: Whether it is such a turn.
    """

    name: str
    test: ast.expr

    def comes(self, frame: FrameType, ahead: range) -> int | None:
        """After how many turns it is such a turn for the first time; None if after none, or that is not known."""
        try:
            known = {**frame.f_globals, **frame.f_locals}
            numbers = {name: known[name] for name in names_in(self.test) if type(known.get(name)) is int}
            if self.name not in numbers:
                return None
            return next((at for at in ahead if self._is_one(numbers | {self.name: numbers[self.name] + at})), None)
        except Exception:
            # It cannot be had safely, or raises with other numbers.
            return None

    def _is_one(self, numbers: dict[str, int]) -> bool:
        return bool(pure_eval.Evaluator(numbers)[self.test])


class RareTurns:
    """Says, after each step of an optimizer, whether the next turn of the loop round it is one of those.

    Args:
        heard: How many turns were looked at.
    """

    def __init__(self, heard: int) -> None:
        self._heard = heard
        self._code: CodeType | None = None
        self._turns: tuple[_Turn, ...] = ()
        # How many steps may pass before it is looked for anew, and how often that may be done.
        self._wait, self._looks = 0, MAX_LOOKS
        self.is_over = False

    def come_next(self, frame: FrameType | None) -> bool:
        """Whether one comes next.

        Args:
            frame: What an optimizer's step was called from.
        """
        if self.is_over or self._wait:
            self._wait -= not self.is_over
            return False
        frames = [*user_frames(frame, _CALLERS)]
        loop = self._found(frames) if self._code is None else _of_code(frames, self._code)
        coming = [turn.comes(loop, range(1, MAX_AHEAD)) for turn in self._turns] if loop is not None else []
        ahead = min((at for at in coming if at is not None), default=None)
        self._looks -= 1
        self.is_over = ahead is None or not self._looks
        self._wait = 0 if ahead is None else max(ahead - 2, 0)
        return ahead == 1

    def _found(self, frames: Sequence[FrameType]) -> FrameType | None:
        """The frame of the loop, and what it does in none of the turns that were heard."""
        for frame in frames:
            turns = _turns(frame.f_code, frame.f_lineno or 0)
            if turns is not None:
                self._code, heard = frame.f_code, range(-self._heard, 0)
                self._turns = tuple(turn for turn in turns if turn.comes(frame, heard) is None)
                return frame
        return None


def _of_code(frames: Sequence[FrameType], code: CodeType) -> FrameType | None:
    return next((frame for frame in frames if frame.f_code is code), None)


@lru_cache(maxsize=16)
def _turns(code: CodeType, line: int) -> tuple[_Turn, ...] | None:
    """What the innermost loop round a line measures in some turns only; None where none stands round it."""
    loop = next(iter(loops_of_line(source_of(code.co_filename), line)), None)
    if loop is None:
        return None
    name = _number(loop) if isinstance(loop, ast.For) else None
    tests = [item.test for item in walk(loop) if isinstance(item, ast.If) and _measures(item)]
    return tuple(_Turn(name, test) for test in tests if name is not None and name in names_in(test))


def _number(loop: ast.For) -> str | None:
    """The name of the number of the turn."""
    call = loop.iter
    while isinstance(call, ast.Call) and call.args and not _is_called(call.func, _COUNTS):
        call = call.args[0]
    if not isinstance(call, ast.Call) or len(call.args) > 2:
        return None
    target = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else loop.target
    return target.id if isinstance(target, ast.Name) else None


def _measures(branch: ast.If) -> bool:
    """Whether it calls more than what tells of numbers that are there."""
    calls = (item.func for statement in branch.body for item in ast.walk(statement) if isinstance(item, ast.Call))
    return any(not _is_called(function, _TELLS) for function in calls)


def _is_called(function: ast.expr, names: frozenset[str]) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else function
    return (name.id if isinstance(name, ast.Name) else name) in names
