"""What a loop counts, taken along another axis than the loop goes along: ``pred[:, i]`` for ``pred[:, :, i]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece, takes_all
from shapecheck.reading.failing import CELLS, RECURRENT, SAME_SHAPE_LOSSES, failed, features_taken, operand
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sizes.asked_sizes import ASKED
from shapecheck.reading.sources import Source, found_at, items_of, last_name, parents
from shapecheck.reading.ways_back import spans_behind

CAUSE = "item_of_wrong_axis"
_COST = 0.01
_NOT_COUNTED = "how many rounds the loop has is not known, and so not which axis it goes along"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same round of the only axis that leaves what the other operand has, or as wide as a layer reads."""
    layer = failed(evidence, "Linear", *RECURRENT, *CELLS)
    if layer is not None:
        item = operand(layer, "input")
        width = features_taken(layer)
        return list(_elsewhere(evidence, item, (*sizes_of(item)[:-1], width))) if item is not None else []
    pairs = both_ways(failed(evidence, *ELEMENTWISE, *SAME_SHAPE_LOSSES))
    return [each for item, other in pairs for each in _elsewhere(evidence, item, sizes_of(other))]


def _elsewhere(evidence: Evidence, item: Argument, wanted: tuple[int, ...]) -> Iterator[Candidate]:
    for span in spans_behind(evidence, item.span) if item.span is not None else ():
        source, node = found_at(span)
        if source is None or not isinstance(node, ast.Subscript):
            continue
        held = held_around(evidence, source, node).get(ast.unparse(node.value))
        sizes = sizes_of(held)
        parts = items_of(node.slice)
        at = len(parts) - 1
        if not sizes or at >= len(sizes) or not all(map(takes_all, parts[:-1])) or not isinstance(parts[at], ast.Name):
            continue
        if sizes[:at] + sizes[at + 1 :] != sizes_of(item):
            continue
        fitting = [axis for axis in range(len(sizes)) if sizes[:axis] + sizes[axis + 1 :] == wanted]
        rounds = rounds_of(evidence, source, node, ast.unparse(parts[at]))
        if len(fitting) != 1 or not wanted or rounds not in (None, sizes[fitting[0]]):
            return
        text = f"{source.span(node.value).text}[{', '.join([':'] * fitting[0] + [ast.unparse(parts[at])])}]"
        doubt = "" if rounds is not None else _NOT_COUNTED
        yield Candidate(text, (Change(span, text),), (), _COST + 0.4 * bool(doubt), doubt)
        return


def rounds_of(evidence: Evidence, source: Source, node: ast.AST, name: str) -> int | None:
    """How many rounds the loop has that counts by a name, where that is known."""
    for up in parents(node):
        loops = up.generators if isinstance(up, ast.ListComp | ast.GeneratorExp) else [up]
        for loop in loops:
            if not isinstance(loop, ast.For | ast.comprehension) or not isinstance(loop.iter, ast.Call):
                continue
            kind, given = last_name(loop.iter.func), loop.iter.args
            target = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else loop.target
            if kind not in ("range", "enumerate") or len(given) != 1 or ast.unparse(target) != name:
                continue
            span = source.span(given[0])
            return _number(evidence, source, span) if kind == "range" else _length(evidence, source, span)
    return None


def _number(evidence: Evidence, source: Source, span: Span) -> int | None:
    """What a loop counts up to: a number, or a size that is asked of a tensor by its name."""
    asked, node = ASKED.fullmatch(span.text), source.node_at(span)
    if asked is None or node is None:
        return worked_out(evidence, span)
    held = held_around(evidence, source, node).get(asked.group(1) or asked.group(4))
    sizes = sizes_of(held)
    axis = int(asked.group(2) or asked.group(3) or 0)
    return sizes[axis] if -len(sizes) <= axis < len(sizes) else None


def _length(evidence: Evidence, source: Source, span: Span) -> int | None:
    """How many items something has: by what is held, or by how a list of layers was made."""
    node = source.node_at(span)
    held = held_around(evidence, source, node).get(span.text)
    if held is not None and "len" in held.facts:
        return int(held.facts["len"])
    # Of a part of something nothing is known by the whole.
    is_whole = isinstance(node, ast.Name | ast.Attribute)
    for place in spans_behind(evidence, span, only_whole=True) if is_whole else ():
        made = expression(place.text)
        inner = made.args[0] if isinstance(made, ast.Call) and len(made.args) == 1 else made
        if isinstance(inner, ast.List | ast.Tuple):
            return len(inner.elts)
        rounds = inner.generators[0].iter if isinstance(inner, ast.ListComp) and len(inner.generators) == 1 else None
        if isinstance(rounds, ast.Call) and last_name(rounds.func) == "range" and len(rounds.args) == 1:
            return worked_out(evidence, piece(place, rounds.args[0]))
    return None
