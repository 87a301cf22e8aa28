"""Reads lines from a frame on, or a function of the script through, on meta tensors; no line of it is run."""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import torch
from torch import nn

from shapecheck.capture.crashes.ahead.changed_files import (
    ChangedFiles,
    calls,
    field_of,
    home_of,
    own_statements,
)
from shapecheck.capture.crashes.ahead.defined import is_alone, is_settled, is_still
from shapecheck.capture.crashes.ahead.lines import LinesAhead, Place, header
from shapecheck.capture.crashes.ahead.made import Remade
from shapecheck.capture.crashes.ahead.names import Lost, LostError, Names
from shapecheck.capture.crashes.ahead.values import ValuesAhead
from shapecheck.capture.crashes.flight import Entry
from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.functions import user_function
from shapecheck.capture.crashes.shapes import UNKNOWN
from shapecheck.capture.crashes.source import SourceFile, source_file
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.reading.sources import begin_of, defaults_of, last_name, walk

MAX_LEVEL, MAX_STATEMENTS = 12, 1500
_Home = ast.FunctionDef | ast.Module


class Reading:
    """One reading.

    Args:
        frames: The frames of the user's code.
        entries: The calls of modules before.
        files: What is changed.
        until: When it is given up, by the clock of the thread.
        is_as_it_was: Whether what the change is in is read anew, but as it was.
    """

    def __init__(
        self,
        frames: Sequence[LiveFrame],
        entries: Sequence[Entry],
        files: ChangedFiles,
        until: float,
        *,
        is_as_it_was: bool = False,
    ) -> None:
        self.frames, self.entries, self.files, self.is_as_it_was = frames, entries, files, is_as_it_was
        self.until = until
        self.given: dict[ast.AST, Any] = {}
        self.lost, self.level, self.left = Lost(), 0, MAX_STATEMENTS
        self.at: Place = ("", 0)
        failed = frames[-1].statement
        self.failed: Place = (frames[-1].source.name, failed.lineno if failed is not None else frames[-1].line)
        self.failed_node = self._now(frames[-1].source, failed)
        self.under_way = dict(self._under_way())
        self.is_past = self.is_lost_there = False
        # The innermost expression that torch would refuse.
        self.refused: ast.AST | None = None
        # Whether a view was come by that takes parts of several axes together.
        self.has_mixed = False
        self.read: set[ast.AST] = set()
        # The files of what is read.
        self.sources = {frame.source.name: frame.source for frame in frames}
        self.new = {self._now(source, line) for source, line in files.statements}
        self.fields = files.fields
        self.told: dict[str, Any] = {}
        self.made = Remade()
        self.fresh: dict[int, Any] = {}
        self.shared: dict[int, dict[str, Any]] = {}

    @property
    def has_read_all(self) -> bool:
        """Whether all that is changed was read, and not only what it had made before."""
        return self.new <= self.read

    def run(self, first: int, is_anew: bool) -> None:
        """Read from a frame on: its line, what follows it there, and what follows in those that called it."""
        if is_anew:
            self.made = self.remade()
        with silently():
            for at in range(first, -1, -1):
                value, has_returned = self._from_frame(self.frames[at], is_first=at == first)
                if not has_returned or at == 0 or not _is_called_by(self.frames[at - 1], self.frames[at]):
                    return
                call = self._now(self.frames[at - 1].source, self.frames[at - 1].node)
                if not isinstance(call, ast.Call):
                    return
                self.given = {call: value}

    def remade(self) -> Remade:
        """The models that the frames hold, as they would be made."""
        made = Remade()
        with silently():
            for frame in self.frames:
                home, now = self._home(frame)
                lines = self._lines(frame)
                lines.catch_up(self._before(home, now), self._new_lines(frame, home, now) - {now}, now)
                for name, value in lines.names.own.items():
                    made.put(frame.frame.f_locals.get(name), value)
                self._check_given(frame, lines.names.own, made)
        for frame in self.frames:
            names = frame.frame.f_globals
            self.shared[id(names)] = {**made.instead_of(names), **self.shared.get(id(names), {})}
        return made

    def _check_given(self, frame: LiveFrame, own: Mapping[str, Any], made: Remade) -> None:
        """Raise LostError where the frame below was given a number that is another now."""
        if frame is self.frames[-1] or frame.node is None:
            return
        for each in walk(frame.node):
            value = own.get(each.id, UNKNOWN) if isinstance(each, ast.Name) else UNKNOWN
            ready = frame.frame.f_locals.get(each.id) if isinstance(each, ast.Name) else None
            if isinstance(each, ast.Name) and each.id in own and not made.has(ready) and not _is_same(ready, value):
                raise LostError

    def begun(self, line: ast.stmt, file: str) -> None:
        """Note that a statement is read."""
        if time.thread_time() > self.until:
            raise LostError
        self.at = (file, line.lineno)
        self.read.add(line)

    def done(self, line: ast.stmt, lost: int) -> None:
        """Note that a statement was read to its end."""
        if line is self.failed_node:
            self.is_past = self.is_past or self.lost.count == lost
            self.is_lost_there = self.is_lost_there or self.lost.count != lost

    def _from_frame(self, frame: LiveFrame, *, is_first: bool) -> tuple[Any, bool]:
        home, now = self._home(frame)
        lines = self._lines(frame)
        if is_first:
            lines.catch_up(self._before(home, now), self._new_lines(frame, home, now), now)
        self.lost.names.update(_of_others(home))
        if self.lost.has_changed_given:
            # By the function that was called here.
            for each in walk(self._now(frame.source, frame.node)):
                lines.names.lose(each)
        value = lines.from_line(home, now)
        return value, lines.has_returned

    def _home(self, frame: LiveFrame) -> tuple[_Home, ast.stmt]:
        home, now = self._now(frame.source, home_of(frame)), self._now(frame.source, frame.statement)
        if not isinstance(home, _Home) or not isinstance(now, ast.stmt):
            raise LostError
        return home, now

    def _lines(self, frame: LiveFrame) -> LinesAhead:
        held = frame.frame.f_locals
        is_module = held is frame.frame.f_globals
        own = self._own_globals(held) if is_module else self.made.instead_of(held)
        outer = (dict(held), self._globals(frame.frame.f_globals), frame.frame.f_builtins)
        return LinesAhead(Names(own, *outer), self, frame.source.name, None if is_module else frame.frame.f_code)

    def _before(self, home: _Home, now: ast.stmt) -> list[ast.stmt]:
        return [each for each in own_statements(home) if begin_of(each) < begin_of(now)]

    def _new_lines(self, frame: LiveFrame, home: _Home, now: ast.stmt) -> set[ast.stmt]:
        """The statements of a function, up to one, that would do something else than they did."""
        evaluator = Evaluator({**frame.frame.f_globals, **frame.frame.f_locals})
        return {
            line
            for line in (*self._before(home, now), now)
            if (line in self.new and not isinstance(line, ast.FunctionDef))
            or any(
                calls(part, self.files.names)
                or self.files.reads_fields(part)
                or any(self.made.has(evaluator.get(each)) for each in walk(part) if isinstance(each, _REFERENCES))
                for part in header(line)
            )
        }

    def _under_way(self) -> Iterator[tuple[ast.AST, nn.Module]]:
        """The calls of models that the frames are in, also of those that have no name: ``Model(3)(x)``."""
        for outer, inner in itertools.pairwise(self.frames):
            owner, call = owner_of(inner), self._now(outer.source, outer.node)
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Call):
                continue
            if not isinstance(outer.node, ast.Call) or ast.dump(outer.node.func) != ast.dump(call.func):
                continue
            name = last_name(call.func.func)
            if calls(call.func, self.files.names) or (hasattr(nn, name) and name != type(owner).__name__):
                # A container of torch's calls what it holds with something else than it was given itself.
                continue
            if inner.function == "forward" and isinstance(owner, nn.Module):
                yield call, owner

    def _now(self, source: SourceFile, node: ast.AST | None) -> ast.AST | None:
        return node if self.is_as_it_was else self.files.now(source, node)

    def _own_globals(self, names: Mapping[str, Any]) -> dict[str, Any]:
        if id(names) not in self.shared:
            self.shared[id(names)] = self.made.instead_of(names)
        return self.shared[id(names)]

    def _globals(self, names: Mapping[str, Any]) -> Mapping[str, Any]:
        own = self._own_globals(names)
        return Names(own, names) if own else names

    def again(self, function: FunctionType, args: Sequence[Any]) -> Any:
        """What a function of the script would return, called as it was."""
        with silently():
            return self.through(function, args, {})

    def through(self, function: FunctionType, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """What a function of the script would return."""
        code = function.__code__
        source = self.sources[code.co_filename] = source_file(code.co_filename)
        node = self._now(source, source.function_at(code.co_firstlineno, code.co_name))
        if not isinstance(node, ast.FunctionDef) or code.co_flags & _SPREAD or self.level >= MAX_LEVEL:
            return UNKNOWN
        if any(last_name(getattr(each, "func", each)) not in _SILENT for each in node.decorator_list):
            return UNKNOWN
        try:
            bound = inspect.signature(function).bind(*args, **kwargs)
        except TypeError:
            return UNKNOWN
        self._fill(bound, function)
        cells = zip(code.co_freevars, function.__closure__ or (), strict=False)
        outer = {name: cell.cell_contents for name, cell in cells}
        builtins = vars(sys.modules["builtins"])
        names = Names(dict(bound.arguments), outer, self._globals(function.__globals__), builtins)
        here, self.level = self.at, self.level + 1
        try:
            self.lost.names.update(_of_others(node))
            return LinesAhead(names, self, code.co_filename, code).run(node.body)
        finally:
            if sys.exc_info()[0] is None:
                self.at = here
            self.level -= 1

    def _fill(self, bound: inspect.BoundArguments, function: FunctionType) -> None:
        """Give the parameters that a call leaves out their defaults, as they are now."""
        given = set(bound.arguments)
        bound.apply_defaults()
        code = function.__code__
        source = source_file(code.co_filename)
        old = source.function_at(code.co_firstlineno, code.co_name)
        new = self.files.now(source, old)
        if not isinstance(old, ast.FunctionDef) or not isinstance(new, ast.FunctionDef) or old is new:
            return
        for (name, before), (_, told) in zip(defaults_of(old.args), defaults_of(new.args), strict=False):
            if before is not None and told is not None and name not in given and ast.dump(before) != ast.dump(told):
                now = before if self.is_as_it_was else told
                bound.arguments[name] = self._told(before, now, function.__globals__, bound.arguments[name])
                self.read.add(old if self.is_as_it_was else new)

    def field(self, kind: type, name: str, value: Any) -> Any:
        """What a class gives a name: the value that it had, or that of a change."""
        for source, old in self.files.statements if name in self.fields and type(kind) is type else ():
            new, names = self._now(source, old), self._names_of(kind, source.name)
            is_of_this = names is not None and field_of(old) == (kind.__qualname__, name)
            if names is not None and is_of_this and isinstance(new, ast.Assign | ast.AnnAssign):
                if not is_alone(old, name):
                    raise LostError
                self.read.add(new)
                return self._told(getattr(old, "value", None), new.value, names, value)
        return value

    def _told(self, old: ast.expr | None, new: ast.expr | None, names: Mapping[str, Any], ready: Any) -> Any:
        """What stands in a definition now.

        Raises:
            LostError: What stood there has been given another value since, or it is not known what its names were.
        """
        values = self.values(Names({}, self._globals(names)))
        if old is None or new is None or not is_settled(old) or not is_settled(new):
            raise LostError
        if not is_still(ready, self.values(Names({}, names)).of(old)):
            raise LostError
        return values.of(new)

    def _names_of(self, kind: type, file: str) -> Mapping[str, Any] | None:
        """The names of the file that a class stands in; None where it is another file."""
        for frame in self.frames:
            if frame.frame.f_globals.get("__name__") == kind.__module__:
                return frame.frame.f_globals if frame.source.name == file else None
        module = sys.modules.get(kind.__module__)
        return vars(module) if module is not None and getattr(module, "__file__", None) == file else None

    def values(self, names: Names) -> ValuesAhead:
        """What works out expressions."""
        return ValuesAhead(names, self)


@contextmanager
def silently() -> Iterator[None]:
    """Nothing is said, and no random number is used up."""
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch._C.DisableTorchFunctionSubclass():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=".*target size")
        yield


