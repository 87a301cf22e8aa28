"""Follows an expression back through assignments, calls, parameters and attributes, to where its value was made."""

from __future__ import annotations

import ast
import inspect
import sys
from collections import ChainMap
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

from torch import nn

from shapecheck.capture.crashes import loops
from shapecheck.capture.crashes.attributes import attribute_steps, entry_steps, object_behind
from shapecheck.capture.crashes.frames import LiveFrame, is_user_file
from shapecheck.capture.crashes.functions import (
    argument_for,
    calls_named,
    gathers,
    is_first,
    is_module_class,
    item_gathered,
    scope_in,
    scope_of,
    spread_for,
    user_function,
)
from shapecheck.capture.crashes.history import Step, picked, picked_so_far
from shapecheck.capture.crashes.rounds import rounds_of
from shapecheck.capture.crashes.scopes import Binding, Path, Scope, binding_of, chosen_by, item_binding, own_nodes
from shapecheck.capture.crashes.source import function_around, source_file
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.reading.applied import given_as
from shapecheck.reading.sources import class_around, last_name, statement_of

MAX_DEPTH = 14
MAX_STEPS = 12
BUDGET = 300
# Functions of torch and Python that stand between a call and the function of the user's that it calls.
_PASSED = ("_wrapped_call_impl", "_call_impl", "decorate_context", "decorate_autocast", "inner", "wrapper")


