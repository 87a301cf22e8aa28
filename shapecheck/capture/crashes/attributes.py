"""Where an attribute gets its value: in the methods of its class, in the class itself, or from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch

from shapecheck.capture.crashes.births import lines_of_birth
from shapecheck.capture.crashes.frames import is_user_file
from shapecheck.capture.crashes.functions import argument_nodes, calls_named, class_nodes, methods, scope_in
from shapecheck.capture.crashes.history import Step, picked
from shapecheck.capture.crashes.scopes import Binding, Path, Scope, attribute_bindings, binding_of, item_binding
from shapecheck.capture.crashes.source import SourceFile, function_around, source_file
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.capture.kept import kept_by
from shapecheck.reading.applied import given_as
from shapecheck.reading.sources import class_around, is_named, statement_of, walk

if TYPE_CHECKING:
    from shapecheck.capture.crashes.follower import Follower


def attribute_steps(follower: Follower, node: ast.Attribute, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
    """The steps before an attribute, nearest first."""
    base = scope.names.get(node.value)
    if isinstance(base, ModuleType):
        yield from _of_module(follower, node, base, path, depth)
        return
    if isinstance(base, torch.Tensor):
        yield from follower.back(node.value, scope, (), depth)
        return
    text, expression = ast.unparse(node.value), ast.unparse(node)
    function = scope.function
    here = [] if function is None else list(attribute_bindings(text, node.attr, function, scope))
    before = [it for it in here if it.statement.lineno < scope.line]  # type: ignore[attr-defined]
    for bound in before[-1:]:
        yield from follower.bound(expression, bound, path, depth)
    if before:
        return
    kind = type(base) if base is not None else follower.kind_of(node.value, scope, depth)
    yield from _of_class(follower, node, scope, kind, base, path, depth)


def object_behind(node: ast.AST, scope: Scope) -> ast.expr | None:
    """The object that a dict holds the attributes of: ``vars(args)``, ``asdict(config)``, ``config.__dict__``."""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return node.value
    if not isinstance(node, ast.Call):
        return None
    if scope.names.get(node.func) in (vars, asdict) and len(node.args) == 1:
        return node.args[0]
    is_method = isinstance(node.func, ast.Attribute) and node.func.attr in ("_asdict", "to_dict", "model_dump")
    return node.func.value if is_method and isinstance(node.func, ast.Attribute) else None


def entry_steps(
    follower: Follower, node: ast.AST, held: ast.expr, scope: Scope, path: Path, depth: int
) -> Iterator[Step]:
    """The steps before an entry of such a dict: those before the attribute of its name, told of the dict."""
    entry = ast.copy_location(ast.Attribute(held, str(path[0]), ast.Load()), node)
    for step in attribute_steps(follower, entry, scope, path[1:], depth):
        is_own = step.expression == ast.unparse(entry)
        yield replace(step, expression=ast.unparse(node)) if is_own else step


def _of_class(
    follower: Follower, node: ast.Attribute, scope: Scope, kind: type | None, owner: Any, path: Path, depth: int
) -> Iterator[Step]:
    """Where the methods of a class, or its body, or the code round it, set an attribute."""
    expression = ast.unparse(node)
    definitions = (list(class_nodes(kind)) or list(_in_a_cell(follower, kind))) if kind is not None else []
    if not definitions and scope.function is not None and _is_own(node, scope.function):
        around = class_around(scope.function)
        definitions = [(scope.source, around, scope.names.names)] if around is not None else []
    found = False
    for source, definition, names in definitions:
        sets = []
        for method in methods(definition):
            first = method.args.args[0].arg if method.args.args else "self"
            place = scope_in(source, method, names, None, owner)
            sets += [(it, method) for it in attribute_bindings(first, node.attr, method, place)]
            entry = item_binding(f"{first}.{node.attr}", path[0], place) if path else None
            if entry is not None:
                yield from follower.bound(expression, entry, path[1:], depth)
                return
        sets = _that_ran(sets, kept_by(owner).get("_modules", {}).get(node.attr))
        for bound, method in sorted(sets, key=lambda pair: _rank(*pair))[:3]:
            call = follower.constructed(node.value, scope, kind) if method.name == "__init__" else None  # type: ignore[union-attr]
            found = True
            yield from follower.bound(expression, replace(bound, scope=replace(bound.scope, call=call)), path, depth)
        for item in definition.body:
            target = item.targets[0] if isinstance(item, ast.Assign) else getattr(item, "target", None)
            if is_named(target, node.attr):
                place = Scope(source, None, Evaluator(dict(names)), 1 << 30)
                call = follower.constructed(node.value, scope, kind)
                steps = list(_field(follower, node, item, place, call, path, depth))
                found = found or bool(steps)
                yield from steps
    if not found:
        yield from _from_outside(follower, node, scope, owner, path, depth)


def _that_ran(sets: list[tuple[Binding, Any]], layer: object) -> list[tuple[Binding, Any]]:
    """Of several assignments in branches the one that a layer was made by; all of them where nobody noted it."""
    lines = lines_of_birth(layer) if len(sets) > 1 and isinstance(layer, torch.nn.Module) else set()
    ran = [
        (bound, method)
        for bound, method in sets
        for file, name, line in lines
        if file == bound.scope.source.name and name == method.name
        if bound.statement.lineno <= line <= bound.statement.end_lineno  # type: ignore[attr-defined]
    ]
    return ran or sets


def _is_own(node: ast.Attribute, function: ast.AST) -> bool:
    """Whether an attribute is one of the object that a method is called on."""
    given = function.args.args if isinstance(function, ast.FunctionDef) else []
    return bool(given) and isinstance(node.value, ast.Name) and node.value.id == given[0].arg


def _is_own_of(node: ast.Attribute, target: ast.Attribute) -> bool:
    """Whether two attributes are both of the object that a method is called on, or neither is."""
    owns = [(method := function_around(each)) is not None and _is_own(each, method) for each in (node, target)]
    return owns[0] == owns[1]


def _in_a_cell(follower: Follower, kind: type) -> Iterator[tuple[SourceFile, ast.ClassDef, Mapping[str, Any]]]:
    """The definition of a class without a method of its own, whose module has no file, as in a notebook."""
    for frame in follower.frames:
        names = frame.frame.f_globals
        if frame.is_user and names.get(kind.__name__) is kind:
            for node in walk(frame.source.tree):
                if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                    yield frame.source, node, names
                    return


def _field(
    follower: Follower,
    node: ast.Attribute,
    item: Any,
    place: Scope,
    call: tuple[ast.Call, Scope] | None,
    path: Path,
    depth: int,
) -> Iterator[Step]:
    """A field of a dataclass or a named tuple, given where the object was made, else its default."""
    given = argument_nodes(call[0], call[1].names.get(call[0].func)).get(node.attr) if call else None
    if call is not None and given is not None:
        yield Step(ast.unparse(node), given, statement_of(call[0]) or call[0], call[1])
        yield from follower.back(given, call[1], path, depth)
        return
    if item.value is None:
        return
    yield Step(ast.unparse(node), item.value, item, place)
    yield from follower.back(item.value, place, path, depth)


def _from_outside(
    follower: Follower, node: ast.Attribute, scope: Scope, owner: Any, path: Path, depth: int
) -> Iterator[Step]:
    """An attribute that other code set: ``model.fc = ...``, a keyword of a namespace, an option of a parser."""
    for at in range(len(follower.frames) - 1, -1, -1):
        if not follower.frames[at].is_user:
            continue
        place = follower.scope(at)
        for each in walk(place.source.tree):
            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Attribute):
                target = each.targets[0]
                # What a class sets of itself says nothing of a setting that has the same name.
                same = place.names.get(target.value, owner) is owner if owner is not None else _is_own_of(node, target)
                if target.attr == node.attr and same:
                    yield from follower.bound(
                        ast.unparse(node), Binding("value", each.value, (), each, place), path, depth
                    )
                    return
        for call in calls_named("add_argument", place.source):
            names = [it.value for it in call.args if isinstance(it, ast.Constant) and isinstance(it.value, str)]
            default = given_as(call, "default")
            if default is not None and node.attr in [name.lstrip("-").replace("-", "_") for name in names]:
                yield Step(ast.unparse(node), default, statement_of(call) or call, place)
                return
    for step in follower.back(node.value, scope, (), depth):
        if isinstance(step.node, ast.Call):
            given = given_as(step.node, node.attr)
            if given is not None:
                yield Step(ast.unparse(node), given, step.statement, step.scope)
                yield from follower.back(given, step.scope, path, depth)
                return


def _of_module(follower: Follower, node: ast.Attribute, module: ModuleType, path: Path, depth: int) -> Iterator[Step]:
    """``config.HIDDEN``: a name of another file of the user's."""
    file = getattr(module, "__file__", None)
    if file and is_user_file(file):
        scope = Scope(source_file(file), None, Evaluator(vars(module)), 1 << 30)
        found = binding_of(node.attr, scope)
        if found is not None and found.how == "value":
            yield from follower.bound(ast.unparse(node), found, path, depth)


def _rank(bound: Binding, method: Any) -> tuple[int, int]:
    """Modules are made in ``__init__``; a state is set there to nothing, and elsewhere to what it is."""
    node = picked(bound.node, bound.path) or bound.node
    is_nothing = isinstance(node, ast.Constant) and node.value is None
    is_init = method.name == "__init__"
    makes = isinstance(node, ast.Call) and is_init
    return (0 if makes else 1 if not is_nothing else 2), bound.statement.lineno  # type: ignore[attr-defined]
