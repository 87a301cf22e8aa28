"""What may mend an operation that was refused: one file a family of operations; nothing is tried here."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import FunctionType

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.knowledge import scan
from shapecheck.reading.compared.compared_alike import compared_alike
from shapecheck.reading.known_names import reads_only_known
from shapecheck.reading.turned_already import turned_already


@cache
def _families() -> tuple[FunctionType, ...]:
    return scan("shapecheck.remedies", "candidates", FunctionType)


def remedies(evidence: Evidence) -> list[Candidate]:
    """Every change that is worth a trial, the likeliest first.

    Each family is asked, the ``candidates`` of each file; one that cannot read the case must not cost the others their
    say. A change that would read a name where it has no meaning is none. A file that mends one known fault names it in
    ``CAUSE``.
    """
    found: list[Candidate] = []
    for candidates in _families():
        cause = candidates.__globals__.get("CAUSE", "")
        try:
            found += (replace(each, cause=each.cause or cause) for each in candidates(evidence))
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
            continue
    best: dict[object, Candidate] = {}
    found = [turned_already(compared_alike(evidence, each)) for each in found]
    for item in sorted(found, key=lambda each: each.cost):
        best.setdefault(item.changes, item)
    return [each for each in best.values() if reads_only_known(each.changes)]
