"""Reads statements in their order on meta tensors: assignments, loops and conditions as far as they are known."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from torch import nn

from shapecheck.capture.crashes.made_ahead import hold
from shapecheck.capture.crashes.names_ahead import GROWING, LostError, Names, RefusedError
from shapecheck.capture.crashes.shapes import BINARY, UNKNOWN
from shapecheck.capture.crashes.values_ahead import Reader, ValuesAhead
from shapecheck.reading.sources import last_name, walk

Place = tuple[str, int]
# That statements end, and the next one is read; that a loop is left, or goes on with its next round.
_ONWARD, _BREAK, _CONTINUE = object(), object(), object()
_BLOCKS = ast.For | ast.While | ast.If | ast.With | ast.Try
_SILENT = ("no_grad", "enable_grad", "inference_mode", "autocast", "set_grad_enabled")


class Lines(Reader, Protocol):
    """Where the reading is, and how far."""

    at: Place
    left: int
    stale: set[str]
    fresh: dict[int, Any]

    def begun(self, line: ast.stmt, file: str) -> None: ...  # noqa: D102
    def done(self, line: ast.stmt, lost: int) -> None: ...  # noqa: D102
    def values(self, names: Names) -> ValuesAhead: ...  # noqa: D102


class LinesAhead:
    """The lines of one function, or of a file.

    Args:
        names: What the names stand for.
        reader: Where the reading is.
        file: The file.
    """

    def __init__(self, names: Names, reader: Lines, file: str) -> None:
        self.names, self.reader, self.file = names, reader, file
        self.has_returned = False

    def run(self, body: Sequence[ast.stmt]) -> Any:
        """What a function returns; UNKNOWN where that is not known."""
        value = self._read(body)
        return None if value is _ONWARD else value

    def catch_up(self, lines: Sequence[ast.stmt], new: set[ast.stmt], now: ast.stmt) -> None:
        """Read what in front of a line would have done something else than it did.

        Raises:
            LostError: What it was made of has another value since, or may be of a round before.
        """
        around = set(_around(now))
        if now in new and _stored([now]) & _loaded([now]) and not self._is_first_round(around):
            raise LostError
        stale: set[str] = set()
        for at, line in enumerate(lines):
            parts = header(line)
            read = {each.id for part in parts for each in walk(part) if isinstance(each, ast.Name)}
            if line not in new and not read & stale:
                continue
            stored, later = _stored(parts), _stored(lines[at:])
            if read & (later - stale) - (stored - _loaded(parts)):
                raise LostError
            stale |= stored
            is_plain = not isinstance(line, _BLOCKS) and _block(line) in (*map(_body, around), *map(_orelse, around))
            if is_plain:
                self._one(line)
            else:
                self.names.forget(*parts)

    def from_line(self, home: ast.AST, now: ast.stmt) -> Any:
        """Read a line, what follows it in its block, and what follows the blocks that it stands in."""
        line: ast.AST = now
        while True:
            value = self._read(_from(line))
            up: ast.AST = getattr(line, "parent", home)
            if not _goes_on(value) or up is home or up is None:
                self.has_returned = value is not _ONWARD and not isinstance(home, ast.Module)
                self.has_returned = self.has_returned or (isinstance(home, ast.FunctionDef) and value is _ONWARD)
                return None if value is _ONWARD else value
            if isinstance(up, ast.For | ast.While):
                # Of what its rounds have made only that of the last one is known.
                self.names.forget(*up.body)
            while (following := _next(up)) is None:
                up = getattr(up, "parent", home)
                if up is home or up is None:
                    self.has_returned = isinstance(home, ast.FunctionDef)
                    return None
                if isinstance(up, ast.For | ast.While):
                    self.names.forget(*up.body)
            line = following

    def _is_first_round(self, around: Iterable[ast.AST]) -> bool:
        """Whether each loop round a line counts, and has just begun."""
        for loop in around:
            if isinstance(loop, ast.While | ast.For):
                items = self.reader.values(self.names).items(loop.iter) if isinstance(loop, ast.For) else None
                name = loop.target.id if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) else ""
                if not items or type(items[0]) is not int or self.names.get(name) != items[0]:
                    return False
        return True

    def _read(self, body: Sequence[ast.stmt]) -> Any:
        for line in body:
            self.reader.left -= 1
            if self.reader.left < 0:
                raise LostError
            value = self._one(line)
            if value is not _ONWARD:
                return value
        return _ONWARD

    def _one(self, line: ast.stmt) -> Any:
        self.reader.begun(line, self.file)
        lost = self.reader.lost
        value = self._statement(line)
        self.reader.done(line, lost)
        return value

    def _statement(self, line: ast.stmt) -> Any:
        if isinstance(line, ast.Return):
            return self._of(line.value) if line.value is not None else None
        if isinstance(line, ast.Break | ast.Continue):
            return _BREAK if isinstance(line, ast.Break) else _CONTINUE
        if isinstance(line, ast.If):
            return self._if(line)
        if isinstance(line, ast.For):
            return self._for(line)
        if isinstance(line, ast.With):
            if all(
                isinstance(each.context_expr, ast.Call) and last_name(each.context_expr.func) in _SILENT
                for each in line.items
            ):
                return self._read(line.body)
            return self._unread(line)
        if isinstance(line, ast.While | ast.Try | ast.Raise):
            return self._unread(line)
        self._plain(line)
        return _ONWARD

    def _plain(self, line: ast.stmt) -> None:
        """A statement that gives names their values, or does something with them."""
        if isinstance(line, ast.Assign):
            value = self._of(line.value)
            for target in line.targets:
                self._store(target, value)
        elif isinstance(line, ast.AnnAssign) and line.value is not None:
            self._store(line.target, self._of(line.value))
        elif isinstance(line, ast.AugAssign):
            left = (
                ast.copy_location(ast.Name(line.target.id, ast.Load()), line.target)
                if isinstance(line.target, ast.Name)
                else line.target
            )
            both = ast.copy_location(ast.BinOp(left, line.op, line.value), line)
            self._store(line.target, self._of(both) if type(line.op) in BINARY else UNKNOWN)
        elif isinstance(line, ast.Assert):
            if self.reader.values(self.names).truth(line.test) is False:
                raise RefusedError("assert")
        elif isinstance(line, ast.Expr):
            self._done(line.value)

    def _done(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant):
            return
        grown = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        if isinstance(node, ast.Call) and last_name(node.func) == "print":
            for each in (*node.args, *(key.value for key in node.keywords)):
                self._of(each)
        elif isinstance(node, ast.Call) and isinstance(grown, ast.Attribute) and last_name(node.func) in GROWING:
            self._grow(node, grown)
        elif isinstance(node, ast.Call) and isinstance(grown, ast.Name) and last_name(node.func) == "append":
            value, held = self._of(node.args[0]), self.names.get(grown.id, UNKNOWN)
            is_known = type(held) in (tuple, list) and value is not UNKNOWN
            self.names.own[grown.id] = (*held, value) if is_known else UNKNOWN
        else:
            self._of(node)

    def _grow(self, node: ast.Call, grown: ast.Attribute) -> None:
        """Put more into what an object that was made anew holds."""
        held, value = self._of(grown), self._of(node.args[0]) if node.args else UNKNOWN
        more: Any = (value,) if last_name(node.func) == "append" else value if type(value) is tuple else UNKNOWN
        if isinstance(held, nn.ModuleList) and id(held) in self.reader.fresh and _are_modules(more):
            held.extend(more)
        else:
            is_known = type(held) is tuple and type(more) is tuple and more != (UNKNOWN,)
            self._store(grown, (*held, *more) if is_known and last_name(node.func) != "insert" else UNKNOWN)

    def _store(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Attribute):
            owner = self._of(target.value)
            if id(owner) in self.reader.fresh:
                hold(owner, target.attr, value)
            else:
                # What an object that stands ready holds from now on is not followed.
                self.reader.stale.add(target.attr)
            return
        if isinstance(target, ast.Tuple) and any(isinstance(each, ast.Attribute) for each in target.elts):
            parts = value if isinstance(value, tuple) and len(value) == len(target.elts) else ()
            for at, each in enumerate(target.elts):
                self._store(each, parts[at] if parts else UNKNOWN)
            return
        if not isinstance(target, ast.Subscript):
            self.names.store(target, value)

    def _if(self, line: ast.If) -> Any:
        truth = self.reader.values(self.names).truth(line.test)
        return self._unread(line) if truth is None else self._read(line.body if truth else line.orelse)

    def _for(self, line: ast.For) -> Any:
        items = self.reader.values(self.names).items(line.iter)
        if items is None:
            return self._unread(line)
        for item in items:
            self.names.store(line.target, item)
            value = self._read(line.body)
            if value is _BREAK:
                break
            if not _goes_on(value):
                return value
        return _ONWARD

    def _unread(self, line: ast.stmt) -> Any:
        """Go on behind statements that cannot be read."""
        if any(isinstance(each, ast.Return | ast.Raise) for each in walk(line)):
            raise LostError
        self.reader.lost += 1
        self.names.forget(line)
        return _ONWARD

    def _of(self, node: ast.expr) -> Any:
        if self.reader.stale and any(
            isinstance(each, ast.Attribute) and each.attr in self.reader.stale for each in walk(node)
        ):
            self.reader.lost += 1
            return UNKNOWN
        return self.reader.values(self.names).of(node)


def header(line: ast.stmt) -> list[ast.AST]:
    """A statement without the block below it: the whole of a plain one."""
    if not isinstance(line, _BLOCKS | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [line]
    return [each for each in ast.iter_child_nodes(line) if isinstance(each, ast.expr | ast.withitem)]


def _are_modules(values: Any) -> bool:
    return type(values) is tuple and all(isinstance(each, nn.Module) for each in values)


def _goes_on(value: Any) -> bool:
    # `in` compares with ==, which a tensor answers with a tensor.
    return any(value is each for each in (_ONWARD, _BREAK, _CONTINUE))


def _stored(parts: Sequence[ast.AST]) -> set[str]:
    names = (each for part in parts for each in walk(part) if isinstance(each, ast.Name))
    return {each.id for each in names if isinstance(each.ctx, ast.Store)}


def _loaded(parts: Sequence[ast.AST]) -> set[str]:
    return {
        each.id
        for part in parts
        for each in walk(part)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }


def _around(line: ast.AST) -> Iterator[ast.AST]:
    while line is not None:
        yield line
        line = getattr(line, "parent", None)  # type: ignore[assignment]


def _block(line: ast.stmt) -> int:
    return id(_list_of(line))


def _body(node: ast.AST) -> int:
    return id(getattr(node, "body", None))


def _orelse(node: ast.AST) -> int:
    return id(getattr(node, "orelse", None))


def _list_of(line: ast.AST) -> list[ast.stmt]:
    """The block that a statement stands in."""
    up = getattr(line, "parent", None)
    blocks = (getattr(up, name, None) for name in ("body", "orelse", "finalbody"))
    return next((each for each in blocks if isinstance(each, list) and any(one is line for one in each)), [])


def _from(line: ast.AST) -> list[ast.stmt]:
    block = _list_of(line)
    at = next((at for at, each in enumerate(block) if each is line), len(block))
    return block[at:]


def _next(line: ast.AST) -> ast.stmt | None:
    return next(iter(_from(line)[1:]), None)
