"""Targets that keep the first step, where the prediction goes into the loss without it: ``out[1:]`` beside ``trg``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.sources import user_sources, walk
from shapecheck.reading.steps.steps_left_out import begins_at_second, first_dropped
from shapecheck.records import TensorRecord

CAUSE = "cut_on_one_side_only"
_COST = 0.05
_LAYOUTS = ("RNN", "LSTM", "GRU", "pad_sequence", "TransformerEncoderLayer", "TransformerDecoderLayer")
_EITHER = "nothing else tells which axis of the two is that of the samples"
_OF_ITSELF = "what is foretold of a step may be the next one, and then the last one is to be left out of the prediction"


@dataclass(frozen=True, slots=True)
class _Cut:
    """A cut that drops the first step: its text, what is cut, and both together."""

    text: str
    base: Span
    whole: Span


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same cut for the target, where it is as long as the prediction was before."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    items = [operand(operation, role) for role in ("input", "target")] if operation is not None else []
    if len(items) != 2 or any(item is None or item.span is None for item in items):
        return []
    given, target = items
    if given is None or target is None or sizes_of(given)[:1] == sizes_of(target)[:1]:
        return []
    held = {name: value.record for name, value in evidence.held.items() if value.record is not None}
    cuts, theirs = ([each for each in _cuts(evidence, item.span) if each.base.text in held] for item in (given, target))
    if len(cuts) == len(theirs) == 1:
        return list(_along_the_steps(evidence, held, cuts[0], theirs[0]))
    for cut, base in ((each.text, each.base) for each in cuts):
        axis, sizes = cut.count(","), held[base.text].shape
        for span in _whole(evidence, target.span, held):
            shape = held[span.text].shape
            if shape[: axis + 1] == sizes[: axis + 1]:
                doubt = _OF_ITSELF if _is_made_of(evidence, base, span.text) else ""
                return [Candidate(f"{span.text}{cut}", (Change(span, f"{span.text}{cut}"),), (), _COST, doubt)]
    return []


def _along_the_steps(
    evidence: Evidence, held: dict[str, TensorRecord], ours: _Cut, theirs: _Cut
) -> Iterator[Candidate]:
    """The one cut that drops a sample as the other one, where the two drop the first item of different axes."""
    if ours.text == theirs.text or held[ours.base.text].shape[:2] != held[theirs.base.text].shape[:2]:
        return
    told = {says_batch_first(call) for source in user_sources(evidence) for call in source.calls(*_LAYOUTS)}
    for wrong, right in ((ours, theirs), (theirs, ours)):
        is_of_samples = ("," not in wrong.text) is (True in told)
        if is_of_samples or len(told) != 1:
            text = f"{wrong.base.text}{right.text}"
            yield Candidate(text, (Change(wrong.whole, text),), (), _COST, "" if len(told) == 1 else _EITHER)


def _is_made_of(evidence: Evidence, base: Span, target: str) -> bool:
    """Whether the prediction is made of the target itself, by no loop that leaves the first step as it was."""
    sources = user_sources(evidence)
    loops = (each for source in sources for each in walk(source.tree) if isinstance(each, ast.For))
    if any(begins_at_second(each) for each in loops):
        return False
    nodes = (expression(each.span.text) for each in trace(evidence, base))
    calls = (call for node in nodes if node is not None for call in walk(node) if isinstance(call, ast.Call))
    return any(target in {ast.unparse(part) for part in call.args} for call in calls)


def _cuts(evidence: Evidence, span: Span | None) -> Iterator[_Cut]:
    """The cuts of the first step on the way to an operand."""
    for each in spans_of(evidence, span):
        for node in walk(expression(each.text)):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and first_dropped(node):
                yield _Cut(first_dropped(node), piece(each, node.value), piece(each, node))


def _whole(evidence: Evidence, span: Span | None, held: dict[str, TensorRecord]) -> Iterator[Span]:
    """Where the target is read whole: by its name, of which only a reshape is made."""
    for each in spans_of(evidence, span):
        node = expression(each.text)
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        if isinstance(node, ast.Name) and node.id in held:
            yield piece(each, node)
            return
