"""A setting with which a layer gives more than its output, where nobody takes the rest: ``return_indices=True``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import called_as, method_of, parameters_given
from shapecheck.reading.edits import argument, call_of, piece, whole_number, without_keyword
from shapecheck.reading.failing import failed, says
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import (
    Source,
    defaults_of,
    function_around,
    last_name,
    source_of,
    statement_of,
    user_sources,
    walk,
)

# What torch's layers and functions are told to give more than a tensor.
_SETTINGS = ("return_indices", "return_inverse", "return_counts")


@dataclass(frozen=True, slots=True)
class _Told:
    """A setting.

    Args:
        call: The call that gives it.
        name: Its name.
        is_off: Whether it is False if nobody gives it.
        read: Where the script reads it, if it is no argument of the call.
    """

    call: Span
    name: str
    is_off: bool = True
    read: Span | None = None


def candidates(evidence: Evidence) -> list[Candidate]:
    """The layer, or its call, without the setting, where a tuple came and the script takes none apart."""
    operation = failed(evidence)
    if operation is None:
        return []
    # What nobody holds any more was a tuple by the word of the exception.
    is_told = says(evidence, r"'tuple' object has no attribute", r"tuple indices must be") is not None
    items = [
        item
        for each in (operation, evidence.operation)
        for item in (each.arguments if each is not None else ())
        if item.span is not None
        and ((item.value.kind == "tuple" and item.value.items) or (is_told and item.role in ("self", "value")))
    ]
    found: list[Candidate] = []
    for item in items[:2]:
        assert item.span is not None
        for span in spans_of(evidence, item.span, parts=True):
            node = call_of(span)
            if node is not None and not _is_taken_apart(evidence, node.func):
                found += (each for told in _settings(evidence, span, node) for each in _without(evidence, told))
    callee = evidence.inner.callee if evidence.inner is not None else ""
    found += (each for told in _of_child_before(evidence, callee) for each in _without(evidence, told))
    return found


def _is_taken_apart(evidence: Evidence, function: ast.expr, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the script takes apart what this call gives, or asks one part of it, anywhere.

    Args:
        evidence: The problem.
        function: What is called; ``net.pool`` is taken for the same as ``self.pool``.
        seen: The names of the functions that were asked before.
    """
    name, text = last_name(function), ast.unparse(function)
    return any(
        _is_split(evidence, source, call, seen | {name})
        for source in user_sources(evidence)
        for call in (source.calls(name) if name not in seen else ())
        if name or ast.unparse(call.func) == text
    )


def _is_split(evidence: Evidence, source: Source, node: ast.expr, seen: frozenset[str]) -> bool:
    """Whether a tuple is taken apart where it stands, by the name that it is given, or where it is returned to."""
    up = getattr(node, "parent", None)
    if isinstance(up, ast.Subscript):
        return up.value is node and whole_number(up.slice) is not None
    if isinstance(up, ast.Return):
        names = _names_of_function(evidence, function_around(up))
        return not names or any(_is_taken_apart(evidence, ast.Name(name), seen) for name in names)
    if isinstance(up, ast.Assign):
        return any(
            isinstance(each, ast.Tuple | ast.List)
            or any(_is_split(evidence, source, use, seen) for use in _uses(source, up, each))
            for each in up.targets
        )
    return isinstance(up, ast.Starred)


def _uses(source: Source, line: ast.Assign, target: ast.expr) -> Iterator[ast.expr]:
    """Where a name is read that a line assigns, until it is assigned again; an attribute is read anywhere."""
    home: ast.AST = (function_around(line) if isinstance(target, ast.Name) else None) or source.tree
    same = [
        each
        for each in walk(home)
        if isinstance(each, ast.Name | ast.Attribute)
        and isinstance(each, type(target))
        and last_name(each) == last_name(target)
    ]
    later = [each.lineno for each in same if isinstance(each.ctx, ast.Store) and each.lineno > line.lineno]
    last = min(later, default=0) if isinstance(target, ast.Name) else 0
    for each in same:
        is_after = isinstance(target, ast.Attribute) or each.lineno > line.lineno
        if isinstance(each.ctx, ast.Load) and is_after and (not last or each.lineno <= last):
            yield each


def _names_of_function(evidence: Evidence, function: ast.FunctionDef | None) -> set[str]:
    """The names by which a function is called: of a forward, those of the layers that are made of its class."""
    owner = getattr(function, "parent", None)
    if function is None or not isinstance(owner, ast.ClassDef) or function.name not in ("forward", "__call__"):
        return {function.name} if function is not None else set()
    lines = [
        up
        for source in user_sources(evidence)
        for call in source.calls(owner.name)
        if isinstance(up := statement_of(call), ast.Assign)
    ]
    targets = [each for line in lines for target in line.targets for each in getattr(target, "elts", [target])]
    return {last_name(each) for each in targets} - {""}


