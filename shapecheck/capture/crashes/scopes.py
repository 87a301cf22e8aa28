"""Where a name gets its value: the assignment before a line, a loop, a parameter, an import; read, never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from shapecheck.capture.crashes.rounds import Round, comes_each_round, loops_around
from shapecheck.capture.crashes.source import FunctionNode, SourceFile, function_around, source_file
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.reading.cells import other_cells
from shapecheck.reading.sources import is_named, parameters, parents, statement_of, walk

# Which item of a value is meant: positions in tuples, keys of dicts.
Path = tuple[int | str, ...]
How = Literal["value", "items", "parameter", "import"]


@dataclass(frozen=True)
class Scope:
    """The place in the source from which a name is looked up.

    Args:
        source: The file.
        function: The function; None for the module's own level.
        names: Gives the values of names, as far as they are known.
        line: Only what stands before this line counts, in the function itself.
        frame: Index of its frame; -1 if the function is not running.
        call: How the function was called, where that is known: the call and the place where it stands.
        goes_round: Whether what a loop assigns further down may be what its next round finds.
        rounds: The loops that did not end of which it is known whether it was their first round.
    """

    source: SourceFile
    function: FunctionNode | None
    names: Evaluator
    line: int
    frame: int = -1
    call: tuple[ast.Call, Scope] | None = None
    goes_round: bool = True
    rounds: tuple[Round, ...] = ()

    def at(self, node: ast.AST) -> Scope:
        """The same scope, as it is before the statement of a node."""
        statement = statement_of(node)
        return replace(self, line=statement.lineno if statement is not None else self.line)

    @property
    def module_level(self) -> Scope:
        """The level of the module around it, where everything that is assigned counts."""
        return replace(self, function=None, line=len(self.source.lines) + 1, frame=-1, call=None)


@dataclass(frozen=True)
class Binding:
    """How a name got its value.

    Args:
        how: From a value, from the items of something that is looped over, as a parameter, or by an import.
        node: The value, or what is looped over; for a parameter its default, if it has one.
        path: Which item of it.
        statement: The statement that did it.
        scope: Where that stands.
    """

    how: How
    node: ast.AST | None
    path: Path
    statement: ast.AST
    scope: Scope


def binding_of(name: str, scope: Scope, use: ast.AST | None = None) -> Binding | None:
    """The last binding of a name before a line, in its function, else in the functions and the module around it."""
    inner = _comprehension_binding(name, scope, use)
    if inner is not None:
        return inner
    function = scope.function
    if function is None:
        return _last(_bindings(name, scope.source.tree, scope), scope, use) or _of_other_cell(name, scope)
    found = _last(_bindings(name, function, scope), scope, use)
    if found is not None:
        return found
    if name in parameters(function):
        return Binding("parameter", default_of(function, name), (), function, scope)
    outer = function_around(function)
    if outer is not None:
        end = getattr(outer, "end_lineno", None) or scope.line
        return binding_of(name, replace(scope, function=outer, line=end + 1, frame=-1, call=None))
    return binding_of(name, scope.module_level)


def _of_other_cell(name: str, scope: Scope) -> Binding | None:
    """The binding of a name that the cell of a notebook found there, by the last of the other cells that makes it."""
    for file in other_cells(scope.source.name):
        source = source_file(file)
        cell = replace(scope.module_level, source=source, line=len(source.lines) + 1)
        found = _last(_bindings(name, source.tree, cell), cell, None)
        if found is not None:
            return found
    return None


def attribute_bindings(base: str, name: str, root: ast.AST, scope: Scope) -> Iterator[Binding]:
    """Every assignment to an attribute: ``self.lstm = ...``, in the order of the source."""
    for node in walk(root):
        for target, value, path in _targets(node):
            if isinstance(target, ast.Attribute) and target.attr == name and ast.unparse(target.value) == base:
                yield Binding("value", value, path, node, scope)
        held = registered(node, base, name)
        if held is not None:
            yield Binding("value", held, (), statement_of(node) or node, scope)


def registered(node: ast.AST, base: str, name: str) -> ast.expr | None:
    """What ``self.register_buffer("table", value)`` or ``setattr(self, "table", value)`` makes an attribute of."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr in REGISTERS:
        owner, given = ast.unparse(node.func.value), node.args
    elif is_named(node.func, "setattr") and node.args:
        owner, given = ast.unparse(node.args[0]), node.args[1:]
    else:
        return None
    keywords = {each.arg: each.value for each in node.keywords}
    key = given[0] if given else keywords.get("name")
    if owner != base or not isinstance(key, ast.Constant) or key.value != name:
        return None
    return given[1] if len(given) > 1 else next((keywords[each] for each in _REGISTERED if each in keywords), None)


