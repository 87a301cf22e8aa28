"""An argument that another function makes otherwise for the same call: ``decoder(token, h[:decoder.layers])``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import STATES, failed
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import (
    Source,
    call_around,
    class_around,
    found_at,
    function_around,
    imported,
    known_at,
    last_name,
    names_in,
    node_at,
    statement_of,
    walk,
)

_PART = "the other function may take a part on purpose"
_OTHER = "the two functions may be given other things under one name"
_OTHER_CALL = "what is called for it is given other things in the other place"
# What leaves a part of the values, or one for many, and what makes other values of them.
_REDUCING = ("mean", "sum", "prod", "max", "min", "amax", "amin", "median", "argmax", "argmin", "topk")
_PARTS = ("sort", "select", "narrow", "chunk", "split", "squeeze")
_TESTS = ("bool", "eq", "ne", "gt", "ge", "lt", "le", "logical_not", "isnan")
_MEANING = {"argmax", "argmin", "topk", "argsort", "one_hot", *_TESTS}
_HomeOf = ast.FunctionDef | ast.Module


@dataclass(frozen=True, slots=True)
class _Given:
    """An argument of a call: the expression that made it, and the name whose value it goes back to.

    Args:
        source: The file.
        home: The function that it stands in, or the file.
        made: The expression that made it.
        base: The name in it.
    """

    source: Source
    home: _HomeOf
    made: ast.expr
    base: ast.Name


def candidates(evidence: Evidence) -> list[Candidate]:
    """What another place of the script makes of the same value, for the same argument of the same call."""
    operation = failed(evidence)
    found: list[Candidate] = []
    for item in operation.arguments if operation is not None else ():
        for far, (source, node) in enumerate(_handed_in(evidence, item)):
            for text, change, theirs, doubt in _as_elsewhere(evidence, source, node):
                is_part = _takes_part(theirs) and item.role not in STATES
                cost = (0.45 if is_part else 0.02 if evidence.earlier else 0.06) + 0.01 * far
                found.append(Candidate(text, (change,), (), cost, _PART if is_part else doubt))
    return found


def _handed_in(evidence: Evidence, item: Argument) -> Iterator[tuple[Source, ast.expr]]:
    """The arguments of calls by which an operand came to its place, the innermost first."""
    spans = [origin.span for origin in trace(evidence, item.span, parts=True)] if item.span is not None else []
    for span in (item.span, *spans):
        source, node = found_at(span)
        if source is not None and node is not None and isinstance(call_around(node), ast.Call):
            yield source, node


def _as_elsewhere(evidence: Evidence, source: Source, node: ast.expr) -> Iterator[tuple[str, Change, _Given, str]]:
    call, ours = call_around(node), _given(evidence, source, node)
    if call is None or ours is None:
        return
    for other in source.calls(last_name(call.func)):
        beside = _at_same_place(call, node, other)
        theirs = _given(evidence, source, beside) if beside is not None else None
        if theirs is None or not _is_same_call(call, other) or not _is_apart(node, ours, theirs):
            continue
        doubt = _doubt_of_same(ours, theirs)
        if doubt is None or not names_in(theirs.made) - {theirs.base.id} <= known_at(ours.made):
            continue
        text, place = _with_base(theirs, ours.base.id), ours.source.span(ours.made)
        if text and text != place.text:
            yield text, Change(place, text), theirs, doubt


def _is_apart(node: ast.expr, ours: _Given, theirs: _Given) -> bool:
    """Whether another function makes it, or the same one makes it above of the name that is given bare here."""
    is_made_of_it = isinstance(node, ast.Name) and theirs.base.id == node.id and theirs.made is not theirs.base
    return theirs.home is not ours.home or (is_made_of_it and theirs.made.lineno < ours.made.lineno)


def _is_same_call(call: ast.Call, other: ast.Call) -> bool:
    """Whether the same thing is called: of ``self.rnn`` in one class."""
    text = ast.unparse(call.func)
    is_own = class_around(call) is class_around(other) or not text.startswith("self.")
    return is_own and text == ast.unparse(other.func)


def _at_same_place(call: ast.Call, node: ast.expr, other: ast.Call) -> ast.expr | None:
    """What another call has in the place of an argument."""
    if any(isinstance(each, ast.Starred) for each in (*call.args, *other.args)):
        return None
    if node in call.args:
        at = call.args.index(node)
        return other.args[at] if at < len(other.args) else None
    name = next((each.arg for each in call.keywords if each.value is node), None)
    return next((each.value for each in other.keywords if name and each.arg == name), None)


def _given(evidence: Evidence, source: Source, node: ast.expr) -> _Given | None:
    """The expression behind an argument: what its name was last given in the same function, or the argument itself."""
    home = function_around(node) or source.tree
    made = node
    if isinstance(node, ast.Name):
        for origin in trace(evidence, source.span(node))[:1]:
            found = node_at(origin.span) if origin.span.file == source.file else None
            statement = statement_of(found)
            if found is not None and isinstance(statement, ast.Assign) and statement.value is found:
                made = found if (function_around(found) or source.tree) is home else node
    base = _base(source, made)
    return _Given(source, home, made, base) if base is not None else None


def _base(source: Source, node: ast.expr) -> ast.Name | None:
    """The name that is indexed, whose method is called, or that is the first argument of a function or a layer."""
    last = list(_way_in(source, node))[-1]
    return last if isinstance(last, ast.Name) else None


def _way_in(source: Source, node: ast.expr) -> Iterator[ast.expr]:
    """An expression, and what each is made of, in to the name."""
    yield node
    if isinstance(node, ast.Subscript):
        yield from _way_in(source, node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_method(source, node.func):
        yield from _way_in(source, node.func.value)
    elif isinstance(node, ast.Call) and node.args:
        yield from _way_in(source, node.args[0])


def _called_in(given: _Given) -> set[str]:
    way = _way_in(given.source, given.made)
    return {last_name(each.func) for each in way if isinstance(each, ast.Call)}


def _takes_part(given: _Given) -> bool:
    """Whether an expression indexes its name, or leaves a part of it otherwise."""
    is_indexed = any(isinstance(each, ast.Subscript) for each in _way_in(given.source, given.made))
    return is_indexed or bool(_called_in(given) & {*_REDUCING, *_PARTS})


def _is_method(source: Source, function: ast.Attribute) -> bool:
    """Whether a method of a tensor is called, no layer of the model and no function of a library."""
    first = ast.unparse(function).partition(".")[0]
    return first != "self" and first not in imported(source.tree)


def _doubt_of_same(ours: _Given, theirs: _Given) -> str | None:
    """What speaks against two names standing for the same thing; empty for nothing, None where it is not so.

    The same call gave them in one place, or nobody knows what gave them and they are called alike.
    """
    one, two = _maker(ours), _maker(theirs)
    if one is None and two is None:
        is_open = ours.base.id == theirs.base.id and not _called_in(theirs) & _MEANING
        return _OTHER if is_open else None
    if one is None or two is None or one[1:] != two[1:] or ast.unparse(one[0].func) != ast.unparse(two[0].func):
        return None
    return "" if ast.unparse(one[0]) == ast.unparse(two[0]) else _OTHER_CALL


def _maker(given: _Given) -> tuple[ast.Call, int] | None:
    """The call that makes the name, and at which place of what it returns the name stands."""
    before = [
        (each, at)
        for each in walk(given.home)
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call) and each.lineno < given.made.lineno
        if (function_around(each) or given.source.tree) is given.home
        for at, name in enumerate(_stored(each.targets[0]))
        if name == given.base.id
    ]
    if not before:
        return None
    statement, at = max(before, key=lambda each: each[0].lineno)
    return (statement.value, at) if isinstance(statement.value, ast.Call) else None


def _stored(target: ast.expr) -> list[str]:
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return [each.id if isinstance(each, ast.Name) else "" for each in parts]


def _with_base(given: _Given, name: str) -> str:
    """The text of an expression with another name in the place of its own."""
    whole, part = given.source.span(given.made), given.source.span(given.base)
    if whole.line != whole.end_line:
        return ""
    begin, end = part.column - whole.column, part.end_column - whole.column
    return whole.text[:begin] + name + whole.text[end:]
