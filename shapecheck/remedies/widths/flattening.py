"""Flattening in front of a Linear: forgotten among the parts of a container, or done with the batch as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.edits import bracketed, call_of, expression, piece, place_before, with_keyword
from shapecheck.reading.failing import failed, number, operand, shape, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sizes.refused_widths import not_flattened
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sources import last_name, user_sources
from shapecheck.reading.where_made import made_or_written

_ALL = ("flatten", "ravel", "view", "reshape")
_COST = 0.05
_CAUSE = "batch_flattened"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes where a Linear got a sample's axes apart, or all samples as one row."""
    return [*_before_parts(evidence), *_batch_too(evidence)]


def _before_parts(evidence: Evidence) -> Iterator[Candidate]:
    """``nn.Flatten()`` before the part of a container that begins with the Linear: ``Sequential(backbone, head)``."""
    operation = failed(evidence, "Linear")
    if operation is None or evidence.inner is None or not_flattened(evidence) is None:
        return
    for source in user_sources(evidence):
        for call in source.calls("Sequential"):
            for at, part in enumerate(call.args):
                first = _first_of(evidence, source.span(part.value if isinstance(part, ast.Starred) else part))
                if at == 0 or last_name(first) not in ("Linear", "LazyLinear"):
                    continue
                home = ast.unparse(call.func).removesuffix("Sequential")
                here = source.span(part)
                spot = place_before(here)
                yield Candidate(f"{home}Flatten() before {here.text}", (Change(spot, f"{home}Flatten(), "),), (), 0.12)


def _first_of(evidence: Evidence, span: Span) -> ast.expr | None:
    """What is called to make the first of a list or a container of layers, where these are written out."""
    for place in spans_of(evidence, span):
        node = expression(place.text)
        first = None
        while parts := _parts(first or node):
            first = parts[0]
        if isinstance(first, ast.Call):
            return first.func
    return None


def _parts(node: ast.AST | None) -> list[ast.expr]:
    if isinstance(node, ast.List | ast.Tuple):
        return node.elts
    return node.args if isinstance(node, ast.Call) and last_name(node.func) == "Sequential" else []


def _batch_too(evidence: Evidence) -> Iterator[Candidate]:
    """``flatten(x)``, ``x.view(-1)``: the batch stays an axis of its own."""
    operation = failed(evidence, "Linear")
    sizes = shape(operation, "input", "x")
    want = number(operation, "in_features")
    if operation is None or evidence.operation is None or sizes is None or len(sizes) != 1 or want < 2:
        return
    if prod(sizes) % want or sizes[0] == want:
        return
    item = operand(operation, "input", "x")
    if item is not None and item.span is None:
        item = next(iter(tensors(evidence.operation)), None)
    for origin in made_or_written(evidence, item) if item is not None else ():
        call = call_of(origin.span)
        if call is None or last_name(call.func) not in _ALL or not isinstance(call.func, ast.Attribute):
            continue
        by_function = is_of_torch(call)
        sizes_given = call.args[1:] if by_function else call.args
        base = call.args[0] if by_function and call.args else call.func.value
        held = sizes_of(evidence.held.get(ast.unparse(base)))
        if held and prod(held) == sizes[0] and prod(held[1:]) != want:
            # Its own rows are parts of samples, such as the nodes of several graphs.
            rows = next(size_texts(evidence, origin.span, sizes[0] // want), "")
            text = f"{bracketed(ast.unparse(base))}.reshape({f'{rows}, -1' if rows else f'-1, {want}'})"
            yield Candidate(text, (Change(origin.span, text),), (), _COST, cause=_CAUSE)
            return
        if call.func.attr == "flatten":
            if sizes_given or call.keywords:
                continue
            change = with_keyword(origin.span, "start_dim", "1")
        elif [ast.unparse(each) for each in sizes_given] in ([], ["-1"]) and not by_function:
            change = Change(origin.span, f"{piece(origin.span, call.func.value).text}.flatten(1)")
        else:
            continue
        if change is not None:
            yield Candidate("flatten from the second axis on", (change,), (), _COST, cause=_CAUSE)
        return
