"""``torch.stack`` for a list of tensors of which ``torch.tensor`` was to make one, ``torch.cat`` for one of batches."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import argument, replaced
from shapecheck.reading.failing import Shape, failed, kind
from shapecheck.reading.joined.joined_lists import is_filled_by_batches
from shapecheck.reading.joined.listed_tensors import listed_tensors

CAUSE = "tensor_of_tensors"
_COST = 0.02
_ONE_BEHIND_ANOTHER = "they differ in length, and may be steps to be padded or rows to be put one behind the other"
_ROWS = "each is one row, and they may be meant to lie along a new axis, or one behind the other"
_CASTS = {"LongTensor": ".long()", "DoubleTensor": ".double()", "IntTensor": ".int()", "BoolTensor": ".bool()"}


def candidates(evidence: Evidence) -> list[Candidate]:
    """The list put together along a new axis, or, where the tensors differ in length, along their first."""
    item, operation = listed_tensors(evidence), failed(evidence)
    if item is None or item.span is None or operation is None or operation.span is None:
        return []
    suffix = _cast(operation.span, kind(operation), item)
    shapes = {each.record.shape for each in item.value.items if each.record is not None}
    if () not in shapes and len({sizes[1:] for sizes in shapes}) == 1 and is_filled_by_batches(evidence, item.span):
        change = replaced(operation.span, f"torch.cat({item.span.text}){suffix}")
        return [Candidate(change.text, (change,), (), _COST)]
    return list(_joined(operation.span, shapes, item.span.text, suffix))


def _joined(whole: Span, shapes: set[Shape], given: str, suffix: str) -> Iterator[Candidate]:
    if len(shapes) < 2:
        # One row each may be meant to be one behind the other as well.
        doubt = _ROWS if any(len(sizes) > 1 and sizes[0] == 1 for sizes in shapes) else ""
        for name in ("stack", "cat") if doubt else ("stack",):
            change = replaced(whole, f"torch.{name}({given}){suffix}")
            yield Candidate(change.text, (change,), (), _COST, doubt)
    elif len({sizes[1:] for sizes in shapes}) == 1 and () not in shapes:
        for text in (f"torch.cat({given})", f"torch.nn.utils.rnn.pad_sequence({given}, batch_first=True)"):
            change = replaced(whole, f"{text}{suffix}")
            yield Candidate(change.text, (change,), (), _COST + 0.1, _ONE_BEHIND_ANOTHER)


def _cast(whole: Span, maker: str, item: Argument) -> str:
    """What the call does beside: another dtype, which is asked for or goes with its name."""
    told = argument(whole, "dtype", None)
    if told is not None:
        return f".to({told.text})"
    floats = all(each.record is None or each.record.dtype == "float32" for each in item.value.items)
    return _CASTS.get(maker, ".float()" if maker in ("Tensor", "FloatTensor") and not floats else "")
