"""Scores of packed steps against labels that are laid flat with their padding: the labels packed as the scores were."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, last_name, user_sources
from shapecheck.reading.steps.lengths_held import lengths_held
from shapecheck.reading.vocabulary import RESHAPES
from shapecheck.reading.ways_back import spans_behind

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``pack_padded_sequence(captions, lengths, batch_first=True).data`` for ``captions.view(-1)``."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if given is None or target is None or given.span is None or target.span is None:
        return []
    scores, labels = sizes_of(given), sizes_of(target)
    if len(scores) != 2 or len(labels) != 1 or scores[0] >= labels[0]:
        return []
    behind = [span.text for span in spans_behind(evidence, given.span)]
    calls = [
        (source, call)
        for source in user_sources(evidence)
        for call in source.calls("pack_padded_sequence")
        if any(source.span(call).text in text for text in behind)
    ]
    if len(calls) != 1 or not any(".data" in text or "[0]" in text for text in behind):
        return []
    return list(_packed(evidence, target.span, *calls[0], labels[0]))


def _packed(evidence: Evidence, target: Span, source: Source, call: ast.Call, count: int) -> Iterator[Candidate]:
    for span in spans_of(evidence, target):
        base = _flattened(expression(span.text))
        for frame in evidence.user_frames if base is not None else ():
            held = frame.names.get(ast.unparse(base)) if base is not None else None
            sizes = held.record.shape if held is not None and held.record is not None else ()
            is_flat = len(sizes) == 2 and sizes[0] * sizes[1] == count
            known = lengths_held(frame, sizes[0]) if is_flat else {}
            names = [name for name, most in known.items() if most <= sizes[1]]
            if base is not None and len(names) == 1 and frame.span.file == span.file:
                told = "".join(f", {ast.unparse(each)}" for each in call.keywords)
                name = source.span(call.func).text
                text = f"{name}({piece(span, base).text}, {names[0]}{told}).data"
                yield Candidate(text, (Change(span, text),), (), _COST)
                return


def _flattened(node: ast.expr | None) -> ast.expr | None:
    """What a view, reshape or flatten lays in one row."""
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
        or last_name(node.func) not in RESHAPES
    ):
        return None
    return node.func.value if [ast.unparse(each) for each in node.args] in ([], ["-1"]) else None
