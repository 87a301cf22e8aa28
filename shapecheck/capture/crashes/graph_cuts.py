"""Where the way back from a loss to the parameters is cut: read from the source, with what the names still hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import torch
from torch import nn

from shapecheck.capture.crashes.follower import Follower
from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.functions import scope_of, user_function
from shapecheck.capture.crashes.history import picked
from shapecheck.capture.crashes.operations import LiveCall
from shapecheck.capture.crashes.scopes import Path, Scope, binding_of, own_nodes
from shapecheck.capture.crashes.source import SourceFile, function_around
from shapecheck.evidence import Cut, CutKind
from shapecheck.reading.calls import all_given
from shapecheck.reading.sources import last_name, parents
from shapecheck.reading.vocabulary import WITH_PLACES

BUDGET = 400
_POSITIONS = ("argmax", "argmin", "argsort", "nonzero", "searchsorted", "bucketize", "multinomial")
_TRUTHS = ("gt", "lt", "ge", "le", "eq", "ne", "greater", "less", "isclose", "logical_not", "any", "all", "isnan")
_WHOLE = ("long", "int", "short", "byte", "bool", "one_hot")
_TAKEN_OUT = ("detach", "detach_")
_NUMBERS = ("item", "tolist", "numpy")
# Functions that make a new tensor, or a number, of what they are given.
_ANEW = ("tensor", "Tensor", "FloatTensor", "LongTensor", "float", "int", "bool")
_KINDS: dict[str, CutKind] = {
    **dict.fromkeys(_POSITIONS, "positions"),
    **dict.fromkeys(_TRUTHS, "truths"),
    **dict.fromkeys(_WHOLE, "whole numbers"),
    **dict.fromkeys(_TAKEN_OUT, "taken out"),
    **dict.fromkeys(_NUMBERS, "numbers"),
    "sample": "drawn",
}
_NO_VALUE = ("shape", "device", "dtype", "ndim", "size", "dim", "numel", "grad", "requires_grad")
_SWITCHES = ("no_grad", "inference_mode", "set_grad_enabled")
# What nobody does on purpose to a loss comes before what is often meant, as for the target of another network.
_OFTEN_MEANT = ("taken out", "switched off")
Way = tuple[Cut, ...]


def cuts_of(frames: list[LiveFrame], at: int, operation: LiveCall | None) -> Way:
    """What keeps the loss whose ``backward()`` was refused from the parameters, the nearest to the loss first.

    Of a loss that has a way to them it is what keeps a part of it from there: that may be meant.

    Args:
        frames: The frames of the crash, outermost first.
        at: Index of the innermost one that is the user's.
        operation: The operation that failed there.
    """
    node = frames[at].node if at >= 0 else None
    name = operation.operation.name.rpartition(".")[2] if operation is not None else ""
    if name not in ("backward", "grad") or not isinstance(node, ast.Call):
        return ()
    search = _Search(Follower(frames))
    given = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    scope = search.follower.scope(at)
    try:
        ways = [found for each in (*given, *node.args) if (found := search.behind(each, scope)) is not None]
    except Exception:
        # Odd source must not cost us the rest of the evidence.
        return ()
    found = _best(ways)
    if found:
        return found
    return search.around(at) or (search.frozen if found is None else ())


class _Search:
    """Looks for the ways from an expression back to what learns.

    Args:
        follower: Follows names and attributes back.
    """

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.left = BUDGET
        self.seen: set[tuple[int, Path]] = set()
        self.frozen: Way = ()
        self.cut_off = 0

    def behind(self, node: ast.expr, scope: Scope) -> Way | None:
        """The cuts behind the loss, also where it has another way to something that learns."""
        return self._name(node, scope, ()) if isinstance(node, ast.Name) else self.back(node, scope, ())

    def back(self, node: ast.AST | None, scope: Scope, path: Path) -> Way | None:
        """The cuts on the way to something that learns; None if no way leads to such a thing.

        Args:
            node: The expression.
            scope: Where it stands.
            path: Which item of its value is meant.
        """
        self.left -= 1
        if node is None or self.left < 0 or (id(node), path) in self.seen:
            return None
        self.seen.add((id(node), path))
        held = scope.names.get(node)
        if isinstance(held, torch.Tensor) and held.requires_grad:
            return ()
        if isinstance(node, ast.Name):
            return self._name(node, scope, path)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope, path)
        if isinstance(node, ast.Subscript):
            key = scope.names.get(node.slice)
            if type(key) is int and _is_pair(node.value) and key == 1:
                return self._cut("positions", node, _given(node.value, scope), scope)
            return self.back(node.value, scope, (key, *path) if type(key) in (int, str) else path)
        if isinstance(node, ast.Call):
            return self._call(node, scope, path)
        if isinstance(node, ast.Compare):
            return self._first_cut("truths", node, [node.left, *node.comparators], scope)
        if isinstance(node, ast.Tuple | ast.List | ast.Dict) and path:
            part = picked(node, path[:1])
            return self.back(part, scope, path[1:]) if part is not None else None
        return self._any([(each, scope, path if not isinstance(node, ast.BinOp) else ()) for each in _parts(node)])

    def around(self, at: int) -> Way:
        """The switch that one of the frames stands under."""
        for frame in self.follower.frames[: at + 1][::-1]:
            if frame.is_user and frame.node is not None:
                found = _switch(frame.node, frame.source)
                if found is not None:
                    return (found,)
        if torch.is_grad_enabled():
            return ()
        files = {id(frame.source): frame.source for frame in self.follower.frames if frame.is_user}
        for source in files.values():
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Expr) and _is_switch(node.value):
                    return (Cut("switched off", ast.unparse(node.value), source.span(node)),)
        return ()

    def _name(self, node: ast.Name, scope: Scope, path: Path) -> Way | None:
        bound = binding_of(node.id, scope, node)
        if bound is None or bound.how == "import" or (bound.node is None and bound.how != "parameter"):
            return None
        if bound.how == "parameter":
            return self._followed(node, scope, path)
        place = bound.scope.at(bound.statement)
        inner = () if bound.how == "items" else (*bound.path, *path)
        if inner[:1] == (1,) and _is_pair(bound.node):
            kept = _given(bound.node, place)
            is_here = bound.statement is not None and function_around(bound.statement) is function_around(node)
            return self._cut("positions", node, kept, place, keeps=is_here, at=scope)
        ways = [(bound.node, place, inner)]
        if isinstance(bound.statement, ast.AugAssign):
            ways.append((bound.statement.target, place, path))
        # It may be one of several that one line makes: ``policy, critic = [], []``.
        if _is_empty(picked(bound.node, () if bound.how == "items" else bound.path)):
            ways += [(each, scope.at(each), ()) for each in _filled_with(node.id, scope)]
        return self._under(bound.statement, place.source, self._any(ways))

    def _followed(self, node: ast.expr, scope: Scope, path: Path) -> Way | None:
        """An attribute, or what a function was given: by the first step of its history."""
        step = next(iter(self.follower.follow(node, scope, path)), None)
        if step is None:
            return None
        inner = () if step.is_whole and step.node is not node else path
        return self._under(step.statement, step.scope.source, self.back(step.node, step.scope, inner))

    def _attribute(self, node: ast.Attribute, scope: Scope, path: Path) -> Way | None:
        if node.attr in _NO_VALUE:
            return None
        if node.attr == "data":
            return self._cut("taken out", node, node.value, scope)
        if node.attr == "indices" and _is_pair(node.value):
            return self._cut("positions", node, _given(node.value, scope), scope)
        if isinstance(scope.names.get(node.value), ModuleType):
            return None
        found = self._followed(node, scope, path)
        return found if found is not None else self.back(node.value, scope, ())

    def _call(self, node: ast.Call, scope: Scope, path: Path) -> Way | None:
        name = last_name(node.func)
        target = scope.names.get(node.func)
        own = node.func.value if isinstance(node.func, ast.Attribute) else None
        if own is not None and (isinstance(scope.names.get(own), ModuleType) or isinstance(target, nn.Module)):
            own = None
        if isinstance(target, nn.Module):
            return self._module(node, target, scope, path)
        if user_function(target) is not None and not isinstance(target, type):
            found = self._returned(node, target, scope, path)
            if found is not None:
                return found
        elif own is None and name in _ANEW and node.args:
            return self._cut("numbers", node, node.args[0], scope)
        elif name in _KINDS:
            return self._first_cut(_KINDS[name], node, [own] if own is not None else node.args, scope)
        elif name in ("to", "type") and own is not None and any(_is_whole(scope.names.get(it)) for it in node.args):
            return self._cut("whole numbers", node, own, scope)
        elif name in WITH_PLACES and path[:1] == (1,):
            return self._cut("positions", node, _given(node, scope), scope)
        elif name in _NO_VALUE:
            return None
        given = all_given(node)
        return self._any([(each, scope, ()) for each in ([own] if own is not None else []) + given])

    def _module(self, node: ast.Call, module: nn.Module, scope: Scope, path: Path) -> Way | None:
        parameters = list(module.parameters())
        if user_function(module) is not None:
            found = self._returned(node, module, scope, path)
            if found is not None:
                return found
        if any(each.requires_grad for each in parameters):
            return ()
        if parameters and not self.frozen:
            self.frozen = (self._freezing(ast.unparse(node.func), scope),)
        given = all_given(node)
        return self._any([(each, scope, ()) for each in given])

    def _freezing(self, module: str, scope: Scope) -> Cut:
        """The module that nobody asks gradients of, and the one place where a script switches them off."""
        found = [
            node
            for node in ast.walk(scope.source.tree)
            if (isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "requires_grad")
            or (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "requires_grad_")
        ]
        return Cut("frozen", module, scope.source.span(found[0]) if len(found) == 1 else None)

    def _returned(self, node: ast.Call, target: Any, scope: Scope, path: Path) -> Way | None:
        function = user_function(target)
        owner = target if isinstance(target, nn.Module) else getattr(target, "__self__", None)
        inside = scope_of(function, (node, scope), owner) if function is not None else None
        if inside is None or inside.function is None:
            return None
        if isinstance(inside.function, ast.Lambda):
            return self.back(inside.function.body, inside, path)
        outs = [out for out in own_nodes(inside.function) if isinstance(out, ast.Return) and out.value is not None]
        ways = []
        for out in outs:
            place = inside.at(out)
            ways.append(self._under(out, place.source, self.back(out.value, place, path)))
        return _best([way for way in ways if way is not None])

    def _any(self, parts: Sequence[tuple[ast.AST | None, Scope, Path]]) -> Way | None:
        ways = [way for each in parts if (way := self.back(*each)) is not None]
        # Behind a cut a way that is free is enough: what else is cut off beside it may be meant.
        return () if self.cut_off and () in ways else _best(ways)

    def _first_cut(self, kind: CutKind, node: ast.expr, parts: Sequence[ast.expr], scope: Scope) -> Way | None:
        """A cut of whichever operand has something behind it that learns."""
        ways = [way for part in parts if (way := self._cut(kind, node, part, scope)) is not None]
        return _best(ways)

    def _cut(
        self,
        kind: CutKind,
        node: ast.expr,
        kept: ast.expr | None,
        scope: Scope,
        *,
        keeps: bool = True,
        at: Scope | None = None,
    ) -> Way | None:
        self.cut_off += 1
        beyond = self.back(kept, scope, ())
        self.cut_off -= 1
        if beyond is None:
            return None
        source = (at or scope).source
        piece = scope.source.span(kept) if kept is not None and keeps else None
        is_list = piece is not None and _is_list_of_tensors(scope.names.get(kept))
        return (Cut(kind, ast.unparse(node), source.span(node), piece, is_list), *beyond)

    def _under(self, statement: ast.AST | None, source: SourceFile, way: Way | None) -> Way | None:
        """The way, with the switch that a statement stands under."""
        switch = _switch(statement, source) if way is not None and statement is not None else None
        return way if switch is None or way is None else (switch, *(each for each in way if each != switch))


def _best(ways: Sequence[Way]) -> Way | None:
    """Of several ways to something that learns the one that was hardly cut on purpose."""
    return min(ways, key=lambda way: (not way, any(each.kind in _OFTEN_MEANT for each in way)), default=None)


def _switch(node: ast.AST, source: SourceFile) -> Cut | None:
    """The block, or the function, around a node in which no graph is kept."""
    for up in parents(node):
        if isinstance(up, ast.With | ast.AsyncWith):
            names = [_called(item.context_expr) for item in up.items]
            if "enable_grad" in names:
                return None
            for item in up.items:
                if _is_switch(item.context_expr):
                    return Cut("switched off", ast.unparse(item.context_expr), source.header(up))
        if isinstance(up, ast.FunctionDef | ast.AsyncFunctionDef):
            for each in up.decorator_list:
                if _is_switch(each):
                    return Cut("switched off", f"@{ast.unparse(each)}", source.span(each))
            return None
    return None


def _is_switch(node: ast.AST) -> bool:
    name = _called(node)
    if name not in _SWITCHES:
        return False
    given = all_given(node) if isinstance(node, ast.Call) else []
    values = [item.value if isinstance(item, ast.Constant) else None for item in given]
    return values == [False] if name == "set_grad_enabled" else values in ([], [True])


def _called(node: ast.AST) -> str:
    func = node.func if isinstance(node, ast.Call) else node
    return last_name(func)


def _is_pair(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Call) and _called(node) in WITH_PLACES


def _given(node: ast.AST | None, scope: Scope) -> ast.expr | None:
    """What a method or a function of torch was called on."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and not isinstance(scope.names.get(node.func.value), ModuleType):
        return node.func.value
    return node.args[0] if node.args else None


def _is_whole(value: object) -> bool:
    return isinstance(value, torch.dtype) and not value.is_floating_point and not value.is_complex


def _is_list_of_tensors(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) > 0 and all(isinstance(each, torch.Tensor) for each in value)


def _is_empty(node: ast.AST | None) -> bool:
    return (isinstance(node, ast.List) and not node.elts) or (
        isinstance(node, ast.Call) and _called(node) == "list" and not node.args
    )


def _filled_with(name: str, scope: Scope) -> Iterator[ast.expr]:
    """What is put into a list of this name."""
    root = scope.function if scope.function is not None else scope.source.tree
    for node in own_nodes(root):
        is_call = isinstance(node, ast.Call) and _called(node) in ("append", "extend")
        base = getattr(node.func, "value", None) if isinstance(node, ast.Call) and is_call else None
        if isinstance(node, ast.Call) and base is not None and ast.unparse(base) == name:
            yield from node.args


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    """The values that an expression is made of."""
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        yield node.elt
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif not isinstance(node, ast.Lambda | ast.JoinedStr):
        yield from (each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr))