_SPREAD = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_SILENT = ("no_grad", "enable_grad", "inference_mode", "staticmethod", "torch")
_REFERENCES = ast.Name | ast.Attribute


def owner_of(frame: LiveFrame) -> Any:
    """What a frame's first parameter stands for: of a method its object."""
    return frame.frame.f_locals.get(next(iter(frame.frame.f_code.co_varnames), ""))


def _of_others(home: ast.AST) -> Iterator[str]:
    """The names of a scope farther out to which a function gives other values."""
    for each in walk(home):
        yield from each.names if isinstance(each, ast.Global | ast.Nonlocal) else ()


def _is_called_by(outer: LiveFrame, inner: LiveFrame) -> bool:
    """Whether a frame returns what the call in the frame above it gives: no generator, no hook, no part of it."""
    code, call = inner.frame.f_code, outer.node
    if not isinstance(call, ast.Call) or code.co_flags & _SPREAD:
        return False
    frame = outer.frame
    target = Evaluator({**frame.f_builtins, **frame.f_globals, **frame.f_locals}).get(call.func)
    if target is None:
        return True
    functions = (target, getattr(target, "__func__", None), user_function(target))
    return any(getattr(each, "__code__", None) is code for each in functions)


def _is_same(ready: Any, value: Any) -> bool:
    if isinstance(ready, torch.Tensor) and isinstance(value, torch.Tensor):
        return ready.shape == value.shape
    return type(ready) is type(value) and isinstance(ready, int | float | str | tuple) and bool(ready == value)
