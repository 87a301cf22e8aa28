"""A loss that was gone back from already, in the same round or in the function that gave it: one of the two goes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import whole_lines
from shapecheck.reading.failing import says
from shapecheck.reading.going_back import GoingBack, going_back
from shapecheck.reading.sources import (
    Source,
    class_around,
    last_name,
    names_in,
    statement_of,
    user_sources,
    walk,
)

CAUSE = "graph_gone_through_twice"
_COST = 0.02
_NUMBERS = ("item", "detach", "tolist", "data")
_END = 10**9
_ANEW = "the loss may have been meant to be made anew, for the second of two steps"
_OTHERS = "the function is called elsewhere, where nobody goes back from what it gives but itself"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The second ``loss.backward()`` taken out, or the first where the gradients are cleared in between."""
    found = going_back(evidence) if says(evidence, r"second time") else None
    if found is None:
        return []
    text = ast.unparse(found.loss)
    for first in found.earlier():
        between = _lines(found, first.call.lineno, found.call.lineno)
        if ast.unparse(first.loss) != text or _is_made_anew(found, between):
            continue
        if _clears(between) and not _steps(between):
            # What reads the gradients in between wants both.
            return [] if _reads_gradients(between) else _without(first.source, first.call)
        doubt = _ANEW if _steps(between) and _steps(_lines(found, found.call.lineno, _END)) else ""
        return [each.doubted(doubt) for each in _without(found.source, found.call)]
    return list(_in_function(evidence, found))


def _is_made_anew(found: GoingBack, between: list[ast.AST]) -> bool:
    """Whether the loss may be another one than before: stored again, called again, or kept by what was called."""
    names = names_in(found.loss)
    if any(isinstance(each, ast.Call) for each in walk(found.loss)) or any(names & stored_in(each) for each in between):
        return True
    calls = (each for each in between if isinstance(each, ast.Call) and last_name(each.func) != "backward")
    return isinstance(found.loss, ast.Attribute) and any(names & names_in(each) for each in calls)


def _reads_gradients(nodes: list[ast.AST]) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "grad" for each in nodes)


def _in_function(evidence: Evidence, found: GoingBack) -> Iterator[Candidate]:
    """The function that gave the loss goes back from it as well."""
    made = found.made_of()
    for name, line in made.items():
        value = _call_in(getattr(line, "value", None))
        for source, function in _called(evidence, value):
            inner = _own_backward(function)
            if inner is None:
                continue
            behind = _lines(found, line.lineno, found.call.lineno)
            is_all = names_in(found.loss) == {name}
            steps = _steps([each for each in walk(function) if getattr(each, "lineno", 0) > inner.lineno])
            others = list(_other_calls(source, value))
            if is_all and not others and (steps or not _clears(behind)):
                yield from _without(found.source, found.call)
            elif not steps:
                doubt = _OTHERS if any(not _is_gone_back_from(each) for each in others) else ""
                yield from (each.doubted(doubt) for each in _without(source, inner))
            return


def _call_in(value: ast.AST | None) -> ast.AST | None:
    """A call, or the one that is added to a total: ``total + step(x)``."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return value.left if isinstance(value.left, ast.Call) else value.right
    return value


def _called(evidence: Evidence, value: ast.AST | None) -> Iterator[tuple[Source, ast.FunctionDef]]:
    """The function of the script that a call runs, by its name alone where one has it; of a module the forward."""
    if not isinstance(value, ast.Call):
        return
    held = evidence.held.get(ast.unparse(value.func))
    kind = held.type if held is not None and held.kind == "module" else ""
    for source in user_sources(evidence):
        for each in source.functions:
            owner = class_around(each)
            is_forward = each.name == "forward" and owner is not None and owner.name == kind
            is_named = each.name == last_name(value.func) and (owner is None) == isinstance(value.func, ast.Name)
            if is_forward or is_named:
                yield source, each


def _other_calls(source: Source, call: ast.AST | None) -> Iterator[ast.Call]:
    """Where else the script calls the same."""
    called = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
    yield from (each for each in source.calls(called.rpartition(".")[2]) if each is not call and _text(each) == called)


def _text(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _own_backward(function: ast.FunctionDef) -> ast.Call | None:
    """The one call of backward() in a function, of something that it gives back with its graph."""
    calls = [each for each in walk(function) if isinstance(each, ast.Call) and last_name(each.func) == "backward"]
    loss = calls[0].func.value if len(calls) == 1 and isinstance(calls[0].func, ast.Attribute) else None
    names = names_in(loss)
    given = [each for value in values_returned(function) for each in walk(value) if isinstance(each, ast.Name)]
    kept = [each for each in given if getattr(getattr(each, "parent", None), "attr", "") not in _NUMBERS]
    return calls[0] if any(each.id in names for each in kept) else None


def _lines(found: GoingBack, first: int, last: int) -> list[ast.AST]:
    """What stands in the round between two lines."""
    return [each for each in walk(found.rounds) if first < getattr(each, "lineno", 0) < last]


def _clears(nodes: list[ast.AST]) -> bool:
    return any(isinstance(each, ast.Call) and last_name(each.func) == "zero_grad" for each in nodes)


def _steps(nodes: list[ast.AST]) -> bool:
    return any(isinstance(each, ast.Call) and last_name(each.func) == "step" for each in nodes)


def _is_gone_back_from(call: ast.Call) -> bool:
    """Whether backward() is called of what a call gave, in the function around it."""
    line = statement_of(call)
    names = stored_in(line) if line is not None else set()
    home = getattr(line, "parent", None)
    calls = (each for each in walk(home) if isinstance(each, ast.Call) and last_name(each.func) == "backward")
    return any(names & names_in(each.func) for each in calls)


def _without(source: Source, call: ast.Call) -> list[Candidate]:
    """The line of a call gone, where it is all of it and others stand beside it."""
    line = statement_of(call)
    block = getattr(getattr(line, "parent", None), "body", [])
    if not isinstance(line, ast.Expr) or line.value is not call or (line in block and len(block) == 1):
        return []
    if source.lines[line.lineno - 1][: line.col_offset].strip():
        return []
    return [Candidate(f"without {ast.unparse(call)}", (Change(whole_lines(source, line), ""),), (), _COST)]
