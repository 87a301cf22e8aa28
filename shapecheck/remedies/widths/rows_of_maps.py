"""The width of a flattened map written anew, where a view by it has folded the samples into other rows."""

from __future__ import annotations

from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import expression, factors, whole_number
from shapecheck.reading.samples.folded_rows import FoldedRows, folded_rows
from shapecheck.reading.sizes.written_products import is_written_out, written_anew
from shapecheck.reading.sources import user_sources
from shapecheck.remedies.widths.products_told_twice import AS_WRITTEN
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

CAUSE = "flat_width_written_down"
PARTS = "the rows may be meant as parts of the samples, such as frames or patches, of which one score is to be made"
_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """The width that a sample has, for the view and for the Linear behind it."""
    found = folded_rows(evidence)
    if found is None:
        return []
    changes = [Change(span, written_anew(span.text, found.right)) for span in found.places]
    doubt = WRITTEN_OVER if any(not is_written_out(span.text) for span in found.places) else ""
    if not doubt and _are_parts(evidence, found):
        doubt = PARTS
    if not doubt and not all(_is_a_little_larger(change) for change in changes):
        doubt = AS_WRITTEN
    title = f"{found.places[0].text} -> {changes[0].text}"
    return [Candidate(title, tuple(changes), (), _COST, doubt)]


def _are_parts(evidence: Evidence, found: FoldedRows) -> bool:
    """Whether the width is that of parts which the samples came with, or into which the script cuts them."""
    if any(True for source in user_sources(evidence) for _ in source.calls("unfold")):
        return True
    held = [value.record for frame in evidence.frames for value in frame.names.values() if value.kind == "tensor"]
    shapes = [record.shape for record in held if record is not None and record.shape[:1] == (found.samples,)]
    return any(prod(sizes[cut:]) == found.width for sizes in shapes for cut in range(2, len(sizes)))


def _is_a_little_larger(change: Change) -> bool:
    """Whether the sides of the map, so far as they are written, grow to less than twice as much."""
    old, new = (_factors(text) for text in (change.span.text, change.text))
    if len(old) != len(new):
        return False
    if len(old) == 1:
        return old[0] < new[0] < 4 * old[0]
    return all(one <= other < 2 * one for one, other in zip(old, new, strict=True))


def _factors(text: str) -> list[int]:
    node = expression(text)
    return [whole_number(each) or 0 for each in factors(node)] if node is not None else [0]
