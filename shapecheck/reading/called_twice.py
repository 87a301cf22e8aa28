"""Whether a change would call a module or a function of the script once more than the script does."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable

from shapecheck.candidate import Change
from shapecheck.evidence import Span
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import Source, is_named, source_of, walk

# What only looks at a tensor may stand twice.
_METHODS = ("size", "dim", "numel", "item", "tolist")


def calls_twice(changes: Iterable[Change]) -> bool:
    """Whether changes repeat a call that stands in the same statement: ``y.view_as(net(x))`` beside ``net(x)``.

    It would draw other dropout, count a batch twice, or read on in a file. What is only given something else is called
    as often as before.
    """
    changes = list(changes)
    more: Counter[str] = Counter()
    for change in changes:
        more.update(_calls(expression(change.text)))
        more.subtract(_calls(expression(change.span.text)))
    callees: Counter[str] = Counter()
    for text, count in more.items():
        callees[text.partition("(")[0]] += count
    repeated = [text for text, count in more.items() if count > 0 and callees[text.partition("(")[0]] > 0]
    return bool(repeated) and any(text in _beside(change.span) for change in changes for text in repeated)


def _beside(span: Span) -> set[str]:
    source = source_of(span.file)
    statement = _statement(source, span.line) if source is not None else None
    return set(_calls(statement))


def _statement(source: Source, line: int) -> ast.stmt | None:
    """The innermost statement that a line belongs to."""
    around = [
        each
        for each in walk(source.tree)
        if isinstance(each, ast.stmt) and each.lineno <= line <= (each.end_lineno or each.lineno)
    ]
    return min(around, key=lambda each: (each.end_lineno or each.lineno) - each.lineno, default=None)


def _calls(node: ast.AST | None) -> Counter[str]:
    """How often what belongs to the script is called: what has a name of its own, or is of ``self``."""
    found: Counter[str] = Counter()
    if node is None:
        return found
    if isinstance(node, ast.IfExp):
        # One of the two branches is taken.
        return _calls(node.test) + (_calls(node.body) | _calls(node.orelse))
    if isinstance(node, ast.Call) and _is_own(node.func):
        found[ast.unparse(node)] += 1
    for each in ast.iter_child_nodes(node):
        found += _calls(each)
    return found


def _is_own(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return not hasattr(builtins, node.id)
    if not isinstance(node, ast.Attribute) or node.attr in _METHODS:
        return False
    base: ast.expr = node
    while isinstance(base, ast.Attribute):
        base = base.value
    # What is called of another name may be a tensor's method, which may be asked for as often as one likes.
    return is_named(base, "self")
