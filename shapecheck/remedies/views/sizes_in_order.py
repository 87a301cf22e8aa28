"""Two sizes of a view in each other's place, where it cuts axes apart and mixes what lies in them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Shaped
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind

# It speaks louder than that other sizes were told somewhere: no script mixes axes on purpose.
_COST = 0.005
_UNREAD = "what is viewed may have been meant to lie in the order in which the sizes stand"
_OTHER_MATTER = (r"dtype|scalar type|\b(Float|Long|Double)\b", r"has no attribute", r"unexpected keyword")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``view(b, w, -1)`` for ``view(b, -1, w)`` of rows of ``b * w``, on the way to the operation that failed."""
    operation = failed(evidence)
    if operation is None or says(evidence, *_OTHER_MATTER) is not None:
        return []
    places = [operation.span, *(item.span for item in operation.arguments)]
    # What the calls farther out are given is on the way too.
    behind = [*spans_behind(evidence, *places), *(frame.span for frame in evidence.user_frames)]
    near = [each for each in evidence.shaped if any(span.holds(each.span) for span in behind)]
    direct = {item.span: item.role for item in operation.arguments}
    return [each for viewed in near for each in _exchanged(viewed, direct.get(viewed.span, ""))]


def _exchanged(viewed: Shaped, role: str) -> Iterator[Candidate]:
    call = call_of(viewed.span)
    if call is None or last_name(call.func) not in ("view", "reshape") or not len(call.args) == len(viewed.told) > 1:
        return
    if not is_mixed(viewed.sizes, viewed.told):
        return
    for one, other in combinations(range(len(call.args)), 2):
        order = list(viewed.told)
        order[one], order[other] = order[other], order[one]
        if tuple(order) != viewed.told and not is_mixed(viewed.sizes, tuple(order)):
            parts = [piece(viewed.span, call.args[at]) for at in (one, other)]
            changes = tuple(Change(a, b.text) for a, b in zip(parts, reversed(parts), strict=True))
            trial = (Step("stand_in", role, _filled(viewed.sizes, tuple(order))),) if role else ()
            title = f"{parts[1].text} and {parts[0].text} in the other order"
            yield Candidate(title, changes, trial, _COST, unless_read="" if role else _UNREAD)


def is_mixed(sizes: tuple[int, ...], told: tuple[int, ...]) -> bool:
    """Whether a view of so many sizes takes parts of several axes together; so too where it cannot be told.

    >>> is_mixed((18, 20), (3, 20, -1)), is_mixed((18, 20), (3, -1, 20)), is_mixed((3, 4, 5), (12, -1))
    (True, False, False)
    """
    filled = _filled(sizes, told)
    if not filled:
        return True
    before, after = _ends(sizes), _ends(filled)
    shared = sorted({1, *before} & {1, *after})
    # Between two ends that both have, one axis is cut or several are put together, never both.
    parts = [[sum(low < end <= high for end in ends) for ends in (before, after)] for low, high in pairwise(shared)]
    return any(min(part) > 1 for part in parts)


def _filled(sizes: tuple[int, ...], told: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of a view with the one that is worked out; none where it is refused."""
    rest, total = prod(each for each in told if each != -1), prod(sizes)
    if rest < 1 or told.count(-1) > 1 or total < 1 or total % rest or (-1 not in told and total != rest):
        return ()
    return tuple(each if each != -1 else total // rest for each in told)


def _ends(sizes: tuple[int, ...]) -> list[int]:
    """How many numbers there are up to the end of each axis that is longer than one."""
    return [prod(sizes[: at + 1]) for at, size in enumerate(sizes) if size > 1]
