"""All samples handed to a function beside what was made of some of them: ``loss(labels, net(x[rows]))``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Frame, Span
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.origins import given_for
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_of_line,
    names_in,
    node_at,
    parameters,
    source_of,
)
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.cuts.cut_beside import ALL_MET, Cut, cuts_beside, stands_beside

CAUSE = "cut_on_one_side_only"
_COST = 0.02
_MET = (*ELEMENTWISE, "masked_fill", "masked_fill_", "where", "__getitem__", "cat", "stack")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``loss(labels[rows], net(x[rows]))``, where what the function makes of all the labels was refused."""
    operation = failed(evidence, *_MET)
    items = tensors(operation)
    sizes = [set(sizes_of(each)) for each in items]
    found: list[Candidate] = []
    for outer, inner in reversed([*pairwise(evidence.user_frames)]) if len(items) > 1 else ():
        for name, node, source in _given(outer, inner):
            held = sizes_of(outer.names.get(node.id))
            made = [each for each, item in zip(sizes, items, strict=True) if _is_made_of(evidence, item.span, name)]
            for cut in dict.fromkeys(cuts_beside(source, node)):
                others = set().union(*(each for each in sizes if each not in made))
                taken = _taken(outer, cut, held, others)
                change = suffixed(source.span(node), f"[{cut.index}]")
                if stands_beside(node, change.text):
                    # The same beside itself says nothing.
                    continue
                if any(held[0] in each and not taken & each for each in made) and taken & others:
                    doubt = ALL_MET if cut.base == node.id else ""
                    found.append(Candidate(change.text, (change,), (), _COST, doubt))
            if found:
                return found
    return found


def _given(outer: Frame, inner: Frame) -> Iterator[tuple[str, ast.Name, Source]]:
    """The names that a call hands on as they are, each with the parameter that it is given for."""
    source, call = found_at(outer.span)
    home = function_of_line(source_of(inner.span.file), inner.span.line)
    if source is None or home is None or not isinstance(call, ast.Call):
        return
    for name in parameters(home):
        node = given_for(call, home, name)
        if isinstance(node, ast.Name):
            yield name, node, source


def _taken(frame: Frame, cut: Cut, held: tuple[int, ...], others: set[int]) -> set[int]:
    """How many samples of all an index may take; nothing where it is no such index."""
    index, whole = frame.names.get(cut.index), sizes_of(frame.names.get(cut.base))
    if cut.axis or not held or whole[:1] != held[:1]:
        return set()
    if ":" in cut.index:
        return {each for each in others if each < held[0]}
    return set(sizes_of(index)) - {held[0]} if len(sizes_of(index)) == 1 else set()


def _is_made_of(evidence: Evidence, span: Span | None, name: str) -> bool:
    """Whether an operand, or something that it was made of, reads a name."""
    if span is None:
        return False
    return any(name in names_in(node_at(each)) for each in (span, *spans_behind(evidence, span)))
