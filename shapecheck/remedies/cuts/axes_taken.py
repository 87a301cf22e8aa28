"""An index that took an axis away, where a part of it was meant: ``x[:, -1]`` for ``x[:, -n:]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import expression, index_parts, piece, whole_number
from shapecheck.reading.failing import failed, kind, operand, says
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, function_around, last_name, parents, source_of, statement_of, walk

_ONE_OR_ALL = "the last step may have been meant, with its axis kept, or all steps"
_OTHER_PART = "the part that is taken beside it may be no pattern for this one"
_OTHER_CALLS = "others who call the function may want what it returns as it is"
_TOO_FEW = (
    r"too many indices",
    r"not enough values to unpack",
    r"Dimension out of range",
    r"is not equal to len\(dims\)",
)


def candidates(evidence: Evidence) -> list[Candidate]:
    """The index without the position, or as it stands beside it, where an operand lacks the axis that this took."""
    operation = failed(evidence)
    place = _place(operation) if operation is not None and says(evidence, *_TOO_FEW) else None
    if operation is None or place is None:
        return []
    asked = [part for part, _ in _asked(operation)]
    taken_twice = _taken_twice(operation, place, asked)
    found: list[Candidate] = []
    for origin in trace(evidence, place):
        source, node = source_of(origin.span.file), expression(origin.span.text)
        if source is None or not isinstance(node, ast.Subscript):
            continue
        at = _position(node)
        if at is not None:
            whole = source.node_at(origin.span)
            number = whole_number(_parts(node)[at])
            if taken_twice is not None and at < len(asked) and whole_number(asked[at]) == number:
                found.append(taken_twice)
            found += _ways(source, origin.span, at, asked[at] if at < len(asked) else None, whole)
            break
    return found


def _place(operation: Operation) -> Span | None:
    """The tensor that has an axis too few; of ``x.shape`` the x."""
    item: Argument | None = operand(operation, "self", "input", "value", "tensor")
    if item is None or item.span is None:
        return None
    node = expression(item.span.text)
    if kind(operation) == "unpack":
        if isinstance(node, ast.Call) and last_name(node.func) == "size" and isinstance(node.func, ast.Attribute):
            return piece(item.span, node.func.value)
        return piece(item.span, node.value) if isinstance(node, ast.Attribute) and node.attr == "shape" else None
    return item.span


def _asked(operation: Operation) -> list[tuple[ast.expr, Span]]:
    """What the index asks for that has too many parts; nothing where the operation is none."""
    index = operand(operation, "index")
    return index_parts(index.span) if index is not None and index.span is not None else []


def _taken_twice(operation: Operation, place: Span, asked: list[ast.expr]) -> Candidate | None:
    """The operand as it is, where all that its index asks for is one position that was taken before."""
    others = [part for part in asked if not (isinstance(part, ast.Slice) and ast.unparse(part) == ":")]
    if operation.span is None or len(others) != 1 or whole_number(others[0]) is None:
        return None
    return Candidate(place.text, (Change(operation.span, place.text),), (), 0.05)


def _parts(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _position(node: ast.Subscript) -> int | None:
    """Where the one position stands in an index of slices, behind the first axis."""
    parts = _parts(node)
    places = [at for at, part in enumerate(parts) if whole_number(part) is not None]
    others = all(isinstance(part, ast.Slice) for at, part in enumerate(parts) if at not in places)
    return places[0] if len(places) == 1 and others and places[0] > 0 else None


def _ways(source: Source, span: Span, at: int, asked: ast.expr | None, whole: ast.expr | None) -> Iterator[Candidate]:
    node = expression(span.text)
    assert isinstance(node, ast.Subscript)
    home = function_around(whole)
    siblings = list(_siblings(source, home, node, at))
    patterns = [each for each in siblings if _is_pattern(each, whole, asked, at)]
    for each in (patterns or siblings)[:1]:
        text = source.span(each).text
        yield Candidate(text, (Change(span, text),), (), 0.04, "" if patterns else _OTHER_PART)
    # Who takes one step after the other, or a part of them, wants to choose among all.
    is_chosen = isinstance(asked, ast.Slice | ast.Name)
    if is_chosen or not (siblings or asked is not None):
        is_shared = isinstance(getattr(whole, "parent", None), ast.Return) and _is_called_often(source, home)
        doubt = _OTHER_CALLS if is_shared else ""
        base = piece(span, node.value).text
        is_cut = isinstance(asked, ast.Name) or (
            isinstance(asked, ast.Slice) and (asked.lower is not None or asked.upper is not None)
        )
        yield Candidate(base, (Change(span, base),), (), 0.1, doubt or ("" if is_cut else _ONE_OR_ALL))


def _siblings(source: Source, home: ast.AST | None, node: ast.Subscript, at: int) -> Iterator[ast.Subscript]:
    """The same thing in the same function with a part of the axis instead of a position."""
    base, taken = ast.unparse(node.value), whole_number(_parts(node)[at]) or 0
    for each in walk(home or source.tree):
        if not isinstance(each, ast.Subscript) or ast.unparse(each.value) != base:
            continue
        parts = _parts(each)
        part = parts[at] if at < len(parts) and all(isinstance(one, ast.Slice) for one in parts) else None
        if isinstance(part, ast.Slice) and part.step is None and _goes_with(part, taken):
            yield each


def _is_pattern(part: ast.Subscript, whole: ast.expr | None, asked: ast.expr | None, at: int) -> bool:
    """Whether a part stands for the position in another branch, or is the very part that is asked for."""
    if asked is not None and ast.unparse(_parts(part)[at]) == ast.unparse(asked):
        return True
    one, other = statement_of(part), statement_of(whole)
    if isinstance(one, ast.Return) and isinstance(other, ast.Return):
        # What is returned may be one of several.
        sides = ((part, one.value), (whole, other.value))
        return all(each is given or each in getattr(given, "elts", ()) for each, given in sides)
    if not isinstance(one, ast.Assign) or not isinstance(other, ast.Assign):
        return False
    is_same = [*map(ast.unparse, one.targets)] == [*map(ast.unparse, other.targets)]
    return is_same and one.value is part and other.value is whole and _are_branches(one, other)


def _are_branches(one: ast.stmt, other: ast.stmt) -> bool:
    """Whether of two statements only one is run: they stand in two branches of one ``if``."""
    return any(
        isinstance(up, ast.If)
        and any(up is each for each in parents(other))
        and _is_in(up, one) is not _is_in(up, other)
        for up in parents(one)
    )


def _is_in(condition: ast.If, statement: ast.stmt) -> bool:
    """Whether a statement stands in the first branch of a condition."""
    return any(statement is each for line in condition.body for each in walk(line))


def _goes_with(part: ast.Slice, taken: int) -> bool:
    """Whether a part of an axis begins, or ends, where a position was taken: ``-n:`` for -1, ``:n`` for 0."""
    if taken < 0:
        return isinstance(part.lower, ast.UnaryOp) and part.upper is None
    return part.lower is None and part.upper is not None and not isinstance(part.upper, ast.UnaryOp)


def _is_called_often(source: Source, home: ast.FunctionDef | None) -> bool:
    """Whether a function is called in more than one place; the forward of a model always may be."""
    return home is not None and home.name != "forward" and len(list(source.calls(home.name))) > 1
