"""Scores and targets of sequences of several lengths, both packed: the loss then sees no padding."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Frame
from shapecheck.reading.edits import place_before
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, is_named, node_at, source_of, statement_of, walk
from shapecheck.reading.steps.lengths_held import lengths_held

_PACK = "pack_padded_sequence"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Both operands of a loss packed by the lengths at hand, in a script that has what packs and calls it nowhere."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    frame, node = evidence.user_frame, node_at(given.span) if given is not None else None
    source = source_of(frame.span.file) if frame is not None else None
    if given is None or target is None or frame is None or source is None or node is None or target.span is None:
        return []
    scores, labels = sizes_of(given), sizes_of(target)
    is_of_sequences = len(scores) == 3 and len(labels) == 2 and scores[0] == labels[0] and scores[1] <= labels[1]
    if not is_of_sequences or not _is_left_lying(source):
        return []
    if labels[1] > scores[1] and not _begins_later(evidence, target):
        # They may be longer by the token that stands in front, and every score would meet the wrong one.
        return []
    return list(_packed(frame, (given, target), statement_of(node), source))


def _begins_later(evidence: Evidence, target: Argument) -> bool:
    """Whether the targets are a table without its first step: ``captions[:, 1:]``."""
    span = target.span
    texts = [span.text, *(origin.span.text for origin in trace(evidence, span, through=True))] if span else []
    return any(re.search(r"\[\s*:\s*,\s*1\s*:", text) for text in texts)


def _packed(
    frame: Frame, operands: tuple[Argument, Argument], statement: ast.stmt | None, source: Source
) -> Iterator[Candidate]:
    rows, longest = sizes_of(operands[0])[:2]
    lengths = [name for name, most in lengths_held(frame, rows).items() if most == longest]
    if len(lengths) != 1 or statement is None:
        return
    held = frame.names[lengths[0]]
    rest = f"{lengths[0]}, batch_first=True{'' if held.facts.get('falling') else ', enforce_sorted=False'}"
    texts = [each.span.text for each in operands if each.span is not None]
    packed = [f"{_PACK}({text}, {rest}).data" for text in texts]
    if all(text.isidentifier() for text in texts):
        first = source.span(statement)
        lines = "\n".join(f"{text} = {made}" for text, made in zip(texts, packed, strict=True))
        place = place_before(first)
        text = lines.replace("\n", f"\n{' ' * first.column}") + f"\n{' ' * first.column}"
        changes: tuple[Change, ...] = (Change(place, text),)
    else:
        spans = [each.span for each in operands if each.span is not None]
        changes = tuple(Change(span, made) for span, made in zip(spans, packed, strict=True))
    yield Candidate(f"both packed by {lengths[0]}", changes, (), 0.04)


def _is_left_lying(source: Source) -> bool:
    """Whether what packs is imported by its name, and nothing reads that name."""
    imports = (node for node in walk(source.tree) if isinstance(node, ast.ImportFrom))
    is_there = any(each.name == _PACK and each.asname is None for node in imports for each in node.names)
    return is_there and not any(is_named(node, _PACK) for node in walk(source.tree))
