"""The step behind the one of this round, which the last round of a loop does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Span
from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES
from shapecheck.reading.sources import (
    Source,
    function_around,
    items_of,
    last_name,
    loop_around,
    parents,
    source_of,
    statement_of,
    walk,
)


def beyond_last_round(base: Span, use: Span, index: Span) -> Iterator[Candidate]:
    """One round less, or the step of this round: ``y[:, t + 1]`` where ``t`` goes up to the last step.

    Args:
        base: What is indexed.
        use: The whole expression.
        index: The part of the index that is too high.
    """
    source, node = source_of(use.file), expression(index.text)
    at = source.node_at(use) if source is not None else None
    if source is None or at is None or not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
        return
    counter, more = node.left, whole_number(node.right)
    loop = loop_around(at)
    if loop is None or more != 1 or not isinstance(counter, ast.Name) or ast.unparse(loop.target) != counter.id:
        return
    if not isinstance(loop.iter, ast.Call) or last_name(loop.iter.func) != "range":
        return
    if len(loop.iter.args) not in (1, 2):
        # It counts down, or leaves steps out.
        return
    if _reads_this_round(loop, base.text, counter.id) or _goes_with_this_round(at, counter.id):
        # This step goes in and the next one is what comes out: the last has none behind it.
        stop = source.span(loop.iter.args[0 if len(loop.iter.args) == 1 else 1])
        whole = whole_number(expression(stop.text) or counter)
        text = f"{stop.text} - 1" if whole is None else str(whole - 1)
        yield Candidate(f"range up to {text}", (Change(stop, text),), (), 0.1)
    elif _begins_elsewhere(source, loop, at, base.text):
        # What goes into the next round is the step that this round was to give.
        yield Candidate(f"[{index.text} -> {counter.id}]", (Change(index, counter.id),), (), 0.1)


def _reads_this_round(loop: ast.For, base: str, counter: str) -> bool:
    """Whether a loop takes the step of this round from the same tensor as well."""
    return any(
        isinstance(node, ast.Subscript)
        and ast.unparse(node.value) == base
        and counter in map(ast.unparse, items_of(node.slice))
        for node in walk(loop)
    )


def _goes_with_this_round(at: ast.AST, counter: str) -> bool:
    """Whether a loss holds the step of this round of another tensor against it: what is foretold is the next one."""
    up = next((each for each in parents(at) if isinstance(each, ast.Call)), None)
    is_loss = up is not None and last_name(up.func) in (*INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    return (
        up is not None
        and is_loss
        and any(
            isinstance(node, ast.Subscript) and node is not at and counter in map(ast.unparse, items_of(node.slice))
            for node in walk(up)
        )
    )


def _begins_elsewhere(source: Source, loop: ast.For, at: ast.AST, base: str) -> bool:
    """Whether a step is handed to the next round under a name whose first value is no step of the same tensor."""
    statement = statement_of(at)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    name = statement.targets[0]
    block = getattr(getattr(loop, "parent", None), "body", [])
    before = block[: block.index(loop)] if loop in block else []
    first = [
        each.value
        for each in before
        if isinstance(each, ast.Assign) and any(ast.unparse(target) == ast.unparse(name) for target in each.targets)
    ]
    reads = [
        node
        for node in walk(loop)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id == ast.unparse(name)
    ]
    function = function_around(loop)
    is_given = function is not None and ast.unparse(name) in {item.arg for item in function.args.args}
    begun = ast.unparse(first[-1]) if first else ast.unparse(name) if is_given else ""
    # Read above the place where it is given its next value: that is what makes it the next round's.
    is_handed = any(node.lineno <= statement.lineno for node in reads)
    return bool(begun) and is_handed and f"{base}[" not in begun and source.span(statement).line > loop.lineno
