"""Parts of a batch that a collate function has sorted each for itself, by lengths of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from torch import Tensor

from shapecheck.capture.instruments.rows.drawn_rows import DrawnRows, drawn_rows
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import span_of
from shapecheck.evidence import Span
from shapecheck.findings import Fix
from shapecheck.reading.sources import last_name

_FEWEST = 4


def sorted_apart(step: Step) -> Iterator[Sighting]:
    """``[pad_sequence(sorted(column, key=len)) for column in zip(*batch)]``, and the model joins them row by row.

    Each is in order by its own lengths, and so in another one than the rest: row k is of several items. Whoever pairs
    items with others on purpose shuffles them, and sorts them by nothing; whoever puts them back has row k of each
    meet the others at another place.
    """
    found = [rows for ref in step.inputs if (rows := drawn_rows(step, ref)) is not None and _is_by_length(step, rows)]
    for one, other in combinations(found, 2):
        mine, yours = one.draw, other.draw
        if (mine.data, mine.rows) != (yours.data, yours.rows) or mine.places == yours.places:
            continue
        if not _meet(step, one, other):
            continue
        ours, theirs = mine.places or (), yours.places or ()
        row = next(at for at, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
        text = (
            f"two parts of a batch, {step.tape.shape(one.ref)} and {step.tape.shape(other.ref)}, were each sorted by "
            f"their own lengths, and meet row by row: row {row} is of item {ours[row]} in the one, and of item "
            f"{theirs[row]} in the other"
        )
        fix = Fix("one order for all parts, or enforce_sorted=False and none", (), "no")
        seen = sighted("sorted_on_one_side", one.node if one.node.spot is not None else other.node, text, (fix,))
        yield replace(seen, span=_sorts_at(one.node) or seen.span)
        return


def _sorts_at(node: Node) -> Span | None:
    """Where the function that put rows together sorts them, if it does so once."""
    around = function_around(node.spot) if node.spot is not None else None
    calls = [item for item in ast.walk(around) if isinstance(item, ast.Call)] if around is not None else []
    sorts = [call for call in calls if last_name(call.func) in ("sorted", "sort")]
    if len(sorts) != 1 or node.spot is None:
        return None
    call, file = sorts[0], node.spot.code.co_filename
    return span_of(file, call)


def _is_by_length(step: Step, rows: DrawnRows) -> bool:
    """Whether the items lie by how long they are, and not as they were drawn."""
    places, lengths = rows.draw.places, [(*step.tape.shape(ref), 0)[0] for ref in rows.node.parents]
    if places is None or len(places) != len(lengths) or len(lengths) < _FEWEST or [*places] == sorted(places):
        return False
    return len(set(lengths)) > 1 and lengths in (sorted(lengths), sorted(lengths, reverse=True))


def _meet(step: Step, one: DrawnRows, other: DrawnRows) -> bool:
    """Whether row k of the one moves what row k of the other moves, and nothing else, in some term of the loss."""
    try:
        pairs = list(zip(one.moves(step), other.moves(step), strict=False))
    except Exception:
        # The step does not run with other numbers.
        return False
    return bool(pairs) and any(all(_is_same(*pair, term.ref) for pair in pairs) for term in step.terms)


def _is_same(moved: Mapping[Ref, Tensor], asked: Mapping[Ref, Tensor], term: Ref) -> bool:
    one, other = moved.get(term), asked.get(term)
    if one is None or other is None or one.shape != other.shape or not one.ndim:
        return False
    is_within = not bool((other & ~one).any()) or not bool((one & ~other).any())
    return is_within and bool(one.any()) and bool(other.any()) and not bool((one | other).all())


PROBE = Probe(
    "the parts of a batch are not sorted each for itself",
    lambda look: sorted_apart(look.step),
)
