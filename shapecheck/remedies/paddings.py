"""What the script fills up with: the number that its loss leaves out, or that its embedding knows as padding."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span, Value
from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, names_in, user_sources
from shapecheck.remedies.arithmetic import worked_out

SEVERAL = "the loss and the embedding are told different numbers for what was filled up"
_TOLD = {"ignore_index": ("CrossEntropyLoss", "NLLLoss", "cross_entropy", "nll_loss"), "padding_idx": ("Embedding",)}


def fillings(evidence: Evidence) -> dict[int, str]:
    """The numbers that the script is told to leave out, and how each is written where every function can read it.

    Args:
        evidence: The problem.
    """
    found: dict[int, str] = {}
    for source in user_sources(evidence):
        for keyword, names in _TOLD.items():
            for call in source.calls(*names):
                for each in call.keywords:
                    number = _number(evidence, source.span(each.value)) if each.arg == keyword else None
                    if number is not None:
                        text = source.span(each.value).text
                        found.setdefault(number, text if _is_global(source, text) else str(number))
    return found


def _number(evidence: Evidence, span: Span) -> int | None:
    """The number that an argument is given, which may be one below zero."""
    for place in (span, *(each.span for each in trace(evidence, span))):
        written = whole_number(expression(place.text) or ast.Pass())
        if written is not None:
            return written
    number = worked_out(evidence, span)
    return None if number is None else int(number)


def are_whole_numbers(evidence: Evidence) -> bool:
    """Whether what could not be stacked holds whole numbers, by the shapes that the exception names."""
    said = re.findall(r"\[([\d, ]*)\] at entry (\d+)", evidence.crash.message if evidence.crash is not None else "")
    wanted = [(tuple(int(size) for size in sizes.split(",") if size.strip()), int(at)) for sizes, at in said]
    fitting = [column for column in _columns(evidence) if wanted and all(_has(column, *each) for each in wanted)]
    kinds = {str(each.record.dtype) for column in fitting for each in column if each.record is not None}
    return bool(kinds) and all(kind.startswith(("int", "uint8")) for kind in kinds)


def _columns(evidence: Evidence) -> Iterator[list[Value]]:
    """The lists that a frame holds, and the fields of the samples in them."""
    for frame in evidence.frames:
        for held in frame.names.values():
            if held.kind not in ("list", "tuple") or not held.items:
                continue
            yield list(held.items)
            rows = [each.items for each in held.items if each.kind in ("tuple", "list", "dict")]
            if len(rows) == len(held.items):
                yield from (list(column) for column in zip(*rows, strict=False))


def _has(column: list[Value], sizes: tuple[int, ...], at: int) -> bool:
    record = column[at].record if at < len(column) else None
    # Of a long list only the first few are known.
    return at >= len(column) or (record is not None and record.shape == sizes)


def _is_global(source: Source, text: str) -> bool:
    """Whether all names of a text are the file's own, so that any of its functions can read them."""
    node = expression(text)
    names = names_in(node) if node is not None else {""}
    stored = {
        each.id
        for line in source.tree.body
        if isinstance(line, ast.Assign | ast.AnnAssign)
        for each in ast.walk(line)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    return names <= stored
