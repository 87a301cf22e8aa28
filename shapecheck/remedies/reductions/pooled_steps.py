"""The steps of a sequence brought to one vector where they were not: behind the scores, or before several heads."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    Source,
    function_around,
    home_around,
    is_named,
    node_at,
    source_of,
    statement_of,
    user_sources,
    walk,
)
from shapecheck.reading.steps.walked_steps import walks
from shapecheck.remedies.moves import put_behind

_MEAN_MEANT = "no layer walks along the steps, and the last of them knows no more than the others: a mean may be meant"
_PICKED = "a step of each sequence of its own is picked elsewhere, and may be meant here"
_ONE_MEANT = "no layer walks along the steps: where one of them stands for all, it is that one that may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """One step, or the mean of all, where scores of every step (rows, steps, classes) meet one label a row."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if given is None or target is None or len(sizes_of(given)) != 3 or len(sizes_of(target)) != 1:
        return []
    return list(_pooled(evidence, given, sizes_of(target)[0]))


def _pooled(evidence: Evidence, given: Argument, rows: int) -> Iterator[Candidate]:
    sizes, is_walked = sizes_of(given), walks(evidence)
    is_picked = any(_picks_own_step(source.tree) for source in user_sources(evidence))
    for axis in (each for each in (1, 0) if sizes[1 - each] == rows):
        last, index = ("[:, -1]", (":", -1)) if axis == 1 else ("[-1]", (-1,))
        one = Step("item", given.role, index)
        cost = 0.4 + 0.1 * (axis == 0)
        ways = [(last, one, cost, "" if is_walked else _MEAN_MEANT)]
        if not is_walked:
            ways.append((f".mean({axis})", Step("mean", given.role, (axis,)), cost - 0.05, _ONE_MEANT))
        for suffix, step, much, doubt in ways:
            for each in put_behind(evidence, given, suffix, [step], cost=much):
                yield replace(each, doubt=each.doubt or doubt or (_PICKED if is_picked else ""))
            if is_walked and not is_picked and not _is_cut_elsewhere(given):
                for place in _read_by_last_layer(evidence, given):
                    change = suffixed(place, suffix)
                    yield Candidate(change.text, (change,), (step,), much - 0.05, doubt)
            for origin in _read_by_heads(evidence, given):
                change = suffixed(origin.span, suffix)
                yield Candidate(f"{origin.expression} = {change.text}", (change,), (step,), much - 0.1, doubt)


def _picks_own_step(tree: ast.AST) -> bool:
    """Whether something is indexed by lengths less one, as for the last step of each sequence."""
    indices = (node.slice for node in walk(tree) if isinstance(node, ast.Subscript))
    less = (each for each in indices if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub))
    return any(isinstance(each.right, ast.Constant) and each.right.value == 1 for each in less)


def _is_cut_elsewhere(given: Argument) -> bool:
    """Whether one step is taken of what the loss was given where the script reads it once more."""
    node = node_at(given.span)
    home = home_around(node)
    if not isinstance(node, ast.Name):
        return False
    cut = (each.value for each in walk(home or node) if isinstance(each, ast.Subscript))
    return any(is_named(each, node.id) for each in cut)


def _read_by_last_layer(evidence: Evidence, given: Argument) -> Iterator[Span]:
    """What the layer reads that gives the scores, where a model of the script returns what that layer gives."""
    for origin in evidence.origins.get(given.expression, ()):
        head = node_at(origin.span)
        if isinstance(head, ast.Call) and len(head.args) == 1 and ast.unparse(head.func).startswith("self."):
            source, line = source_of(origin.span.file), statement_of(head)
            if source is not None and isinstance(line, ast.Return) and line.value is head:
                yield source.span(head.args[0])
                return


def _read_by_heads(evidence: Evidence, given: Argument) -> Iterator[Origin]:
    """What several layers make their scores of: each of them has every step."""
    behind = evidence.origins.get(given.expression, ())
    for origin, following in itertools.pairwise(behind):
        head, source = node_at(origin.span), source_of(origin.span.file)
        if not isinstance(head, ast.Call) or source is None or len(head.args) != 1 or not following.is_whole:
            continue
        name = head.args[0]
        if is_named(name, following.expression) and _is_for_heads(source, name):
            yield following
            return


def _is_for_heads(source: Source, name: ast.Name) -> bool:
    """Whether all that reads a name, which is given once, are calls of layers of this object, and more than one."""
    nodes = walk(function_around(name) or source.tree)
    same = [each for each in nodes if is_named(each, name.id)]
    reads = [each for each in same if isinstance(each.ctx, ast.Load)]
    return len(same) == len(reads) + 1 and len(reads) > 1 and all(map(_is_read_by_head, reads))


def _is_read_by_head(read: ast.Name) -> bool:
    up = getattr(read, "parent", None)
    return isinstance(up, ast.Call) and up.args == [read] and ast.unparse(up.func).startswith("self.")
