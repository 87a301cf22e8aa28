"""A parameter that nobody reads, and that is just what a width lacks: ``nn.Linear(state + action, 32)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import bracketed, call_of, is_number, piece
from shapecheck.reading.failing import failed, kind, maker, number, shape
from shapecheck.reading.joined.joins import Join, joins, place_of_input
from shapecheck.reading.layers.layer_arguments import TAKEN, told_for
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sizes.refused_widths import two_directions
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sources import last_name, node_at

_COST = 0.02
_DOUBT = "a parameter may be left unread on purpose, and a number fit by chance"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The sum or the product with the unread parameter, where a layer takes less than what came."""
    operation = failed(evidence, *TAKEN)
    sizes = shape(operation, "input")
    origin = maker(evidence, operation)
    if operation is None or origin is None or sizes is None or len(sizes) < 2:
        return []
    name, _, axis = TAKEN[kind(operation)]
    given = told_for(origin, name)
    have, came = number(operation, name), sizes[axis]
    if given is None or not 0 < have < came or two_directions(evidence):
        return []
    place, found = place_of_input(evidence, operation), []
    joined = {part for each in joins(evidence, place) for part in _widths(evidence, each, axis)} if place else set()
    # A name that a call farther out has handed on may lack what that one's function never reads.
    outer = (each for each in evidence.told.get(name, ())[1:] if not is_number(each.text))
    for told in dict.fromkeys((given, *_handed(evidence, given), *outer)):
        for other, value in unread_numbers(evidence, told):
            sign = "+" if have + value == came else "*" if have * value == came and value > 1 else ""
            if sign:
                left = bracketed(told.text) if sign == "*" else told.text
                text, trial = f"{left} {sign} {other}", (Step("configure", "", (name, came)),)
                is_part = value in joined if sign == "+" else _is_merged(evidence, place, have)
                doubt = "" if is_part else _DOUBT
                found.append(Candidate(f"{name}={text}", (Change(told, text),), trial, _COST, doubt))
    return found


def _handed(evidence: Evidence, given: Span) -> Iterator[Span]:
    """Where a width was handed on by its name to the class or the function that makes the layer."""
    for origin in trace(evidence, given, parts=True):
        node = node_at(origin.span)
        if not isinstance(node, ast.Name) or not isinstance(getattr(node, "parent", None), ast.Call | ast.keyword):
            return
        yield origin.span


def _is_merged(evidence: Evidence, place: Span | None, have: int) -> bool:
    """Whether einops merges axes that come to a width with one more: ``(p q c)`` of patches, which are told p and q."""
    spans = spans_of(evidence, place)
    for span in spans:
        call = call_of(span)
        if call is None or last_name(call.func) != "rearrange" or len(call.args) != 2:
            continue
        told, pattern = {str(each.arg): piece(span, each.value) for each in call.keywords}, call.args[1]
        text = pattern.value if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str) else ""
        merged = re.search(r"->.*\(([^()]*)\)\s*$", text)
        letters = merged.group(1).split() if merged is not None else []
        sizes = [worked_out(evidence, told[each]) for each in letters if each in told]
        if len(sizes) == len(letters) - 1 and all(type(each) is int for each in sizes):
            return prod(each for each in sizes if each is not None) == have
    return False


def _widths(evidence: Evidence, join: Join, axis: int) -> Iterator[int]:
    """How wide each part of a join of two is."""
    if len(join.parts) != 2:
        return
    for part in join.parts:
        held = [each.names[part.text].record for each in evidence.frames if part.text in each.names]
        yield from (each.shape[axis] for each in held if each is not None and len(each.shape) > abs(axis))