def _settings(evidence: Evidence, span: Span, node: ast.Call) -> Iterator[_Told]:
    """What makes a call give a tuple: a keyword of its own, one of the layer, or one of a class of the script."""
    yield from (_Told(span, name) for name in _SETTINGS if argument(span, name) is not None)
    for made in trace(evidence, piece(span, node.func)):
        call = call_of(made.span)
        if call is None:
            continue
        yield from (_Told(made.span, name) for name in _SETTINGS if argument(made.span, name) is not None)
        for source in user_sources(evidence):
            yield from _of_class(source, last_name(call.func), made.span, span)


def _of_class(source: Source, name: str, made: Span, called: Span) -> Iterator[_Told]:
    """The settings by which the forward of a class chooses to return a tuple."""
    owner = next((each for each in source.classes if each.name == name), None)
    forward, maker = method_of(owner, "forward"), method_of(owner, "__init__")
    for test in _tests(forward) if forward is not None else ():
        text = ast.unparse(test)
        if isinstance(test, ast.Name) and forward is not None:
            yield _Told(called, text, _is_false(forward, text))
        elif maker is not None and text.startswith("self."):
            for each in _values_of(maker, text):
                if isinstance(each, ast.Name):
                    yield _Told(made, each.id, _is_false(maker, each.id))
                else:
                    yield _Told(made, text.removeprefix("self."), read=source.span(each))


def _values_of(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    """What a function assigns to a name, in a row of names too."""
    for line in walk(function):
        yield from (value for target, value in values_given(line) if ast.unparse(target) == name)


def _tests(forward: ast.FunctionDef) -> Iterator[ast.expr]:
    """The conditions on which a function returns a tuple, and else one value."""
    returns = [node for node in walk(forward) if isinstance(node, ast.Return) and node.value is not None]
    for node in returns:
        if isinstance(node.value, ast.IfExp) and _is_more(node.value.body) and not _is_more(node.value.orelse):
            yield node.value.test
        up = getattr(node, "parent", None)
        is_other = any(not _is_more(other.value) for other in returns if other is not node)
        if isinstance(up, ast.If) and node in up.body and _is_more(node.value) and is_other:
            yield up.test


def _is_more(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Tuple) and len(node.elts) > 1


def _is_false(function: ast.FunctionDef, name: str) -> bool:
    """Whether a parameter is False where nobody gives it."""
    pairs = defaults_of(function.args)
    return any(each == name and getattr(value, "value", None) is False for each, value in pairs)


def _without(evidence: Evidence, told: _Told) -> Iterator[Candidate]:
    """The call without the setting, or with False for it; where the value is written elsewhere, there."""
    node = call_of(told.call)
    source = source_of(told.call.file)
    given = told.read or argument(told.call, told.name) or _by_place(evidence, told)
    if node is None or source is None or given is None:
        return
    if given.text == "True":
        change = without_keyword(told.call, told.name) if told.is_off else None
        text = f"without {told.name}=True" if change is not None else f"{told.name}=False"
        # Own settings are often there for those who take the rest, and it is the call that forgot it.
        cost = -0.02 if told.name in _SETTINGS else 0.02
        yield Candidate(text, (change or Change(given, "False"),), (), cost)
        return
    for origin in trace(evidence, given, parts=True):
        if origin.span.text == "True":
            yield Candidate(f"{told.name}=False", (Change(origin.span, "False"),), (), 0.03)
            return


def _by_place(evidence: Evidence, told: _Told) -> Span | None:
    """What a call gives for a parameter without naming it."""
    node = call_of(told.call)
    for source in user_sources(evidence) if node is not None else ():
        for function in source.functions:
            names = parameters_given(function)
            if node is not None and last_name(node.func) == called_as(function) and told.name in names:
                return argument(told.call, told.name, names.index(told.name))
    return None


def _of_child_before(evidence: Evidence, callee: str) -> Iterator[_Told]:
    """The layer before one that nn.Sequential calls with a tuple."""
    number = callee.rpartition("[")[2].removesuffix("]")
    if not number.isdecimal() or int(number) == 0:
        return
    for source in user_sources(evidence):
        for call in source.calls("Sequential"):
            part = call.args[int(number) - 1] if int(number) - 1 < len(call.args) else None
            for name in _SETTINGS if isinstance(part, ast.Call) else ():
                if part is not None and argument(source.span(part), name) is not None:
                    yield _Told(source.span(part), name)
