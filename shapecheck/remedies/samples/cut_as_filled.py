"""Lists that are filled up to one length and not cut to it, so that the longer ones stay longer."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Value
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import statement_behind
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import given_for
from shapecheck.reading.sources import (
    Loop,
    Source,
    class_around,
    function_around,
    home_around,
    last_name,
    names_in,
    parents,
    statement_of,
    user_sources,
    walk,
)
from shapecheck.reading.vocabulary import ARRAYS, TENSORS

CAUSE = "sequences_of_different_lengths_stacked"
_UNEQUAL = (r"equal size", r"different shapes|inconsistent", r"expected sequence of length", r"inhomogeneous shape")
_SAID = (r"of length (\d+) at dim 1 \(got (\d+)\)", r"got \[(\d+)\] at entry \d+ and \[(\d+)\]")
_OTHERS = "the length that is filled up to is not known, and other lists than these may be filled up to it"
_ENDED = "the last item is put there by itself, and is to stay where the others are cut"
_LATEST = "of what happened one behind the other the latest may be what is to be kept"
_PAST = r"hist|click|session|event|visit|recent|past"
_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``(ids + [0] * (n - len(ids)))[:n]``, where no list of those that differ is shorter than ``n``."""
    lengths = _lengths(evidence) if says(evidence, *_UNEQUAL) is not None else set()
    found = []
    for source in user_sources(evidence) if len(lengths) > 1 else ():
        for change, most in _cuts(source):
            told = worked_out(evidence, source.span(most))
            if told is None or (type(told) is int and told <= min(lengths)):
                is_known = told is not None or _is_told(evidence, most, min(lengths))
                doubt = "" if is_known else _OTHERS
                doubt = doubt or _against_the_end(source, most)
                found.append(Candidate(change.text.strip("\n ;"), (change,), (), _COST, doubt))
    return found


def are_filled_elsewhere(evidence: Evidence) -> bool:
    """Whether the script fills lists, or texts, up to a length of its own."""
    if any(True for source in user_sources(evidence) for _ in source.calls("ljust", "rjust", "zfill")):
        return True
    fillings = (node for source in user_sources(evidence) for node in walk(source.tree) if isinstance(node, ast.BinOp))
    return any(
        isinstance(node.op, ast.Mult)
        and any(isinstance(side, ast.List) and len(side.elts) == 1 for side in (node.left, node.right))
        and any(_counted(part) is not None for part in walk(node))
        and any(isinstance(part, ast.Sub) for part in walk(node))
        for node in fillings
    )


def _lengths(evidence: Evidence) -> set[int]:
    """The lengths of what could not be put together: of the fields of samples, of lists, or of tensors."""
    operation = failed(evidence, "stack", *TENSORS, *ARRAYS)
    items = operation.arguments[0].value.items if operation is not None and operation.arguments else ()
    if not items and operation is not None:
        items = tuple(each.value for each in tensors(operation))
    columns = [{_length(value) for value in items}]
    fetched = next((frame.names["data"].items for frame in evidence.frames if frame.function == "fetch"), ())
    # What a function of the script's own puts together need not be what was fetched for it.
    fields = [item.items if item.kind in ("tuple", "dict") else (item,) for item in fetched]
    columns += [{_length(value) for value in column} for column in zip(*fields, strict=False)]
    # Of what a comprehension gives only the exception tells.
    said = says(evidence, *_SAID)
    columns += [{int(each) for each in said.groups()}] if said is not None else []
    return next((column for column in columns if len(column) > 1 and -1 not in column), set())


def _length(value: Value) -> int:
    sizes = sizes_of(value)
    return sizes[0] if sizes else int(value.facts.get("len", -1))


def _is_told(evidence: Evidence, most: ast.expr, size: int) -> bool:
    """Whether the shortest has the length of which only the name is known, by a call of the script that tells it."""
    owner = class_around(most) if isinstance(most, ast.Attribute) else None
    home = next((each for each in owner.body if _is_constructor(each)), None) if owner is not None else None
    function = home if isinstance(home, ast.FunctionDef) else function_around(most)
    if not isinstance(most, ast.Attribute | ast.Name) or function is None:
        return False
    named = {last_name(most)} if isinstance(most, ast.Name) else {each.arg for each in function.args.args}
    calls = [each for one in user_sources(evidence) for each in walk(one.tree) if isinstance(each, ast.Call)]
    told = [each.value for call in calls for each in call.keywords if each.arg in named]
    called = owner.name if owner is not None else function.name
    asked = [call for call in calls if last_name(call.func) == called]
    told += [given for call in asked for name in named if (given := given_for(call, function, name)) is not None]
    return any(isinstance(part, ast.Constant) and part.value == size and type(part.value) is int for part in told)


