"""Square matrices of several sizes, such as those of graphs, joined as if they were rows: blocks along a diagonal."""

from __future__ import annotations

from collections.abc import Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of

_COST = 0.05
_DOUBT = "the matrices may have been meant to be filled up to the size of the largest"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.block_diag(*matrices)``: sure where something beside it has a row for each row of all of them."""
    operation, frame = failed(evidence, "cat", "concat", "stack"), evidence.user_frame
    shapes = [sizes_of(item) for item in tensors(operation)]
    call = call_of(operation.span) if operation is not None and operation.span is not None else None
    if operation is None or operation.span is None or call is None or frame is None or not call.args:
        return []
    if len(shapes) < 2 or len(set(shapes)) < 2 or not all(len(each) == 2 and each[0] == each[1] > 1 for each in shapes):
        return []
    text = f"torch.block_diag(*{piece(operation.span, call.args[0]).text})"
    is_sure = _has_all_rows(frame, [each[0] for each in shapes]) and not operation.name.endswith("stack")
    doubt = "" if is_sure else _DOUBT
    return [Candidate(text, (Change(operation.span, text),), (), _COST, doubt)]


def _has_all_rows(frame: Frame, counts: Sequence[int]) -> bool:
    """Whether the function holds a row for each row of all matrices: in one tensor, or in a list of as many."""
    for held in frame.names.values():
        if sizes_of(held)[:1] == (sum(counts),):
            return True
        beside = [each.record.shape for each in held.items if each.record is not None]
        are_others = any(shape[:1] != shape[1:] for shape in beside)
        if are_others and [shape[:1] for shape in beside] == [(count,) for count in counts]:
            return True
    return False
