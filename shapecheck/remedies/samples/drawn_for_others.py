"""Numbers that a function draws for as many samples as it is told, where it was told another number than there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sources import items_of, last_name, walk
from shapecheck.reading.vocabulary import MADE_OF_SIZES
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.names.handed_size import handed_size

_DRAWS = (*MADE_OF_SIZES, "randint", "randperm")
_COUNTED = re.compile(r"\blen\(|\.size\(|\.shape\b")
_COST = 0.04
_BOTH = "both were drawn for as many as was told, and may be meant to be of different numbers"
_CUT = "something else has as many samples as were drawn, and may be what is meant beside them"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``draw(images.size(0))`` for ``draw(self.times)``, which returns ``torch.randint(..., size=(n,))``."""
    ways = [list(_drawn(evidence, item, other)) for item, other in both_ways(failed(evidence, *ELEMENTWISE))]
    doubt = _BOTH if all(ways) else ""
    return [each.doubted(doubt) for way in ways for each in way]


def _drawn(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    sizes, wanted = sizes_of(item), sizes_of(other)
    if (
        item.span is None
        or len(sizes) != len(wanted)
        or not sizes
        or 1 in (sizes[0], wanted[0])
        or sizes[0] == wanted[0]
    ):
        return
    if any(1 != have != want for have, want in zip(sizes[1:], wanted[1:], strict=True)):
        return
    if any(have == 1 and want == sizes[0] for have, want in zip(sizes, wanted, strict=True)):
        # They are as many as another axis is long, and lie across.
        return
    behind = list(spans_behind(evidence, item.span))
    if any(map(_is_cut, (item.span, *behind))):
        # As many as are left of them were not drawn.
        return
    held = {name: value.record for frame in evidence.user_frames for name, value in frame.names.items()}
    cut = [name for name, record in held.items() if record is not None and record.shape == (sizes[0], *wanted[1:])]
    doubt = _CUT if len(wanted) > 1 and {*cut} - {each.text for each in behind} else ""
    for span in behind:
        for count in _counts(span):
            for each in handed_size(evidence, count, wanted[0], (), cost=_COST, like=wanted):
                # Who counts the samples of something means to.
                yield from [] if _COUNTED.search(each.changes[0].span.text) else [each.doubted(doubt)]


def _is_cut(span: Span) -> bool:
    """Whether a part of the rows of something is taken: ``table[:n]``."""
    node = expression(span.text)
    first = items_of(node.slice)[:1] if isinstance(node, ast.Subscript) else []
    return any(isinstance(each, ast.Slice) and (each.lower or each.upper or each.step) for each in first)


def _counts(span: Span) -> Iterator[Span]:
    """The names that say for how many samples a text draws numbers: ``n`` in ``torch.randint(9, size=(n,))``."""
    for call in walk(expression(span.text)):
        if not isinstance(call, ast.Call) or last_name(call.func) not in _DRAWS:
            continue
        named = [each.value for each in call.keywords if each.arg == "size"]
        for given in named or (call.args[-1:] if last_name(call.func) == "randint" else call.args[:1]):
            first = given.elts[0] if isinstance(given, ast.Tuple | ast.List) and given.elts else given
            if isinstance(first, ast.Name):
                yield piece(span, first)
