"""A number of samples that a function reads from the settings, where a smaller last batch was handed to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import function_around, last_name, source_of, user_sources, walk

CAUSE = "batch_size_written_down"
_COST = 0.06


def candidates(evidence: Evidence) -> list[Candidate]:
    """``b = x.size(0)`` for ``b = config.batch_size``, where b counts the samples of x."""
    operation = failed(evidence)
    counts = {sizes_of(item)[0] for item in tensors(operation) if sizes_of(item)} if operation is not None else set()
    if len(counts) < 2:
        return []
    return [each for frame in evidence.frames if frame.is_user for each in _of_frame(evidence, frame, counts)]


def _of_frame(evidence: Evidence, frame: Frame, counts: set[int]) -> Iterator[Candidate]:
    source = source_of(frame.span.file)
    function = function_around(source.node_at(frame.span)) if source is not None else None
    if source is None or function is None:
        return
    given = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
    batch = next(((name, held.record) for name in given if (held := frame.names.get(name)) and held.record), None)
    if batch is None or batch[1] is None or not batch[1].shape:
        return
    name, rows = batch[0], batch[1].shape[0]
    for node in walk(function):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name) or len(node.targets) > 1:
            continue
        held = frame.names.get(node.targets[0].id)
        is_setting = isinstance(node.value, ast.Attribute | ast.Name) and node.lineno < frame.span.line
        if held is None or not is_setting or not held.text.isdecimal() or not _is_batch_size(evidence, node.value):
            continue
        size = int(held.text)
        if rows >= size or rows < 1:
            continue
        # What was made for a whole batch, alone or several times, met what was made of this one.
        if any(each % size == 0 for each in counts) and any(each % size in (rows, 2 * rows % size) for each in counts):
            text = f"{name}.size(0)"
            span = source.span(node.value)
            yield Candidate(f"{span.text} -> {text}", (Change(span, text),), (), _COST)


def _is_batch_size(evidence: Evidence, node: ast.expr) -> bool:
    """Whether a loader is told its batch size by the same name, or by the same entry of the settings."""
    name = last_name(node)
    told = [
        value
        for source in user_sources(evidence)
        for call in source.calls("DataLoader")
        for value in [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "batch_size")]
    ]
    return any(last_name(each) == name for each in told)
