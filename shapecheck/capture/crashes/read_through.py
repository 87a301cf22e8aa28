"""What a function of the script returned, read through on meta tensors where it is only a few plain statements."""

from __future__ import annotations

import ast
import inspect
import sys
from collections import ChainMap
from collections.abc import Mapping, Sequence
from types import FunctionType, MethodType
from typing import Any

from shapecheck.capture.crashes.flight import Entry
from shapecheck.capture.crashes.functions import user_function
from shapecheck.capture.crashes.shapes import BINARY, UNKNOWN, Shapes
from shapecheck.capture.crashes.source import source_file
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.reading.sources import last_name

# Functions that call each other are read so far, and no longer ones.
# That statements end, and the next one is read.
_ONWARD = object()
MAX_LEVEL, MAX_STATEMENTS = 3, 24
_SILENT = ("print", "no_grad", "enable_grad", "inference_mode", "autocast")


class ShapesThrough(Shapes):
    """Works out expressions on meta tensors, also through functions and methods of the script.

    None of them is called: their statements are read, and what torch does in them is done on tensors without numbers.

    Args:
        evaluator: Gives the values that have names.
        entries: The calls of modules before, by which is known what modules of the script's own returned.
        level: Through how many functions has been read already.
    """

    def __init__(self, evaluator: Evaluator, entries: Sequence[Entry] = (), level: int = 0) -> None:
        super().__init__(evaluator, entries)
        self.level = level

    def _call(self, node: ast.Call, depth: int) -> Any:
        value = super()._call(node, depth)
        target = self.evaluator.get(node.func) if value is UNKNOWN and self.level < MAX_LEVEL else None
        if not isinstance(target, FunctionType | MethodType):
            return value
        function = user_function(target)
        if function is None or any(isinstance(each, ast.Starred) for each in node.args):
            return UNKNOWN
        args = [self._of(each, depth + 1) for each in node.args]
        kwargs = {str(each.arg): self._of(each.value, depth + 1) for each in node.keywords}
        if isinstance(target, MethodType):
            args.insert(0, target.__self__)
        return self._through(function, args, kwargs)

    def _through(self, function: FunctionType, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        code = function.__code__
        node = source_file(code.co_filename).function_at(code.co_firstlineno, code.co_name)
        spread = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR | inspect.CO_COROUTINE
        if not isinstance(node, ast.FunctionDef) or node.decorator_list or code.co_flags & spread:
            return UNKNOWN
        bound = inspect.signature(function).bind(*args, **kwargs)
        bound.apply_defaults()
        held = {name: _marked(value) for name, value in bound.arguments.items()}
        cells = zip(code.co_freevars, function.__closure__ or (), strict=False)
        outer = {name: cell.cell_contents for name, cell in cells}
        own = set(code.co_varnames) | set(code.co_cellvars)
        known = {name: value for name, value in function.__globals__.items() if name not in own}
        names = ChainMap(held, outer, known, vars(sys.modules["builtins"]))
        return _Reading(held, names, self.entries, self.level + 1).run(node.body)


class _Gone:
    """What stands for a value that is not known."""


class _Reading:
    """The statements of one function, in their order."""

    def __init__(self, held: dict[str, Any], names: Mapping[str, Any], entries: Sequence[Entry], level: int) -> None:
        self.held, self.names, self.entries, self.level, self.left = held, names, entries, level, MAX_STATEMENTS

    def run(self, body: Sequence[ast.stmt]) -> Any:
        """What is returned; UNKNOWN where a statement is none of the plain ones, or nothing is returned."""
        value = self._read(body)
        return UNKNOWN if value is _ONWARD else value

    def _read(self, body: Sequence[ast.stmt]) -> Any:
        """What is returned, or that the statements end without that."""
        for line in body:
            self.left -= 1
            if isinstance(line, ast.Return):
                return self._of(line.value)
            if isinstance(line, ast.With) and all(_is_silent(each.context_expr) for each in line.items):
                returned = self._read(line.body)
                if returned is not _ONWARD:
                    return returned
            elif self.left < 0 or not self._done(line):
                return UNKNOWN
        return _ONWARD

    def _done(self, line: ast.stmt) -> bool:
        """Whether it is a plain statement, with what it does done."""
        if isinstance(line, ast.Assign) and len(line.targets) == 1:
            return self._stored(line.targets[0], self._of(line.value))
        if isinstance(line, ast.AnnAssign) and line.value is not None:
            return self._stored(line.target, self._of(line.value))
        if isinstance(line, ast.AugAssign) and isinstance(line.target, ast.Name):
            left = ast.Name(line.target.id, ast.Load())
            return type(line.op) in BINARY and self._stored(line.target, self._of(ast.BinOp(left, line.op, line.value)))
        # A text says what the function does; an assertion changes nothing.
        is_text = isinstance(line, ast.Expr) and (isinstance(line.value, ast.Constant) or _is_silent(line.value))
        return is_text or isinstance(line, ast.Assert | ast.Pass)

    def _stored(self, target: ast.expr, value: Any) -> bool:
        if isinstance(target, ast.Name):
            self.held[target.id] = _marked(value)
            return True
        if not isinstance(target, ast.Tuple) or any(isinstance(each, ast.Starred) for each in target.elts):
            return False
        parts = tuple(value) if isinstance(value, tuple) and len(value) == len(target.elts) else ()
        return all(self._stored(each, parts[at] if parts else UNKNOWN) for at, each in enumerate(target.elts))

    def _of(self, node: ast.expr | None) -> Any:
        value = ShapesThrough(Evaluator(self.names), self.entries, self.level).of(node) if node is not None else UNKNOWN
        return UNKNOWN if isinstance(value, _Gone) else value


def _marked(value: Any) -> Any:
    return _Gone() if value is UNKNOWN else value


def _is_silent(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in _SILENT
