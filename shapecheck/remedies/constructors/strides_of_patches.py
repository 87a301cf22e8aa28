"""Patches that are taken at other steps than they are long, where a table counts as many as lie side by side."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, expression, with_keyword
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import ELEMENTWISE
from shapecheck.reading.sources import known_at, names_in, user_sources, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.records import CallRecord

_COST = 0.04
_CUTS = ("Conv1d", "Conv2d", "Conv3d", "Unfold")
# Where the constructor is told how long a patch is, its step, and what keeps the maps from being cut evenly.
_PLACES = {"Unfold": {"kernel_size": 0, "dilation": 1, "padding": 2, "stride": 3}}
_PLACES_OF_CONVOLUTION = {"kernel_size": 2, "stride": 3, "padding": 4, "dilation": 5}
_APART = r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension"
_OVERLAPPING = "the patches may be meant to overlap, or to lie apart, and the table be made for another number of them"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Unfold(kernel_size=patch, stride=patch)`` beside a table of ``(size // patch) ** 2`` places."""
    operation, said = failed(evidence, *ELEMENTWISE), says(evidence, _APART)
    if operation is None or said is None:
        return []
    counts = (int(said[1]), int(said[2]))
    formulas = [span.text for item in operation.arguments for span in (spans_behind(evidence, item.span))]
    cuts = [entry.call for entry in evidence.trace or () if entry.call.type in _CUTS]
    found = [each for call in cuts for each in _evenly(evidence, call, counts, formulas)]
    return found if len({each.changes for each in found}) == 1 else []


def _evenly(
    evidence: Evidence, record: CallRecord, counts: tuple[int, int], formulas: list[str]
) -> Iterator[Candidate]:
    sizes = [each.shape[2:] for each in (*record.inputs[:1], *record.outputs[:1])]
    have = prod(sizes[1]) if len(sizes) == 2 else 0
    if have not in counts or not sizes[0]:
        return
    want = counts[1 - counts.index(have)]
    for source in user_sources(evidence):
        for call in source.calls(record.type):
            told = {name: argument(source.span(call), name, at) for name, at in _places(record.type).items()}
            length, step = told["kernel_size"], told["stride"]
            numbers = {name: worked_out(evidence, span) for name, span in told.items() if span is not None}
            patch, steps = numbers.pop("kernel_size", None), numbers.pop("stride", 1)
            is_plain = numbers.pop("padding", 0) == 0 and numbers.pop("dilation", 1) == 1
            if length is None or not patch or not steps or not is_plain:
                continue
            if _places_at(sizes[0], patch, steps) != have or _places_at(sizes[0], patch, patch) != want:
                continue
            change = (
                Change(step, length.text)
                if step is not None
                else with_keyword(source.span(call), "stride", length.text)
            )
            is_told = _is_reckoned_with(call, length, formulas)
            if change is not None and steps != patch:
                yield Candidate(f"stride={length.text}", (change,), (), _COST, "" if is_told else _OVERLAPPING)


def _places(kind: str) -> dict[str, int]:
    return _PLACES.get(kind, _PLACES_OF_CONVOLUTION)


def _places_at(sizes: tuple[int, ...], patch: int, step: int) -> int:
    """How many patches there are at these steps."""
    return prod((size - patch) // step + 1 for size in sizes)


def _is_reckoned_with(call: ast.Call, length: Span, formulas: list[str]) -> bool:
    """Whether the number of places is reckoned by dividing by the length of a patch, which has a name."""
    node = expression(length.text)
    names = names_in(node) & known_at(call)
    divisions = [
        each.right
        for text in formulas
        for each in walk(expression(text) or ast.Constant(0))
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.FloorDiv)
    ]
    return bool(names) and any(ast.unparse(each) == ast.unparse(node) for each in divisions if node is not None)
