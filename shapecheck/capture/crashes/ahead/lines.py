"""Reads statements in their order on meta tensors: assignments, loops and conditions as far as they are known."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from types import CodeType
from typing import Any, Protocol

import torch
from torch import nn

from shapecheck.capture.crashes.ahead.defined import at_definition
from shapecheck.capture.crashes.ahead.made import hold
from shapecheck.capture.crashes.ahead.names import GROWING, LostError, Names, RefusedError, changed_by, holds_names
from shapecheck.capture.crashes.ahead.settings import parsed, told_to_parser
from shapecheck.capture.crashes.ahead.values import Reader, ValuesAhead
from shapecheck.capture.crashes.shapes import BINARY, UNKNOWN
from shapecheck.reading.sources import Loop, last_name, parents, walk

Place = tuple[str, int]
# That statements end, and the next one is read; that a loop is left, or goes on with its next round.
_ONWARD, _BREAK, _CONTINUE = object(), object(), object()
_BLOCKS = ast.For | ast.While | ast.If | ast.With | ast.Try
_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# What gives a tensor itself another shape.
_RESHAPING = ("t_", "transpose_", "swapaxes_", "squeeze_", "unsqueeze_", "resize_", "resize_as_", "as_strided_")
_UNREAD = ast.While | ast.Try | ast.TryStar | ast.Raise | ast.Match | ast.AsyncFor | ast.AsyncWith
_SILENT = ("no_grad", "enable_grad", "inference_mode", "autocast", "set_grad_enabled")


class Lines(Reader, Protocol):
    """Where the reading is, and how far."""

    at: Place
    left: int
    told: dict[str, Any]

    def begun(self, line: ast.stmt, file: str) -> None: ...  # noqa: D102
    def done(self, line: ast.stmt, lost: int) -> None: ...  # noqa: D102
    def values(self, names: Names) -> ValuesAhead: ...  # noqa: D102


class LinesAhead:
    """The lines of one function, or of a file.

    Args:
        names: What the names stand for.
        reader: Where the reading is.
        file: The file.
        code: The function; None for a file.
    """

    def __init__(self, names: Names, reader: Lines, file: str, code: CodeType | None = None) -> None:
        self.names, self.reader, self.file, self.code = names, reader, file, code
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
        around = {now, *parents(now)}
        if now in new and _stored([now]) & _loaded([now]) and not self._is_first_round(around):
            raise LostError
        stale: set[str] = set()
        blocks = {id(getattr(up, name, None)) for up in around for name in ("body", "orelse")}
        for at, line in enumerate(lines):
            parts = header(line)
            read = {each.id for part in parts for each in walk(part) if isinstance(each, ast.Name)}
            if line not in new and not read & stale:
                continue
            stored, later = _stored(parts), _stored(lines[at:])
            if read & (later - stale) - (stored - _loaded(parts)):
                raise LostError
            stale |= stored | _grown(parts) | ({line.name} if isinstance(line, _DEFINITIONS) else set())
            is_plain = not isinstance(line, _BLOCKS) and id(_list_of(line)) in blocks
            if is_plain:
                self._one(line)
                stale -= {each for each in stored - _stored(lines[at + 1 :]) if self.names.is_as_before(each)}
                # It holds what was put there before as well.
                self.names.own.update(dict.fromkeys(_grown(parts), UNKNOWN))
            else:
                self.names.forget(*parts)

    def from_line(self, home: ast.AST, now: ast.stmt) -> Any:
        """Read a line, what follows it in its block, and what follows the blocks that it stands in."""
        line: ast.AST = now
        while True:
            value = self._read(_from(line))
            if not _goes_on(value):
                self.has_returned = not isinstance(home, ast.Module)
                return value
            up, following = getattr(line, "parent", home), None
            while following is None:
                if up is home or up is None:
                    self.has_returned = isinstance(home, ast.FunctionDef)
                    return None
                others = _other_lines(up)
                if any(isinstance(each, ast.Return) for one in others for each in walk(one)):
                    # Another round may return.
                    return None
                # Of what rounds have made only that of the last one is known.
                self._forget(*others)
                # What leaves a round, or the loop, goes on behind no other block than that.
                following = _next(up) if value is _ONWARD or isinstance(up, Loop) else None
                value = _ONWARD if isinstance(up, Loop) else value
                up = getattr(up, "parent", home)
            line = following

    def _is_first_round(self, around: Iterable[ast.AST]) -> bool:
        """Whether each loop round a line counts, and has just begun."""
        for loop in around:
            if isinstance(loop, Loop):
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
        lost = self.reader.lost.count
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
        if isinstance(line, _UNREAD):
            return self._unread(line)
        self._plain(line)
        self._change(line)
        return _ONWARD

    def _plain(self, line: ast.stmt) -> None:
        """A statement that gives names their values, or does something with them."""
        if isinstance(line, ast.Assign):
            value = parsed(line, self.names, self.reader.told)
            value = self._of(line.value) if value is UNKNOWN else value
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
            self._store(line.target, self._in_place(line, left, both))
        elif isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            # A function of this name that was there before is another one, and what it changes is not followed.
            self._forget(line)
            self.names.own[line.name] = UNKNOWN
        elif isinstance(line, ast.Delete):
            for target in line.targets:
                self._store(target, UNKNOWN)
        elif isinstance(line, ast.Assert):
            if self.reader.values(self.names).truth(line.test) is False:
                raise RefusedError("assert")
        elif isinstance(line, ast.Expr):
            self._done(line.value)

    def _in_place(self, line: ast.AugAssign, left: ast.expr, both: ast.expr) -> Any:
        """What ``left += right`` gives; a tensor keeps the shape that it has."""
        before: Any = self._of(left)
        # Whatever else holds a list or a dict sees it grow.
        self.names.lose(left)
        value: Any = self._of(both) if type(line.op) in BINARY else UNKNOWN
        is_tensor = isinstance(value, torch.Tensor) and isinstance(before, torch.Tensor)
        if is_tensor and not isinstance(line.op, ast.MatMult) and value.shape != before.shape:
            raise RefusedError("in place")
        return value

    def _done(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant):
            return
        self.reader.told |= told_to_parser(node, self._of)
        grown = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        if isinstance(node, ast.Call) and last_name(node.func) == "print":
            for each in (*node.args, *(key.value for key in node.keywords)):
                self._of(each)
        elif isinstance(node, ast.Call) and isinstance(grown, ast.Attribute) and last_name(node.func) in GROWING:
            self._grow(node, grown)
        elif isinstance(node, ast.Call) and isinstance(grown, ast.Name) and last_name(node.func) == "append":
            value, held = self._of(node.args[0]), self.names.get(grown.id, UNKNOWN)
            is_known = type(held) in (tuple, list) and value is not UNKNOWN
            self._lose(grown)
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

    def _change(self, line: ast.stmt) -> None:
        """Take for unknown what a statement changes in place, but what more was appended to."""
        done = line.value if isinstance(line, ast.Expr) else None
        for each in walk(line) if not isinstance(line, _DEFINITIONS) else ():
            held = changed_by(each)
            is_followed = each is done and isinstance(done, ast.Call) and _is_followed(done)
            if holds_names(held):
                raise LostError
            if held is not None and not is_followed:
                self._lose(held)
            name = last_name(each.func) if isinstance(each, ast.Call) else ""
            if isinstance(each, ast.Call) and name in ("setattr", "delattr") and len(each.args) > 1:
                told = each.args[1]
                if not isinstance(told, ast.Constant):
                    raise LostError
                self.reader.lost.attributes.add(str(told.value))
            if name in _RESHAPING and isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
                self._reshape(line, each, each.func.value)

    def _reshape(self, line: ast.stmt, call: ast.Call, base: ast.expr) -> None:
        """What has another shape from now on: ``x.unsqueeze_(0)``."""
        if isinstance(base, ast.Name) and base.id not in _stored([line]):
            self.names.own[base.id] = self._of(call)
        elif isinstance(base, ast.Attribute):
            self._store(base, UNKNOWN)

    def _lose(self, held: ast.expr) -> None:
        """Take for unknown what something holds, also where it was handed to a function that is read."""
        if isinstance(held, ast.Attribute) and isinstance(self._of(held), tuple | dict | set):
            self._store(held, UNKNOWN)
        if not isinstance(held, ast.Name) or not self.names.lose(held) or self.code is None:
            return
        own = {*self.code.co_varnames, *self.code.co_cellvars}
        given = self.code.co_varnames[: self.code.co_argcount + self.code.co_kwonlyargcount]
        if held.id in given:
            self.reader.lost.has_changed_given = True
        elif held.id not in own:
            self.reader.lost.names.add(held.id)

    def _forget(self, *nodes: ast.AST) -> None:
        """Take for unknown all that is given a value in some statements, or grows there."""
        self.names.forget(*nodes)
        for node in (each for one in nodes for each in walk(one)):
            held = changed_by(node)
            stored = node if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) else held
            if isinstance(stored, ast.Attribute):
                self._store(stored, UNKNOWN)

    def _store(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Attribute):
            owner = self._of(target.value)
            if id(owner) in self.reader.fresh:
                hold(owner, target.attr, value)
            else:
                # What an object that stands ready holds from now on is not followed.
                self.reader.lost.attributes.add(target.attr)
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
                return _ONWARD
            if not _goes_on(value):
                return value
        return self._read(line.orelse)

    def _unread(self, line: ast.stmt) -> Any:
        """Go on behind statements that cannot be read."""
        if any(isinstance(each, ast.Return | ast.Raise) for each in walk(line)):
            raise LostError
        self.reader.lost.count += 1
        self._forget(line)
        return _ONWARD

    def _of(self, node: ast.expr) -> Any:
        return self.reader.values(self.names).of(node)


def header(line: ast.stmt) -> list[ast.AST]:
    """A statement without the block below it: the whole of a plain one, and of a definition what makes it."""
    if isinstance(line, _DEFINITIONS):
        return list(at_definition(line))
    if not isinstance(line, _BLOCKS):
        return [line]
    return [each for each in ast.iter_child_nodes(line) if isinstance(each, ast.expr | ast.withitem)]


def _other_lines(up: ast.AST) -> list[ast.stmt]:
    """Of a block the lines that may yet run when one of it has: those of other rounds, of ``finally``."""
    if isinstance(up, Loop):
        return [*up.body, *up.orelse]
    return [*up.orelse, *up.finalbody] if isinstance(up, ast.Try) else []


def _is_followed(call: ast.Call) -> bool:
    """Whether what a call puts into something is known behind it."""
    base = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = last_name(call.func)
    return (isinstance(base, ast.Attribute) and name in GROWING) or (isinstance(base, ast.Name) and name == "append")


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


def _grown(parts: Sequence[ast.AST]) -> set[str]:
    """The names of what a statement puts something into: ``rows.append(x)``, ``parser.add_argument("--width")``."""
    calls = [each.value for each in parts if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)]
    methods = [each.func for each in calls if isinstance(each.func, ast.Attribute)]
    grown = [each.value for each in methods if each.attr in (*GROWING, "add_argument")]
    return {each.id for each in grown if isinstance(each, ast.Name)}


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