def _is_constructor(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def _against_the_end(source: Source, most: ast.expr) -> str:
    """What stands against taking the last items away of the list that is filled up to this length."""
    filled = next((name for up in parents(most) for each in walk(up) if (name := _counted(each)) is not None), None)
    home, loop = home_around(most), _loop_around(most)
    if filled is None or home is None:
        return ""
    names = {ast.unparse(filled)}
    called = getattr(home, "name", "")
    read = names_in(*(statement_of(call) for call in source.calls(called)))
    if any(re.search(_PAST, name.lower()) for name in (*names, called, *read)):
        return _LATEST
    given = [each for each in walk(home) if isinstance(each, ast.Assign) and _loop_around(each) is loop]
    names |= names_in(*(each.value for each in given if names & set(map(ast.unparse, each.targets))))
    for node in walk(home):
        if isinstance(node, ast.AugAssign) and ast.unparse(node.target) in names and _loop_around(node) is loop:
            is_mark = isinstance(node.value, ast.List)
        elif isinstance(node, ast.Assign) and names & set(map(ast.unparse, node.targets)):
            is_mark = _is_closed(node.value) or any(map(_is_closed, _returned(source, node.value)))
        else:
            is_call = isinstance(node, ast.Call) and _appended_to(node) in names
            is_mark = is_call and _loop_around(node) is loop
        if is_mark:
            return _ENDED
    return ""


def _is_closed(value: ast.expr) -> bool:
    """Whether a list of its own is put to the end of something."""
    sums = (each for each in walk(value) if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Add))
    return any(isinstance(each.right, ast.List) for each in sums)


def _returned(source: Source, value: ast.expr) -> Iterator[ast.expr]:
    """What the functions of the file return that are called for a value."""
    called = {last_name(each.func) for each in walk(value) if isinstance(each, ast.Call)}
    for function in (each for each in source.functions if each.name in called):
        yield from values_returned(function)


def _appended_to(call: ast.Call) -> str:
    """The text of the list that an item is put to the end of; nothing if none is."""
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) and call.func.attr == "append" else ""


def _loop_around(node: ast.AST) -> ast.AST | None:
    """The innermost loop that a node is done in each round of, not one that only asks for it."""
    inside = node
    for up in parents(node):
        if isinstance(up, Loop) and inside in up.body:
            return up
        inside = up
    return None


def _cuts(source: Source) -> Iterator[tuple[Change, ast.expr]]:
    """Where a list is filled up: the change that cuts it as well, and the length."""
    for node in walk(source.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            most = _filled_to(node.left, node.right)
            statement = getattr(node, "parent", None)
            up = getattr(statement, "parent", None)
            if most is not None and isinstance(up, ast.If):
                # What stands there is done with those that are too short alone.
                is_alone = up.body == [statement] and not up.orelse
                if (
                    isinstance(statement, ast.Assign)
                    and is_alone
                    and ast.unparse(statement.targets[0]) == ast.unparse(node.left)
                ):
                    yield statement_behind(source, up, _cut_line(source, node.left, most)), most
            elif most is not None and not isinstance(statement, ast.Subscript):
                span, length = source.span(node), source.span(most).text
                yield Change(span, f"({span.text})[:{length}]"), most
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            most = _filled_to(node.target, node.value)
            up = getattr(node, "parent", None)
            is_asked = isinstance(up, ast.If) and up.body == [node] and not up.orelse
            if most is not None and (is_asked or not isinstance(up, ast.If)):
                last = up if isinstance(up, ast.If) else node
                yield statement_behind(source, last, _cut_line(source, node.target, most)), most
        elif isinstance(node, ast.While):
            test, most = node.test, None
            if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Lt) and len(test.ops) == 1:
                most = test.comparators[0]
            name = _counted(test.left) if isinstance(test, ast.Compare) else None
            calls = [each for part in node.body for each in walk(part) if isinstance(each, ast.Call)]
            is_filled = len(node.body) == 1 and any(
                name is not None and ast.unparse(each.func) == f"{ast.unparse(name)}.append" for each in calls
            )
            if most is not None and name is not None and is_filled:
                yield statement_behind(source, node, _cut_line(source, name, most)), most


def _cut_line(source: Source, name: ast.expr, most: ast.expr) -> str:
    text = source.span(name).text
    return f"{text} = {text}[:{source.span(most).text}]"


def _filled_to(base: ast.expr, filling: ast.expr) -> ast.expr | None:
    """The length of ``[0] * (n - len(base))``; None where it is none."""
    if not isinstance(filling, ast.BinOp) or not isinstance(filling.op, ast.Mult):
        return None
    sides = (filling.left, filling.right)
    times = next((each for each in sides if not isinstance(each, ast.List)), None)
    is_list = sum(isinstance(each, ast.List) and len(each.elts) == 1 for each in sides) == 1
    if isinstance(times, ast.Call) and last_name(times.func) == "max" and len(times.args) == 2:
        times = next((each for each in times.args if not isinstance(each, ast.Constant)), None)
    if not is_list or not isinstance(times, ast.BinOp) or not isinstance(times.op, ast.Sub):
        return None
    counted = _counted(times.right)
    return times.left if counted is not None and ast.unparse(counted) == ast.unparse(base) else None


def _counted(node: ast.AST) -> ast.expr | None:
    """``x`` of ``len(x)``."""
    return node.args[0] if isinstance(node, ast.Call) and last_name(node.func) == "len" and node.args else None
