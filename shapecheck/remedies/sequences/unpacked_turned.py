"""Sequences that were packed with the samples first and are unpacked with the steps first, or the reverse."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import whole_number, with_keyword, without_keyword
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, kind, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.sources import home_around, last_name, user_sources, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "batch_first_missing"
_COST = 0.01
_LOSSES = (*INDEX_LOSSES, *SAME_SHAPE_LOSSES)
_TURNS = ("permute", "t", "movedim", "swapaxes")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``pad_packed_sequence(out, batch_first=True)``, as ``pack_padded_sequence`` is told in front of the layer."""
    operation = failed(evidence)
    operands = [item for item in tensors(operation) if item.span is not None and len(sizes_of(item)) > 1]
    turned = [
        item.span
        for item in operands
        for other in operands
        if sizes_of(item)[:2] == sizes_of(other)[1::-1] != sizes_of(other)[:2]
    ]
    texts = {span.text for each in turned if each for span in spans_behind(evidence, each)}
    found = list(_unpacked_as_packed(evidence, texts))
    # A function that has returned is not followed: where its rows meet others, none of which are as many, it is that.
    is_loss = operation is not None and kind(operation) in _LOSSES
    if found or not is_loss or len({sizes_of(item)[0] for item in operands}) < 2:
        return found
    return list(_unpacked_as_packed(evidence, None))


def _unpacked_as_packed(evidence: Evidence, texts: set[str] | None) -> Iterator[Candidate]:
    for source in user_sources(evidence):
        packed = {says_batch_first(call) for call in source.calls("pack_padded_sequence")}
        for call in source.calls("pad_packed_sequence"):
            first, span = says_batch_first(call), source.span(call)
            is_behind = not _is_read_so(call) if texts is None else any(span.text in text for text in texts)
            if packed != {not first} or not is_behind:
                continue
            change = without_keyword(span, "batch_first") if first else with_keyword(span, "batch_first", "True")
            if change is not None:
                title = "without batch_first=True" if first else "batch_first=True"
                yield Candidate(title, (change,), (), _COST)


def _is_read_so(call: ast.Call) -> bool:
    """Whether the function around takes what is unpacked as it lies: it turns it, or takes its last row."""
    nodes = walk(home_around(call))
    calls = [each for each in nodes if isinstance(each, ast.Call)]
    turns = [each for each in calls if last_name(each.func) in _TURNS or _exchanges_first(each)]
    return bool(turns) or any(isinstance(each, ast.Subscript) and whole_number(each.slice) == -1 for each in nodes)


def _exchanges_first(call: ast.Call) -> bool:
    is_turn = last_name(call.func) == "transpose" and len(call.args) > 1
    return is_turn and {whole_number(each) for each in call.args[-2:]} == {0, 1}