REGISTERS = ("register_buffer", "register_parameter", "register_module", "add_module")
_REGISTERED = ("tensor", "param", "module")


def item_binding(base: str, key: int | str, scope: Scope) -> Binding | None:
    """The last assignment to an item before a line: ``layers["head"] = ...``."""
    root = scope.function if scope.function is not None else scope.source.tree
    found = [
        Binding("value", node.value, (), node, scope)
        for node in own_nodes(root)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Subscript)
        and isinstance(target.slice, ast.Constant)
        and target.slice.value == key
        and ast.unparse(target.value) == base
    ]
    before = [it for it in found if getattr(it.statement, "lineno", 0) < scope.line]
    return before[-1] if before else None


def default_of(function: FunctionNode, name: str) -> ast.expr | None:
    """The default of a parameter."""
    arguments = function.args
    positional = [item.arg for item in (*arguments.posonlyargs, *arguments.args)]
    if name in positional:
        at = positional.index(name) - (len(positional) - len(arguments.defaults))
        return arguments.defaults[at] if at >= 0 else None
    keywords = [item.arg for item in arguments.kwonlyargs]
    return arguments.kw_defaults[keywords.index(name)] if name in keywords else None


@lru_cache(maxsize=512)
def own_nodes(root: ast.AST) -> tuple[ast.AST, ...]:
    """The nodes of a function or module, without those of the functions and classes inside it."""
    return tuple(_own_nodes(root))


