"""The steps of a sequence brought to one vector where they were not: behind the scores, or before several heads."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span
from shapecheck.reading.edits import call_of, piece, suffixed
from shapecheck.reading.failing import CONVOLUTIONS, INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, spans_of
from shapecheck.reading.sources import Source, found_at, function_around, node_at, source_of, user_sources
from shapecheck.reading.walked_steps import walks
from shapecheck.remedies.moves import put_behind

MEAN_MEANT = "no layer walks along the steps, and the last of them knows no more than the others: a mean may be meant"
_PICKED = "a step of each sequence of its own is picked elsewhere, and may be meant here"
CHANNELS_MEANT = "the layer reads as many numbers as the maps have channels, which may be what is meant"
_POOLED = "the mean of all places may be meant, as one vector for each sample, before the layer"
_TURNS = ("permute", "movedim", "moveaxis", "transpose")
ONE_MEANT = "no layer walks along the steps: where one of them stands for all, it is that one that may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """One step, or the mean of all, where scores of every step (rows, steps, classes) meet one label a row."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if given is None or target is None or len(sizes_of(target)) != 1:
        return []
    sizes = sizes_of(given)
    if len(sizes) > 3 and sizes[0] == sizes_of(target)[0] and sizes[1] not in sizes[2:]:
        return list(_of_places(evidence, given))
    return list(_pooled(evidence, given, sizes_of(target)[0])) if len(sizes) == 3 else []


def channels_put_last(evidence: Evidence, operation: Operation, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """The channels of maps behind their places, where a Linear reads them; their mean may be meant as well.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        item: The maps.
        cost: What it costs.
    """
    sizes = sizes_of(item)
    order = (0, *range(2, len(sizes)), 1)
    source, _ = found_at(operation.span)
    is_of_maps = source is not None and any(source.calls(*CONVOLUTIONS))
    doubt = _POOLED if is_of_maps and not _are_answers_for_places(evidence, source, sizes[0]) else ""
    for each in put_behind(evidence, item, f".permute{order}", [Step("permute", item.role, order)], cost=cost):
        yield each.doubted(doubt)


def _are_answers_for_places(evidence: Evidence, source: Source | None, rows: int) -> bool:
    """Whether the axes are put back behind it, or one layer alone answers: the mean may be taken behind it as well."""
    if source is None or any(source.calls(*_TURNS)):
        return source is not None
    held = [each.record for each in evidence.held_anywhere if each.record is not None]
    is_for_rows = any(each.shape == (rows,) and "int" in each.dtype for each in held)
    return is_for_rows and len(list(source.calls("Linear"))) == 1


def _of_places(evidence: Evidence, given: Argument) -> Iterator[Candidate]:
    """The mean of all places of a map whose scores lie last, as a layer gives them that reads the channels there."""
    if not any(_is_linear(evidence, span) for span in spans_of(evidence, given.span)):
        return
    places = tuple(range(1, len(sizes_of(given)) - 1))
    yield from put_behind(evidence, given, f".mean({places})", [Step("mean", given.role, (places,))], cost=0.3)


def _pooled(evidence: Evidence, given: Argument, rows: int) -> Iterator[Candidate]:
    sizes, is_walked = sizes_of(given), walks(evidence)
    is_picked = any(_picks_own_step(source.tree) for source in user_sources(evidence))
    for axis in (each for each in (1, 0) if sizes[1 - each] == rows):
        last, index = ("[:, -1]", (":", -1)) if axis == 1 else ("[-1]", (-1,))
        one = Step("item", given.role, index)
        cost = 0.4 + 0.1 * (axis == 0)
        ways = [(last, one, cost, "" if is_walked else MEAN_MEANT)]
        if not is_walked:
            ways.append((f".mean({axis})", Step("mean", given.role, (axis,)), cost - 0.05, ONE_MEANT))
        for suffix, step, much, doubt in ways:
            for each in put_behind(evidence, given, suffix, [step], cost=much):
                yield replace(each, doubt=each.doubt or doubt or (_PICKED if is_picked else ""))
            for origin in _read_by_heads(evidence, given):
                change = suffixed(origin.span, suffix)
                yield Candidate(f"{origin.expression} = {change.text}", (change,), (step,), much - 0.1, doubt)


def _is_linear(evidence: Evidence, span: Span) -> bool:
    call = call_of(span)
    return call is not None and kind_of(evidence, piece(span, call.func)) == "Linear"


def _picks_own_step(tree: ast.AST) -> bool:
    """Whether something is indexed by lengths less one, as for the last step of each sequence."""
    indices = (node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript))
    less = (each for each in indices if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub))
    return any(isinstance(each.right, ast.Constant) and each.right.value == 1 for each in less)


def _read_by_heads(evidence: Evidence, given: Argument) -> Iterator[Origin]:
    """What several layers make their scores of: each of them has every step."""
    behind = evidence.origins.get(given.expression, ())
    for origin, following in itertools.pairwise(behind):
        head, source = node_at(origin.span), source_of(origin.span.file)
        if not isinstance(head, ast.Call) or source is None or len(head.args) != 1 or not following.is_whole:
            continue
        name = head.args[0]
        if isinstance(name, ast.Name) and name.id == following.expression and _is_for_heads(source, name):
            yield following
            return


def _is_for_heads(source: Source, name: ast.Name) -> bool:
    """Whether all that reads a name, which is given once, are calls of layers of this object, and more than one."""
    nodes = ast.walk(function_around(name) or source.tree)
    same = [each for each in nodes if isinstance(each, ast.Name) and each.id == name.id]
    reads = [each for each in same if isinstance(each.ctx, ast.Load)]
    return len(same) == len(reads) + 1 and len(reads) > 1 and all(map(_is_read_by_head, reads))


def _is_read_by_head(read: ast.Name) -> bool:
    up = getattr(read, "parent", None)
    return isinstance(up, ast.Call) and up.args == [read] and ast.unparse(up.func).startswith("self.")