class Follower:
    """Follows values through the user's source.

    Args:
        frames: The frames of the crash, outermost first.
    """

    def __init__(self, frames: list[LiveFrame]) -> None:
        self.frames = frames
        self.left = 0

    def scope(self, at: int) -> Scope:
        """The scope of a frame, as it was when it crashed."""
        frame, statement = self.frames[at], self.frames[at].statement
        inside = frame.node or statement
        function = function_around(inside) if inside is not None else None
        line = statement.lineno if statement is not None else frame.line
        names, outer = frame.evaluator, self._outside(at)
        if outer != at:
            # A comprehension's frame has only the names that it uses.
            names = Evaluator(ChainMap(dict(frame.frame.f_locals), dict(self.frames[outer].evaluator.names)))
        rounds = rounds_of(statement, self.frames[outer].frame.f_locals, names) if statement is not None else ()
        return Scope(frame.source, function, names, line, at, self._call_of(outer), rounds=rounds)

    def follow(self, node: ast.AST, scope: Scope, path: Path = ()) -> list[Step]:
        """The history of an expression, nearest first."""
        self.left = BUDGET
        found: list[Step] = []
        seen: set[tuple[str, int, int]] = set()
        for step in self.back(node, scope, path, 0):
            key = (step.scope.source.name, id(step.node), id(step.statement))
            if key not in seen:
                seen.add(key)
                found.append(step)
            if len(found) >= MAX_STEPS:
                break
        return found

    def follow_safely(self, node: ast.AST, scope: Scope) -> list[Step]:
        """The same; nothing where odd source cannot be followed, which must not cost us the rest of the evidence."""
        try:
            return self.follow(node, scope)
        except Exception:
            return []

    def back(self, node: ast.AST | None, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
        """The steps before an expression; ``path`` says which item of its value is meant."""
        self.left -= 1
        if node is None or depth > MAX_DEPTH or self.left < 0:
            return
        go = depth + 1
        held = object_behind(node, scope) if path and isinstance(path[0], str) else None
        if held is not None:
            yield from entry_steps(self, node, held, scope, path, go)
        elif isinstance(node, ast.Name):
            yield from self._name(node, scope, path, go)
        elif isinstance(node, ast.Attribute):
            yield from attribute_steps(self, node, scope, path, go)
        elif isinstance(node, ast.Subscript):
            index = scope.names.get(node.slice)
            inner = (index, *path) if type(index) in (int, str) else path
            yield from self.back(node.value, scope, inner, go)
        elif isinstance(node, ast.Tuple | ast.List | ast.Dict | ast.ListComp | ast.GeneratorExp):
            yield from self._literal(node, scope, path, go)
        elif isinstance(node, ast.Call):
            yield from self._call(node, scope, path, go)
        elif isinstance(node, ast.BinOp):
            yield from self.back(node.left, scope, path, go)
            yield from self.back(node.right, scope, path, go)
        elif isinstance(node, ast.IfExp):
            chosen = chosen_by(node.test, scope)
            for value in (node.body, node.orelse)[chosen is False : 1 if chosen else 2]:
                yield from self.back(value, scope, path, go)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                yield from self.back(value, scope, path, go)
        elif isinstance(node, ast.UnaryOp):
            yield from self.back(node.operand, scope, path, go)
        elif isinstance(node, ast.Starred | ast.NamedExpr | ast.Await | ast.YieldFrom):
            yield from self.back(node.value, scope, path, go)

    def returned(
        self, target: Any, call: tuple[ast.Call, Scope] | None, path: Path, depth: int, expression: str
    ) -> Iterator[Step]:
        """What a function of the user's gives back, or yields."""
        function = user_function(target)
        owner = target if isinstance(target, nn.Module) else getattr(target, "__self__", None)
        scope = scope_of(function, call, owner) if function is not None else None
        if scope is None or scope.function is None:
            return
        if isinstance(scope.function, ast.Lambda):
            yield from self.back(scope.function.body, scope, path, depth)
            return
        outs = [node for node in own_nodes(scope.function) if isinstance(node, ast.Return | ast.Yield) and node.value]
        # The last return is the usual way out; the others are short cuts.
        for node in sorted(outs, key=lambda out: -out.lineno)[:3]:
            value = picked(node.value, path)
            step = Step(expression, value or node.value, statement_of(node) or node, scope.at(node))  # type: ignore[arg-type]
            yield replace(step, is_whole=not path or value is not None)
            yield from self.back(node.value, scope.at(node), path, depth)

    def kind_of(self, node: ast.AST, scope: Scope, depth: int) -> type | None:
        """The class of what an expression stands for, by the nearest call that constructs it."""
        steps = self.back(node, scope, (), max(depth, MAX_DEPTH - 5))
        return next((kind for step in steps if (kind := scope_type(step.node, step.scope)) is not None), None)

    def constructed(self, node: ast.AST, scope: Scope, kind: type | None) -> tuple[ast.Call, Scope] | None:
        """The call that constructed the object that an expression stands for."""
        for step in self.back(node, scope, (), MAX_DEPTH - 6):
            if isinstance(step.node, ast.Call) and _constructs(step.node, step.scope, kind):
                return step.node, step.scope
        return self.constructor_of(kind) if kind else None

    def constructor_of(self, kind: type) -> tuple[ast.Call, Scope] | None:
        """A call of a class, wherever one stands in the files of the crash's frames."""
        sources = list(dict.fromkeys(frame.source for frame in self.frames if frame.is_user))
        for source in sources:
            for call in calls_named(kind.__name__, source):
                at = next((at for at, frame in enumerate(self.frames) if _holds(frame, call)), -1)
                if at >= 0:
                    return call, self.scope(at).at(call)
                names = next(frame.frame.f_globals for frame in self.frames if frame.source is source)
                function = function_around(call)
                if function is None:
                    return call, Scope(source, None, Evaluator(dict(names)), call.lineno)
                return call, scope_in(source, function, names, None).at(call)
        return None

    def _name(self, node: ast.Name, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
        entry = item_binding(node.id, path[0], scope) if path else None
        if entry is not None:
            yield from self.bound(node.id, entry, path[1:], depth)
            return
        bound = binding_of(node.id, scope, node)
        if bound is None and path and gathers(scope.function, node.id):
            yield from self._gathered(node.id, scope, path, depth)
        if bound is None:
            return
        if bound.how == "parameter":
            yield from self._parameter(node.id, bound, path, depth)
        elif bound.how == "import":
            yield from self._import(node.id, bound, path, depth)
        else:
            yield from self.bound(node.id, bound, path, depth)

    def bound(self, expression: str, bound: Binding, path: Path, depth: int) -> Iterator[Step]:
        """The steps of one assignment or loop, itself first."""
        if bound.node is None:
            return
        scope, inner = bound.scope.at(bound.statement), (*bound.path, *path)
        if bound.how == "items":
            yield Step(expression, bound.node, bound.statement, scope, is_whole=False)
            yield from loops.items(self, bound.node, scope, inner, depth)
            return
        value, rest = picked_so_far(bound.node, inner)
        yield Step(expression, value, bound.statement, scope, not rest)
        if isinstance(bound.statement, ast.AugAssign):
            yield from self.back(bound.statement.target, scope, path, depth)
        yield from self.back(value, scope, rest, depth)

    def _parameter(self, name: str, bound: Binding, path: Path, depth: int) -> Iterator[Step]:
        function, scope = scope_function(bound)
        call = scope.call or self._caller_by_name(function, scope)
        if call is not None:
            given = argument_for(name, function, call[0])
            if given is not None:
                is_written = isinstance(given, ast.Constant)
                yield Step(name, given, statement_of(call[0]) or call[0], call[1], is_written)
                yield from self.back(given, call[1], path, depth)
                return
            spread = spread_for(name, function, call[0])
            if spread is not None:
                held, key = spread
                yield Step(name, held, statement_of(call[0]) or call[0], call[1], is_whole=False)
                yield from self.back(held, call[1], (key, *path), depth)
                return
            if is_first(name, function) and isinstance(call[0].func, ast.Attribute | ast.Name):
                base: ast.expr = call[0].func
                if isinstance(base, ast.Attribute) and base.attr == function.name:
                    # Where ``self.encoder(x)`` is called instead, it is the encoder whose forward runs.
                    base = base.value
                yield from self.back(base, call[1], path, depth)
                return
        if bound.node is not None:
            yield Step(name, bound.node, bound.statement, scope)
            yield from self.back(bound.node, scope.module_level, path, depth)

    def _gathered(self, name: str, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
        """An entry of ``**settings`` or ``*args`` as the function was called with it."""
        call = scope.call or self._caller_by_name(scope.function, scope)
        if call is None or scope.function is None:
            return
        if isinstance(path[0], int):
            given, spread, at = item_gathered(scope.function, call[0], path[0])
            path = (at, *path[1:])
        else:
            given = given_as(call[0], path[0])
            spread = next((item.value for item in call[0].keywords if item.arg is None), None)
        if given is not None:
            is_whole = isinstance(given, ast.Constant) and len(path) == 1
            yield Step(name, given, statement_of(call[0]) or call[0], call[1], is_whole)
            yield from self.back(given, call[1], path[1:], depth)
        elif spread is not None:
            yield Step(name, spread, statement_of(call[0]) or call[0], call[1], is_whole=False)
            yield from self.back(spread, call[1], path, depth)

    def _import(self, name: str, bound: Binding, path: Path, depth: int) -> Iterator[Step]:
        statement = bound.statement
        if not isinstance(statement, ast.ImportFrom):
            return
        original = next((it.name for it in statement.names if (it.asname or it.name) == name), name)
        package = str(bound.scope.names.names.get("__package__") or "")
        full = f"{package}.{statement.module or ''}".strip(".") if statement.level else str(statement.module)
        module = sys.modules.get(full)
        file = getattr(module, "__file__", None)
        if module is None or not file or not is_user_file(file):
            return
        scope = Scope(source_file(file), None, Evaluator(vars(module)), 1 << 30)
        found = binding_of(original, scope)
        if found is not None and found.how != "import":
            yield from self.bound(name, found, path, depth)

    def _literal(self, node: ast.AST, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
        value = picked(node, path)
        if value is not None and path:
            yield Step(ast.unparse(value), value, statement_of(value) or value, scope)
            yield from self.back(value, scope, (), depth)
        elif isinstance(node, ast.ListComp | ast.GeneratorExp):
            yield from self.back(node.elt, scope, path[1:], depth)
        elif isinstance(node, ast.Tuple | ast.List):
            for item in node.elts[:4]:
                yield from self.back(item, scope, (), depth)

    def _call(self, node: ast.Call, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
        made = scope_type(node.func, scope)
        # What is called where it is made is gone, and its class is not: ``Model()(x)``.
        target = made.forward if is_module_class(made) else scope.names.get(node.func)
        if user_function(target) is not None and not isinstance(target, type):
            yield from self.returned(target, (node, scope), path, depth, ast.unparse(node))
            return
        if (held := loops.taken_from(node)) is not None:
            yield from loops.items(self, held, scope, path, depth)
            return
        inside = loops.contents(node, target, path)
        if inside is not None:
            value, rest = inside
            if rest == path:
                yield from self.back(value, scope, rest, depth)
            else:
                yield Step(ast.unparse(node.func), value, statement_of(node) or node, scope)
                yield from self.back(value, scope, rest, depth)
            return
        if is_module_class(target):
            return
        is_method = isinstance(node.func, ast.Attribute) and not isinstance(
            scope.names.get(node.func.value), ModuleType | nn.Module | type
        )
        if is_method and not isinstance(target, nn.Module):
            assert isinstance(node.func, ast.Attribute)
            yield from self._method(node, node.func, scope, path, depth)
            return
        for argument in node.args[:2]:
            yield from self.back(argument, scope, (), depth)

    def _method(self, node: ast.Call, func: ast.Attribute, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
        """A method: of an object of the user's what it returns, of anything else what it was called on."""
        kind = self.kind_of(func.value, scope, depth)
        call = inspect.getattr_static(kind, func.attr, None) if kind is not None else None
        if user_function(call) is not None:
            yield from self.returned(call, (node, scope), path, depth, ast.unparse(node))
            return
        yield from self.back(func.value, scope, path if func.attr in ("clone", "copy") else (), depth)

    def _outside(self, at: int) -> int:
        """The frame of the function that a comprehension belongs to."""
        while at > 0 and self.frames[at].is_comprehension:
            at -= 1
        return at

    def _call_of(self, at: int) -> tuple[ast.Call, Scope] | None:
        """The call that made a frame, if the user's own code made it."""
        before = at - 1
        while before >= 0 and not self.frames[before].is_user:
            if self.frames[before].function not in _PASSED and not _hands_its_own(self.frames[before]):
                return None
            before -= 1
        if before < 0 or not isinstance(self.frames[before].node, ast.Call):
            return None
        call = self.frames[before].node
        assert isinstance(call, ast.Call)
        return call, self.scope(before).at(call)

    def _caller_by_name(self, function: Any, scope: Scope) -> tuple[ast.Call, Scope] | None:
        """The one call of a function that the files of the crash have, where nothing better is known."""
        around = class_around(function)
        name = getattr(function, "name", "")
        if around is not None and name == "__init__":
            kind = scope.names.names.get(around.name)
            return self.constructor_of(kind) if isinstance(kind, type) else None
        calls = list(calls_named(name, scope.source)) if name else []
        if not calls:
            return None
        call = calls[0]
        at = next((at for at, frame in enumerate(self.frames) if _holds(frame, call)), -1)
        if at >= 0:
            return call, self.scope(at).at(call)
        inside = function_around(call)
        names = scope.names.names
        if inside is None:
            return call, Scope(scope.source, None, Evaluator(names), call.lineno)
        return (call, scope_in(scope.source, inside, names, None).at(call)) if inside is not function else None


def scope_function(bound: Binding) -> tuple[Any, Scope]:
    """The function whose parameter a binding is."""
    return bound.statement, bound.scope


def scope_type(node: ast.AST, scope: Scope) -> type | None:
    """The class that an expression constructs, if it is the call of one."""
    target = scope.names.get(node.func) if isinstance(node, ast.Call) else None
    return target if isinstance(target, type) else None


def _constructs(call: ast.Call, scope: Scope, kind: type | None) -> bool:
    target = scope.names.get(call.func)
    if kind is not None and isinstance(target, type):
        return target is kind
    name = last_name(call.func)
    return name == kind.__name__ if kind is not None else name[:1].isupper()


def _holds(frame: LiveFrame, node: ast.AST) -> bool:
    """Whether a node stands in the function that a frame runs."""
    inside = frame.node if frame.node is not None else frame.statement
    if not frame.is_user or inside is None:
        return False
    return (
        function_around(inside) is function_around(node) and frame.source.tree is not None and _same_file(frame, node)
    )


def _same_file(frame: LiveFrame, node: ast.AST) -> bool:
    top = node
    while getattr(top, "parent", None) is not None:
        top = top.parent  # type: ignore[attr-defined]
    return top is frame.source.tree


def _hands_its_own(frame: LiveFrame) -> bool:
    """Whether it is a Sequential that gives its first module what it was called with."""
    held = frame.frame.f_locals
    model, module = held.get("self"), held.get("module")
    is_sequential = isinstance(model, nn.Sequential) and frame.frame.f_code is nn.Sequential.forward.__code__
    return is_sequential and next(iter(model), None) is module  # type: ignore[arg-type]
