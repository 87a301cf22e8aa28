"""Targets that keep the first step, where the prediction goes into the loss without it: ``out[1:]`` beside ``trg``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import user_sources
from shapecheck.reading.steps_left_out import begins_at_second, first_dropped
from shapecheck.records import TensorRecord

_COST = 0.05
OF_ITSELF = "what is foretold of a step may be the next one, and then the last one is to be left out of the prediction"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same cut for the target, where it is as long as the prediction was before."""
    operation, frame = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES), evidence.user_frame
    items = [operand(operation, role) for role in ("input", "target")] if operation is not None else []
    if frame is None or len(items) != 2 or any(item is None or item.span is None for item in items):
        return []
    given, target = items
    if given is None or target is None or sizes_of(given)[:1] == sizes_of(target)[:1]:
        return []
    held = {name: value.record for name, value in frame.names.items() if value.record is not None}
    cuts = [(cut, base) for cut, base in _cuts(evidence, given.span) if base.text in held]
    for cut, base in cuts:
        axis, sizes = cut.count(","), held[base.text].shape
        for span in _whole(evidence, target.span, held):
            shape = held[span.text].shape
            if shape[: axis + 1] == sizes[: axis + 1]:
                doubt = OF_ITSELF if _is_made_of(evidence, base, span.text) else ""
                return [Candidate(f"{span.text}{cut}", (Change(span, f"{span.text}{cut}"),), (), _COST, doubt)]
    return []


def _is_made_of(evidence: Evidence, base: Span, target: str) -> bool:
    """Whether the prediction is made of the target itself, by no loop that leaves the first step as it was."""
    sources = user_sources(evidence)
    loops = (each for source in sources for each in ast.walk(source.tree) if isinstance(each, ast.For))
    if any(begins_at_second(each) for each in loops):
        return False
    nodes = (expression(each.span.text) for each in trace(evidence, base))
    calls = (call for node in nodes if node is not None for call in ast.walk(node) if isinstance(call, ast.Call))
    return any(target in {ast.unparse(part) for part in call.args} for call in calls)


def _spans(evidence: Evidence, span: Span | None) -> list[Span]:
    return [span, *(origin.span for origin in trace(evidence, span))] if span is not None else []


def _cuts(evidence: Evidence, span: Span | None) -> Iterator[tuple[str, Span]]:
    """The cuts of the first step on the way to the prediction, each with the name of what is cut."""
    for each in _spans(evidence, span):
        for node in ast.walk(expression(each.text) or ast.Pass()):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and first_dropped(node):
                yield first_dropped(node), piece(each, node.value)


def _whole(evidence: Evidence, span: Span | None, held: dict[str, TensorRecord]) -> Iterator[Span]:
    """Where the target is read whole: by its name, of which only a reshape is made."""
    for each in _spans(evidence, span):
        node = expression(each.text)
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        if isinstance(node, ast.Name) and node.id in held:
            yield piece(each, node)
            return