def _own_nodes(root: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(root):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from _own_nodes(node)


def _bindings(name: str, root: ast.AST, scope: Scope) -> list[Binding]:
    return [Binding(how, value, path, node, scope) for how, value, path, node in _bound_in(root).get(name, ())]


@lru_cache(maxsize=512)
def _bound_in(root: ast.AST) -> dict[str, list[tuple[How, ast.AST | None, Path, ast.AST]]]:
    """What a function or module binds itself, by the name that it is bound to, in the order of the source."""
    found: dict[str, list[tuple[How, ast.AST | None, Path, ast.AST]]] = {}
    for node in own_nodes(root):
        how: How = "items" if isinstance(node, ast.For | ast.AsyncFor) else "value"
        for target, value, path in _targets(node):
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append((how, value, path, node))
        for name in {a.asname or a.name for a in node.names} if isinstance(node, ast.Import | ast.ImportFrom) else ():
            found.setdefault(name, []).append(("import", None, (), node))
    return found


def _targets(node: ast.AST) -> Iterator[tuple[ast.expr, ast.AST, Path]]:
    """What a statement binds, with what, and which item of that."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _items(target, node.value, ())
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value, ()
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield from _items(node.target, node.iter, ())
    elif isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            if item.optional_vars is not None:
                yield from _items(item.optional_vars, item.context_expr, ())


def _items(target: ast.expr, value: ast.AST, path: Path) -> Iterator[tuple[ast.expr, ast.AST, Path]]:
    if not isinstance(target, ast.Tuple | ast.List):
        yield target, value, path
        return
    for at, item in enumerate(target.elts):
        if isinstance(item, ast.Starred):
            yield item.value, value, path
        else:
            yield from _items(item, value, (*path, at))


def _last(found: list[Binding], scope: Scope, use: ast.AST | None) -> Binding | None:
    """The last one before the line that is not in another branch; else one that a loop brings round."""
    lines = {id(it): getattr(it.statement, "lineno", 0) for it in found}
    before = [it for it in found if lines[id(it)] < scope.line and not _is_other_branch(it.statement, use)]
    carried = _carried(found, before, scope, use)
    if carried is not None:
        return replace(carried, scope=replace(carried.scope, goes_round=False))
    if before:
        # Of the branches that a condition chooses, the one that was run.
        return next((it for it in reversed(before) if not _is_passed_over(it.statement, scope)), before[-1])
    if not scope.goes_round:
        return None
    again = next((it for it in reversed(found) if _in_same_loop(it.statement, use, scope.rounds)), None)
    return None if again is None else replace(again, scope=replace(again.scope, goes_round=False))


def _carried(found: list[Binding], before: list[Binding], scope: Scope, use: ast.AST | None) -> Binding | None:
    """What the round before of a loop left under a name that this round has not given another value to."""
    if use is None or not scope.goes_round:
        return None
    for loop in loops_around(use):
        if any(it.statement is loop or loop in parents(it.statement) for it in before):
            return None
        behind = [
            it
            for it in found
            if getattr(it.statement, "lineno", 0) >= scope.line
            and comes_each_round(it.statement, loop, lambda test: chosen_by(test, scope))
        ]
        if behind and any(each.loop is loop and not each.is_first for each in scope.rounds):
            return behind[-1]
    return None


def _is_other_branch(statement: ast.AST, use: ast.AST | None) -> bool:
    if use is None:
        return False
    around = {id(up) for up in parents(use)} | {id(use)}
    below: ast.AST = statement
    for up in parents(statement):
        if isinstance(up, ast.If) and id(up) in around:
            is_body = any(below is item for item in up.body)
            others = up.orelse if is_body else up.body
            if any(id(item) in around for item in others):
                return True
        below = up
    return False


def _is_passed_over(statement: ast.AST, scope: Scope) -> bool:
    """Whether a statement stands in a branch that a condition, whose names have their values still, did not choose."""
    if scope.frame < 0 or scope.function is None:
        return False
    below: ast.AST = statement
    for up in parents(statement):
        if up is scope.function:
            return False
        if isinstance(up, ast.If) and below is not up.test:
            chosen = chosen_by(up.test, scope)
            if chosen is not None and chosen is not any(below is item for item in up.body):
                return True
        below = up
    return False


def chosen_by(test: ast.expr, scope: Scope) -> bool | None:
    """What a condition was, if its names have still the values that they had; None if that is not known."""
    if scope.frame < 0 or scope.function is None:
        return None
    stored = {
        ast.unparse(node)
        for node in own_nodes(scope.function)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    reads = {ast.unparse(node) for node in ast.walk(test) if isinstance(node, ast.Name | ast.Attribute)}
    chosen = scope.names.get(test) if not reads & stored else None
    return chosen if isinstance(chosen, bool) else None


def _in_same_loop(statement: ast.AST, use: ast.AST | None, rounds: tuple[Round, ...]) -> bool:
    if use is None:
        return True
    first = {id(each.loop) for each in rounds if each.is_first}
    loops = {id(up) for up in parents(use) if isinstance(up, ast.For | ast.While)} - first
    return any(id(up) in loops for up in parents(statement))


def _comprehension_binding(name: str, scope: Scope, use: ast.AST | None) -> Binding | None:
    for up in parents(use) if use is not None else ():
        if isinstance(up, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            for generator in up.generators:
                for target, value, path in _items(generator.target, generator.iter, ()):
                    if is_named(target, name):
                        return Binding("items", value, path, statement_of(up) or up, scope)
        if isinstance(up, ast.stmt):
            break
    return None
