"""Views by which axes are cut apart and parts of several are put together, as no script means to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Shaped
from shapecheck.reading.edits import call_of
from shapecheck.reading.shaped_behind import VIEWS, shaped_behind
from shapecheck.reading.sources import names_in

MIXED = "a view on the way takes parts of several axes together, and may be what is wrong"


def mixed_views(evidence: Evidence) -> Iterator[Shaped]:
    """The views on the way to the operation that failed which mix what lies in axes, nearest first."""
    for each, call in shaped_behind(evidence, *VIEWS):
        is_told = len(call.args) == len(each.told) > 1 and filled(each.sizes, each.told) != ()
        if is_told and is_mixed(each.sizes, each.told):
            yield each


def doubted_for_mixed(views: Sequence[Shaped], candidate: Candidate) -> Candidate:
    """A change of something else, with a doubt where a view on the way mixes axes and stays as it is."""
    changes = [change for change in candidate.changes if not _only_lays_anew(change)]
    is_else = not any(_is_of(each, change) for each in views for change in changes)
    return candidate.doubted(MIXED) if views and is_else else candidate


def _only_lays_anew(change: Change) -> bool:
    """Whether with a change the same numbers are viewed in the same sizes, and only lie otherwise in memory."""
    return _as_viewed(change.text) == _as_viewed(change.span.text)


def _as_viewed(text: str) -> str:
    return text.replace(".contiguous()", "").replace(".reshape(", ".view(")


def _is_of(viewed: Shaped, change: Change) -> bool:
    """Whether a change is in a view, or of a name that it is told: of what its sizes are taken, and in which order."""
    call = call_of(viewed.span)
    names = names_in(*call.args) if call is not None else set()
    is_replaced = change.span.holds(viewed.span) and viewed.span.text not in change.text
    return (
        is_replaced
        or viewed.span.holds(change.span)
        or bool(names & set(re.findall(r"[A-Za-z_]\w*", change.span.text)))
    )


def is_mixed(sizes: Sequence[int], told: Sequence[int]) -> bool:
    """Whether a view of so many sizes takes parts of several axes together; so too where it would be refused.

    >>> is_mixed((18, 20), (3, 20, -1)), is_mixed((18, 20), (3, -1, 20)), is_mixed((3, 4, 5), (12, -1))
    (True, False, False)
    """
    whole = filled(sizes, told)
    if not whole:
        return True
    before, after = _ends(sizes), _ends(whole)
    shared = sorted({1, *before} & {1, *after})
    # Between two ends that both have, one axis is cut or several are put together, never both.
    parts = [[sum(low < end <= high for end in ends) for ends in (before, after)] for low, high in pairwise(shared)]
    return any(min(part) > 1 for part in parts)


def is_torn(sizes: Sequence[int], whole: Sequence[int]) -> bool:
    """Whether a view begins rows in the middle of the parts that an axis is cut into; not where it joins such parts.

    >>> is_torn((18, 20), (20, 18)), is_torn((18, 20), (9, 40)), is_torn((3, 4, 5), (12, 5))
    (True, False, False)
    """
    for end in _ends(whole):
        before = 1
        for size in sizes:
            if before < end < before * size and (end % before or size % (end // before)):
                return True
            before *= size
    return False


def filled(sizes: Sequence[int], told: Sequence[int]) -> tuple[int, ...]:
    """The sizes of a view with the one that is worked out; none where it is refused.

    >>> filled((6, 4), (3, -1)), filled((6, 4), (5, -1))
    ((3, 8), ())
    """
    rest, total = prod(each for each in told if each != -1), prod(sizes)
    if rest < 1 or list(told).count(-1) > 1 or total < 1 or total % rest or (-1 not in told and total != rest):
        return ()
    return tuple(each if each != -1 else total // rest for each in told)


def _ends(sizes: Sequence[int]) -> list[int]:
    """How many numbers there are up to the end of each axis that is longer than one."""
    return [prod(sizes[: at + 1]) for at, size in enumerate(sizes) if size > 1]
