"""Works out what an expression of the script comes to, also with one of its parts replaced, without running it."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from shapecheck.evidence import Evidence
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, last_name

# So many expressions, and calls in calls, are reckoned: the script of a learner has no longer formulas, but loops.
MAX_STEPS = 3000
MAX_DEPTH = 8
_MAX_NUMBER = 1e12
Put = Mapping[int, Callable[..., Any]]
Names = dict[str, Any]

_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: lambda left, right: left * right if _are_numbers(left, right) else _refuse(),
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: lambda left, right: left**right if abs(right) < 8 else _refuse(),
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": sum,
    "len": len,
    "max": max,
    "min": min,
    "int": int,
    "round": round,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "prod": math.prod,
    "range": lambda *ends: list(range(*ends)) if max(map(abs, ends)) < MAX_STEPS else _refuse(),
    "list": list,
    "tuple": tuple,
    "reversed": lambda items: list(reversed(items)),
    "zip": lambda *items: list(zip(*items, strict=False)),
    "enumerate": lambda items: list(enumerate(items)),
}

# Methods of a number in a tensor that leave it, and those that round it.
_CASTS = ("long", "int", "to", "cpu", "type", "item")
_ROUNDING = ("floor", "ceil", "round", "abs")


class CannotReckonError(Exception):
    """Something that an expression needs is not written in the script."""


class Reckoner:
    """Works out numbers from the source: constants, arithmetic, loops over what is written out, the user's functions.

    Args:
        evidence: The problem, which tells where the value of a name comes from.
        put: What to do to the value of a node before it is used further, by the id of the node.
        operate: What to do with the two sides of an operation instead, by its id.
    """

    def __init__(self, evidence: Evidence, put: Put | None = None, operate: Put | None = None) -> None:
        self.evidence, self.put, self.operate = evidence, put or {}, operate or {}
        self.left = MAX_STEPS
        self.seen: dict[int, tuple[Source, ast.expr, Any]] = {}

    def value(self, source: Source, node: ast.expr, names: Names | None = None, depth: int = 0) -> Any:
        """What an expression comes to.

        Raises:
            CannotReckonError: It cannot be told.
        """
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            raise CannotReckonError
        try:
            found = self._value(source, node, names or {}, depth)
            if id(node) in self.put:
                found = self.put[id(node)](found)
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise CannotReckonError from error
        if isinstance(found, int | float) and abs(found) > _MAX_NUMBER:
            raise CannotReckonError
        self.seen.setdefault(id(node), (source, node, found))
        return found

    def known(self, source: Source, node: ast.expr, names: Names | None = None, depth: int = 0) -> Any:
        """The same; None where it cannot be told."""
        try:
            return self.value(source, node, names, depth)
        except CannotReckonError:
            return None

    def _value(self, source: Source, node: ast.expr, names: Names, depth: int) -> Any:
        def of(each: ast.expr, more: Names | None = None) -> Any:
            return self.value(source, each, {**names, **(more or {})}, depth)

        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
            operate: Callable[[Any, Any], Any] = self.operate.get(id(node), _OPERATIONS[type(node.op)])
            return operate(of(node.left), of(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -of(node.operand)
        if isinstance(node, ast.Tuple | ast.List):
            return [of(each) for each in node.elts]
        if isinstance(node, ast.Subscript):
            try:
                return of(node.value)[of(node.slice)]
            except CannotReckonError:
                # A setting of a dict that was made by a call.
                return self._made(source, node, depth)
        if isinstance(node, ast.GeneratorExp | ast.ListComp) and len(node.generators) == 1:
            loop = node.generators[0]
            if loop.ifs:
                raise CannotReckonError
            return [of(node.elt, bound(loop.target, item)) for item in of(loop.iter)]
        if isinstance(node, ast.Call) and not any(isinstance(each, ast.Starred) for each in node.args):
            return self._call(source, node, names, depth)
        if isinstance(node, ast.Name) and node.id in names:
            return names[node.id]
        if isinstance(node, ast.Name | ast.Attribute):
            return self._made(source, node, depth)
        raise CannotReckonError

    def _made(self, source: Source, node: ast.expr, depth: int) -> Any:
        span = source.span(node)
        for is_given, origins in ((False, trace(self.evidence, span)), (True, trace(self.evidence, span, parts=True))):
            for origin in origins:
                where, made = found_at(origin.span)
                # What a call hands on, or leaves to its default, is no place to change, and still the value.
                up = getattr(made, "parent", None)
                is_value = not is_given or isinstance(up, ast.Call | ast.keyword | ast.arguments)
                if where is not None and made is not None and not isinstance(made, ast.Name) and is_value:
                    return self.value(where, made, {}, depth + 1)
        raise CannotReckonError

    def _call(self, source: Source, node: ast.Call, names: Names, depth: int) -> Any:
        name = last_name(node.func)
        if isinstance(node.func, ast.Attribute) and name in _CASTS:
            return self.value(source, node.func.value, names, depth)
        given = [self.value(source, each, names, depth) for each in node.args]
        if isinstance(node.func, ast.Attribute) and name in _ROUNDING and not given:
            return _FUNCTIONS[name](self.value(source, node.func.value, names, depth))
        keywords = {str(each.arg): self.value(source, each.value, names, depth) for each in node.keywords}
        if name in ("div", "divide", "floor_divide") and len(given) == 2:
            is_whole = name == "floor_divide" or "rounding_mode" in keywords
            return given[0] // given[1] if is_whole else given[0] / given[1]
        functions = [each for each in source.functions if each.name == name]
        if not functions and name in _FUNCTIONS and not keywords:
            return _FUNCTIONS[name](*given)
        if len(functions) != 1:
            raise CannotReckonError
        return self.called(source, functions[0], given, keywords, depth)

    def called(
        self, source: Source, function: ast.FunctionDef, given: list[Any], keywords: Names | None = None, depth: int = 0
    ) -> Any:
        """What a function of the user's returns; None where it ends without that.

        Raises:
            CannotReckonError: It cannot be told.
        """
        parameters = [each.arg for each in function.args.args]
        if parameters[:1] == ["self"]:
            parameters = parameters[1:]
        defaults = function.args.defaults
        preset = dict(zip(parameters[len(parameters) - len(defaults) :], defaults, strict=True))
        inside: Names = {key: self.value(source, each, {}, depth + 1) for key, each in preset.items()}
        inside |= {**dict(zip(parameters, given, strict=False)), **(keywords or {})}
        return self._body(source, function.body, inside, depth + 1)

    def _body(self, source: Source, body: list[ast.stmt], names: Names, depth: int) -> Any:
        """What a function returns; None where it ends without that."""
        for line in body:
            if isinstance(line, ast.Return) and line.value is not None:
                return self.value(source, line.value, names, depth)
            if isinstance(line, ast.Assign) and len(line.targets) == 1:
                names |= bound(line.targets[0], self.value(source, line.value, names, depth))
            elif isinstance(line, ast.AugAssign) and isinstance(line.target, ast.Name):
                more = self.value(source, line.value, names, depth)
                names[line.target.id] = _OPERATIONS[type(line.op)](names[line.target.id], more)
            elif isinstance(line, ast.For) and not line.orelse:
                for item in self.value(source, line.iter, names, depth):
                    names |= bound(line.target, item)
                    found = self._body(source, line.body, names, depth)
                    if found is not None:
                        return found
            elif not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)):
                raise CannotReckonError
        return None


def reckoned_number(evidence: Evidence, source: Source, node: ast.expr) -> int | None:
    """The whole number that an expression comes to; None where it is none, or where the script does not tell."""
    found = Reckoner(evidence).known(source, node)
    return found if type(found) is int else None


def bound(target: ast.expr, value: Any) -> Names:
    """The names that an assignment gives.

    Raises:
        CannotReckonError: It gives something else than names.
    """
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple | ast.List):
        found: Names = {}
        for part, item in zip(target.elts, value, strict=True):
            found |= bound(part, item)
        return found
    raise CannotReckonError


def _are_numbers(*values: Any) -> bool:
    """Whether a product costs nothing: a list times a number may fill the memory."""
    return all(isinstance(value, int | float) for value in values)


def _refuse() -> Any:
    raise CannotReckonError
