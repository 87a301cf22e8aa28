"""Reads where the lines of a text become sequences of words, of which a blank line gives one without a word."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.calls import calls_in
from shapecheck.reading.edits import place_before, replaced
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    home_around,
    is_named,
    last_name,
    names_in,
    walk,
)
from shapecheck.reading.ways_back import spans_behind

_GIVES_LINES = ("splitlines", "readlines", "open", "StringIO")
_EACH = ast.ListComp | ast.GeneratorExp


def left_out(evidence: Evidence, place: Span) -> tuple[Change, bool] | None:
    """The change with which the blank lines of a text make no sequences, where what stands at a place came of them.

    Args:
        evidence: The problem.
        place: Where the sequences, or their lengths, are read.

    Returns:
        The change, and whether it is sure that nothing else is lined up with the lines; None where no lines are read.
    """
    behind = list(spans_behind(evidence, place))
    nodes = [found for span in behind if (found := found_at(span))[1] is not None]
    if any(_leaves_words_out(node) for _, node in nodes):
        # That may have emptied it as well.
        return None
    for source, node in nodes:
        if source is None or node is None:
            continue
        for each in walk(node):
            if isinstance(each, _EACH) and (change := _of_comprehension(evidence, source, each)) is not None:
                return change, _stands_alone(source, each)
        for loop in _loops_filling(node):
            if (change := _of_loop(evidence, source, loop)) is not None:
                return change, _stands_alone(source, loop)
    return None


def _leaves_words_out(node: ast.AST | None) -> bool:
    return any(isinstance(each, ast.comprehension) and each.ifs for each in walk(node))


def _of_comprehension(evidence: Evidence, source: Source, node: ast.ListComp | ast.GeneratorExp) -> Change | None:
    one = node.generators[0]
    if len(node.generators) > 1 or not isinstance(one.target, ast.Name) or not _splits(node.elt, one.target.id):
        return None
    if not _are_lines(evidence, source.span(one.iter)):
        return None
    return replaced(source.span(one.iter), f"{source.span(one.iter).text} if {one.target.id}.strip()")


def _of_loop(evidence: Evidence, source: Source, loop: ast.For) -> Change | None:
    if not isinstance(loop.target, ast.Name) or not _are_lines(evidence, source.span(loop.iter)):
        return None
    name, first = loop.target.id, loop.body[0]
    if not any(_splits(each, name) for each in walk(loop)) or any(isinstance(each, ast.If) for each in walk(loop)):
        return None
    if first.lineno == loop.lineno:
        return None
    indent = " " * first.col_offset
    return Change(place_before(source.span(first)), f"if not {name}.strip():\n{indent}    continue\n{indent}")


def _loops_filling(node: ast.AST) -> Iterator[ast.For]:
    """The loops that append to a list which begins empty."""
    up = getattr(node, "parent", None)
    if not isinstance(node, ast.List) or node.elts or not isinstance(up, ast.Assign | ast.AnnAssign):
        return
    targets = up.targets if isinstance(up, ast.Assign) else [up.target]
    texts = {f"{ast.unparse(each)}.append" for each in targets}
    home = home_around(node)
    for loop in walk(home):
        if isinstance(loop, ast.For):
            calls = calls_in(loop)
            if any(ast.unparse(each.func) in texts for each in calls):
                yield loop


def _splits(node: ast.AST, name: str) -> bool:
    """Whether an expression is the words of a line: ``line.strip().lower().split()``."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "split" or node.args or node.keywords:
        return False
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return is_named(node, name)


def _are_lines(evidence: Evidence, place: Span) -> bool:
    """Whether something is the lines of a text or a file."""
    for span in (*spans_behind(evidence, place), *spans_of(evidence, place, parts=True)):
        source, node = found_at(span)
        calls = calls_in(node)
        if any(last_name(each.func) in _GIVES_LINES or _is_cut_at_ends(each) for each in calls):
            return True
        if source is not None and isinstance(node, ast.Name) and _is_opened(node):
            return True
    return False


def _is_cut_at_ends(call: ast.Call) -> bool:
    given = [each.value for each in call.args if isinstance(each, ast.Constant)]
    return last_name(call.func) == "split" and given == ["\n"]


def _is_opened(name: ast.Name) -> bool:
    """Whether ``with open(path) as lines`` gives a name its value."""
    for each in walk(home_around(name)):
        target = each.optional_vars if isinstance(each, ast.withitem) else None
        if isinstance(each, ast.withitem) and is_named(target, name.id):
            return isinstance(each.context_expr, ast.Call) and last_name(each.context_expr.func) == "open"
    return False


def _stands_alone(source: Source, node: ast.AST) -> bool:
    """Whether the lines are read once, and no other lines beside them whose number must stay the same."""
    function = function_around(node)
    if function is not None and len(list(source.calls(function.name))) > 1:
        return False
    readers = [
        each for each in walk(source.tree) if isinstance(each, ast.Call) and last_name(each.func) in _GIVES_LINES
    ]
    beside = names_in(node.iter) if isinstance(node, ast.For) else set[str]()
    return len(readers) < 2 and "zip" not in beside and "enumerate" not in beside
