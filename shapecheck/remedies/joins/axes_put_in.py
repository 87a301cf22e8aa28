"""A part of what is joined that was given axes of one which the others have not: it stays as it was."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.axes_put_in import axes_put_in
from shapecheck.reading.edits import is_number, suffixed
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.origins import spans_of

_COST = 0.08
_OTHER = "the other parts may lack the axes that this one was given"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``context`` for ``context[:, :, None, None]``, which is joined with rows."""
    operation = failed(evidence, *JOINS)
    said = says(evidence, r"same number of dimensions: got (\d+) and (\d+)")
    if operation is None or said is None:
        return []
    fewer, more = sorted(map(int, said.groups()))
    parts = [each for each in operation.arguments if "[" in each.role]
    longer = [each for each in parts if len(sizes_of(each)) == more]
    # What has no known shape is taken for one of those that the exception tells of.
    if len(longer) != 1 or any(len(sizes_of(each)) not in (0, fewer) for each in parts if each is not longer[0]):
        return []
    others = [each for each in parts if each is not longer[0]]
    if more - fewer == 1 and all(sizes_of(each) for each in others):
        # Of one axis it is known from the sizes which of them is squeezed.
        return []
    return list(_as_it_was(evidence, operation, longer[0], others, more - fewer))


def _as_it_was(
    evidence: Evidence, operation: Operation, item: Argument, others: list[Argument], many: int
) -> Iterator[Candidate]:
    for span in spans_of(evidence, item.span):
        found = axes_put_in(span.text)
        if found is None:
            continue
        base, behind, count = found
        if count != many:
            return
        spread = [suffixed(each.span, behind) for each in others if each.span is not None]
        either = _OTHER if _fits_with_them(operation, item) and len(spread) == len(others) else ""
        yield Candidate(base, (Change(span, base),), (), _COST, "", either)
        if either:
            title = ", ".join(each.text for each in spread)
            yield Candidate(title, tuple(spread), (), _COST, "", either)
        return


def _fits_with_them(operation: Operation, item: Argument) -> bool:
    """Whether they could be joined as well if the others were given these axes: not along an axis that was put in."""
    told = next((each.value.text for each in operation.arguments if each.role in ("dim", "axis")), "0")
    along = int(told) if is_number(told.lstrip("-")) else 0
    sizes = sizes_of(item)
    return -len(sizes) <= along < len(sizes) and sizes[along] != 1
