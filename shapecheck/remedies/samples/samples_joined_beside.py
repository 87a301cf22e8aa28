"""What has one item for each sample, in a call whose other arguments hold every sample several times."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, pair, sizes_of
from shapecheck.reading.sources import last_name

_COST = 0.03
_NOT_TWICE = "what is put together is no sample twice: the rest may be others, or have been meant to lie beside them"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.cat([t, t])`` beside ``torch.cat([x, x])`` in the same call."""
    operands = pair(failed(evidence, *ELEMENTWISE, "cat"))
    firsts = sorted(sizes_of(each)[0] for each in operands if sizes_of(each)) if operands is not None else []
    if len(firsts) != 2 or firsts[0] < 2:
        return []
    frames = [frame for frame in evidence.frames if frame.is_user]
    return [found for frame in frames for found in _of_call(frame, *firsts)]


def _of_call(frame: Frame, few: int, many: int) -> Iterator[Candidate]:
    call = call_of(frame.span)
    if call is None or (is_of_torch(call)):
        return
    joined = [each.args[0].elts for each in call.args if _is_join(each)]  # type: ignore[attr-defined]
    parts = [len(each) for each in joined]
    if len(set(parts)) != 1 or parts[0] * few != many:
        return
    is_twice = any(len({ast.unparse(part) for part in each}) == 1 for each in joined)
    for each in call.args:
        held = frame.names.get(ast.unparse(each)) if isinstance(each, ast.Name | ast.Attribute) else None
        if held is None or held.record is None or held.record.shape[:1] != (few,):
            continue
        place = piece(frame.span, each)
        text = f"torch.cat([{', '.join([place.text] * parts[0])}])"
        yield Candidate(text, (Change(place, text),), (), _COST, "" if is_twice else _NOT_TWICE)


def _is_join(node: ast.expr) -> bool:
    """Whether samples are put behind one another: along the first axis."""
    is_join = isinstance(node, ast.Call) and last_name(node.func) in ("cat", "concat") and len(node.args) == 1
    return is_join and isinstance(node.args[0], ast.List | ast.Tuple) and not node.keywords  # type: ignore[attr-defined]
