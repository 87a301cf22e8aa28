"""Data that is read by more names than a layer was made for, where a list of as many names stands in the script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.sizes.named_columns import Columns, named_columns

COLUMNS = "the script names as many columns as the layer was made for, and the data may have too many"
_READ_BY_ALL = "the layer may have been made before there were so many columns"


def with_columns_left_out(
    evidence: Evidence, have: object, size: int, found: Iterable[Candidate]
) -> Iterator[Candidate]:
    """Changes of a width to that of the data, with what stands against them, and the data read by fewer names.

    Args:
        evidence: The problem.
        have: The width.
        size: What the data has.
        found: The changes of the width.
    """
    columns = named_columns(evidence) if type(have) is int and 1 < have < size else []
    many = [each for each in columns if each.count == size]
    # What the longer list is a sum of is read with it by intent.
    together = frozenset[str]().union(*(each.parts for each in many))
    fewer = [each for each in columns if each.count == have and each.span.text not in together]
    for each in found:
        is_number = all(change.text.isdecimal() for change in each.changes)
        yield replace(each, doubt=COLUMNS) if fewer and is_number and not each.doubt else each
    yield from _read_by_fewer(many, fewer)


def _read_by_fewer(many: list[Columns], fewer: list[Columns]) -> Iterator[Candidate]:
    """The shorter list where the longer one is walked over, where there is one such place and one such list."""
    texts = {each.span.text for each in fewer if each.is_everywhere}
    if len(many) != 1 or len(texts) != 1:
        return
    for text in texts:
        # What else the shorter one is read for, such as the targets, is not asked.
        yield Candidate(text, (Change(many[0].span, text),), (), 0.05, _READ_BY_ALL)
