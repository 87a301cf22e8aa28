"""Follows an expression back through the source alone: assignments, the calls that gave a parameter, attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.evidence import Evidence, Origin, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.definitions import called_as, values_returned
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import (
    Source,
    found_at,
    is_named,
    last_name,
    parameters,
    parents,
    statement_of,
    user_sources,
    walk,
)

# How far back an expression is followed: what made it lies nearer, or the way goes round in circles.
MAX_STEPS = 12
# What leaves a state as it is, without the steps that led to it.
_CUT_OFF = (".data", ".detach()")
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def trace(evidence: Evidence, span: Span | None, *, through: bool = False, parts: bool = False) -> tuple[Origin, ...]:
    """Where the value of an expression was made, followed back through names, parameters and attributes.

    Args:
        evidence: The problem; its frames tell which call a parameter's value came from.
        span: The expression; of none nothing is made.
        through: Whether to go on through indexing and methods, which give another shape but keep the dtype.
        parts: Whether to give what returned several values too, of which the expression is one.

    Returns:
        The expressions that made it, nearest first.
    """
    known = [each for each in _chain(evidence, span) if parts or each.is_whole] if span is not None else []
    if known and not through:
        return tuple(known)
    source, node = found_at(span)
    if source is None or node is None:
        return ()
    return tuple(_Tracer(evidence, through, parts).follow(source, node))


def spans_of(evidence: Evidence, span: Span | None, *, through: bool = False, parts: bool = False) -> tuple[Span, ...]:
    """An expression and those that made it, nearest first, as `trace` gives them; nothing where there is none."""
    if span is None:
        return ()
    return (span, *(each.span for each in trace(evidence, span, through=through, parts=parts)))


def kind_of(evidence: Evidence, span: Span) -> str:
    """The name of what made the object that an expression stands for."""
    made = [expression(each.span.text) for each in trace(evidence, span, parts=True)]
    return next((last_name(each.func) for each in reversed(made) if isinstance(each, ast.Call)), "")


def _chain(evidence: Evidence, span: Span) -> Iterator[Origin]:
    """The makers of an expression that the crash left, and of a state behind its wrapping those of the state."""
    seen: set[Span] = set()
    while span not in seen:
        seen.add(span)
        chain = evidence.chains.get(span, ())
        yield from chain
        source, last = found_at(chain[-1].span) if chain else (None, None)
        state = _carried(last) if last is not None else None
        if source is None or state is None:
            return
        span = source.span(state)


class _Tracer:
    def __init__(self, evidence: Evidence, through: bool, parts: bool) -> None:
        self.evidence, self.through, self.parts = evidence, through, parts
        self.seen: set[int] = set()

    def follow(self, source: Source, node: ast.expr) -> Iterator[Origin]:
        """The makers of one expression."""
        for _ in range(MAX_STEPS):
            step = self._step(source, node)
            carried = _carried(node)
            if step is None and carried is not None:
                node, step = carried, self._step(source, carried)
            while step is None and self.through and (base := _base(node)) is not None:
                node, step = base, self._step(source, base)
            if step is None:
                return
            source, made, name, statement, is_whole = step
            if id(made) in self.seen:
                return
            self.seen.add(id(made))
            if is_whole or self.parts:
                yield Origin(name, source.span(made), source.span(statement), dict(_arguments(source, made)))
            node = made

    def _step(self, source: Source, node: ast.expr) -> tuple[Source, ast.expr, str, ast.AST, bool] | None:
        if isinstance(node, ast.Name):
            return self._name(source, node)
        if isinstance(node, ast.Attribute):
            return self._attribute(source, node)
        if isinstance(node, ast.Subscript):
            return self._item(source, node)
        if isinstance(node, ast.Call):
            return self._returned(source, node)
        return None

    def _name(self, source: Source, node: ast.Name) -> tuple[Source, ast.expr, str, ast.AST, bool] | None:
        function = next((up for up in parents(node) if isinstance(up, _Function)), None)
        here = statement_of(node)
        limit = here.lineno if here is not None else node.lineno
        for scope in (function, *(up for up in parents(function or node) if isinstance(up, _Function)), source.tree):
            if scope is None:
                continue
            found = _assigned(scope, node.id, limit if scope is (function or source.tree) else 1 << 30, here)
            if found is not None:
                statement, value, is_whole = found
                return source, value, node.id, statement, is_whole
            if isinstance(scope, _Function) and node.id in parameters(scope):
                return self._parameter(source, scope, node.id)
        return None

    def _parameter(
        self, source: Source, function: _Function, name: str
    ) -> tuple[Source, ast.expr, str, ast.AST, bool] | None:
        given = self._call_site(source, function)
        if given is None:
            return None
        where, call = given
        value = given_for(call, function, name)
        if value is None:
            return None
        statement = statement_of(value)
        # An argument is no place to put something behind: it is where the name is used.
        return where, value, name, statement or value, _is_constant(value)

    def _call_site(self, source: Source, function: _Function) -> tuple[Source, ast.Call] | None:
        """The call of a function: by the frames if it is being called, else the only call in the file."""
        name = getattr(function, "name", "")
        frames = self.evidence.frames
        user = [at for at, frame in enumerate(frames) if frame.is_user]
        for before, at in pairwise(user):
            frame, first, last = frames[at], function.lineno, function.end_lineno or function.lineno
            if frame.function == name and frame.span.file == source.file and first <= frame.span.line <= last:
                if any(each.function == "forward" for each in frames[before + 1 : at]):
                    # A container called it, with what the module in front of it gave.
                    return None
                where, node = found_at(frames[before].span)
                if where is not None and isinstance(node, ast.Call):
                    return where, node
        wanted = called_as(function) if isinstance(function, ast.FunctionDef) else name
        for where in [source, *user_sources(self.evidence)]:
            for call in where.calls(wanted):
                return where, call
        return None

    def _attribute(self, source: Source, node: ast.Attribute) -> tuple[Source, ast.expr, str, ast.AST, bool] | None:
        if not isinstance(node.value, ast.Name):
            return None
        owners = [up for up in parents(node) if isinstance(up, ast.ClassDef)]
        setting = _setting(source, node) if node.value.id != "self" else None
        if setting is not None:
            return source, setting, ast.unparse(node), statement_of(setting) or setting, True
        if node.value.id != "self":
            owners = list(source.classes)
        for owner in owners:
            for up in [owner, *_bases(source, owner)]:
                found = _assigned_attribute(up, node.attr, node)
                if found is not None:
                    statement, value, is_whole = found
                    return source, value, f"{node.value.id}.{node.attr}", statement, is_whole
        return None

    def _item(self, source: Source, node: ast.Subscript) -> tuple[Source, ast.expr, str, ast.AST, bool] | None:
        step = self._step(source, node.value)
        while step is not None and not isinstance(step[1], ast.Dict):
            step = self._step(step[0], step[1])
        if step is None or not isinstance(node.slice, ast.Constant) or not isinstance(step[1], ast.Dict):
            return None
        for key, value in zip(step[1].keys, step[1].values, strict=True):
            if isinstance(key, ast.Constant) and key.value == node.slice.value:
                return step[0], value, ast.unparse(node), step[3], True
        return None

    def _returned(self, source: Source, node: ast.Call) -> tuple[Source, ast.expr, str, ast.AST, bool] | None:
        """What the user's own function, or the forward of the user's own module, returns."""
        name = last_name(node.func)
        for function in source.functions:
            if function.name == name and name:
                for value in values_returned(function):
                    return source, value, f"return of {name}", statement_of(value) or value, True
        made = self._name(source, node.func) if isinstance(node.func, ast.Name) else None
        if made is not None and isinstance(made[1], ast.Lambda):
            return made[0], made[1].body, f"return of {name}", made[3], True
        return None


def _carried(node: ast.AST) -> ast.expr | None:
    """What ``tuple(f(x) for x in state)`` goes through: the state of before, in another wrapping."""
    inner: ast.AST = node
    if isinstance(node, ast.Call) and last_name(node.func) in ("tuple", "list") and len(node.args) == 1:
        inner = node.args[0]
    is_wrapped = inner is not node or (isinstance(node, ast.ListComp) and ast.unparse(node.elt).endswith(_CUT_OFF))
    is_row = isinstance(inner, ast.GeneratorExp | ast.ListComp) and is_wrapped
    return inner.generators[0].iter if is_row else None  # type: ignore[attr-defined]


def _base(node: ast.expr) -> ast.expr | None:
    """What is indexed, or whose method is called."""
    if isinstance(node, ast.Subscript):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value
    return None


def _assigned(scope: ast.AST, name: str, limit: int, here: ast.stmt | None) -> tuple[ast.stmt, ast.expr, bool] | None:
    """The last assignment of a name before a line, with what was assigned, and whether it is that alone."""
    best: tuple[ast.stmt, ast.expr, bool] | None = None
    for node in walk(scope):
        if node is here or not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        around = next((up for up in parents(node) if isinstance(up, _Function | ast.ClassDef)), None)
        if around is not (scope if isinstance(scope, _Function) else None):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            found = _target_value(target, node.value, name)
            if found is not None and node.lineno <= limit and (best is None or node.lineno >= best[0].lineno):
                best = (node, *found)
    return best


def _target_value(target: ast.expr, value: ast.expr, name: str) -> tuple[ast.expr, bool] | None:
    if is_named(target, name):
        return value, True
    if isinstance(target, ast.Tuple | ast.List):
        for at, item in enumerate(target.elts):
            if is_named(item, name):
                if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                    return value.elts[at], True
                return value, False
    return None


def _assigned_attribute(owner: ast.ClassDef, name: str, use: ast.AST) -> tuple[ast.stmt, ast.expr, bool] | None:
    found: list[tuple[ast.stmt, ast.expr, bool]] = []
    for node in walk(owner):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value, True)]
                if isinstance(target, ast.Tuple):
                    whole = isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(target.elts)
                    values = node.value.elts if whole and isinstance(node.value, ast.Tuple) else [node.value] * 99
                    pairs = [(item, values[at], whole) for at, item in enumerate(target.elts)]
                for item, value, is_whole in pairs:
                    if isinstance(item, ast.Attribute) and item.attr == name and statement_of(use) is not node:
                        found.append((node, value, is_whole))
    # The constructor says what it is; a later None or a stored result says little.
    made = [item for item in found if not (isinstance(item[1], ast.Constant) and item[1].value is None)]
    calls = [item for item in made if isinstance(item[1], ast.Call)]
    return next(iter(calls or made or found), None)


def _setting(source: Source, node: ast.Attribute) -> ast.expr | None:
    """The value of a setting by its name: an option of argparse, a field of a dataclass, a keyword of a namespace."""
    for call in source.calls("add_argument"):
        names = [
            str(part.value).lstrip("-").replace("-", "_")
            for part in call.args
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if node.attr in names:
            return given_as(call, "default")
    for call in source.calls("SimpleNamespace", "Namespace", *_class_names(source)):
        for each in call.keywords:
            if each.arg == node.attr and isinstance(each.value, ast.Constant):
                return each.value
    for owner in walk(source.tree):
        for line in owner.body if isinstance(owner, ast.ClassDef) else ():
            target: ast.expr | None = line.target if isinstance(line, ast.AnnAssign) else None
            target = line.targets[0] if isinstance(line, ast.Assign) else target
            if is_named(target, node.attr) and isinstance(line, ast.AnnAssign | ast.Assign):
                return line.value
    return None


def _class_names(source: Source) -> list[str]:
    return [node.name for node in source.classes if node.decorator_list]


def _bases(source: Source, owner: ast.ClassDef) -> list[ast.ClassDef]:
    names = {last_name(base) for base in owner.bases}
    return [node for node in source.classes if node.name in names]


def given_for(call: ast.Call, function: _Function, name: str) -> ast.expr | None:
    """The text given for a parameter in a call, or its default."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = [item.arg for item in (*function.args.posonlyargs, *function.args.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    if name in names and not any(isinstance(item, ast.Starred) for item in call.args):
        at = names.index(name)
        if at < len(call.args):
            return call.args[at]
        defaults = function.args.defaults
        behind = len(names) - at
        if behind <= len(defaults):
            return defaults[-behind]
    return None


def _arguments(source: Source, node: ast.expr) -> Iterator[tuple[str, Span]]:
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg:
                yield keyword.arg, source.span(keyword.value)


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)
