"""More or fewer names than there are parts: the names that are missing are put in, those that nobody reads left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.givers import Given, givers, part_name
from shapecheck.reading.names_missing import missing_names
from shapecheck.reading.parts_matched import in_order, place_of
from shapecheck.reading.sources import statement_of, walk
from shapecheck.reading.taken_apart import TakenApart, is_read_behind, taken_apart, taken_by

CAUSE = "parts_counted_otherwise"
_COST = -0.2
_WHICH = "which of the parts the names are for is not said, nor whether all of them are to be given"
_CARRIED = "what is read further down under this name may be the one from before"
_OTHER_LEFT = "another one of the names may be the one that is too many"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``for x, y, lengths in loader`` for ``for x, y in loader``, and ``out = model(x)`` for ``out, _ = model(x)``."""
    taken = taken_apart(evidence)
    given = givers(evidence, taken) if taken is not None else ()
    if taken is None or not given:
        return []
    count = len(given[0].parts) if given[0].is_row else 1
    if not given[0].is_row or count < len(taken.names):
        is_flat = bool(_taken_elsewhere(evidence, taken, given, len(taken.names)))
        return [*(_unnested(given) if is_flat else _nested(taken, given)), *_fewer(taken, given, count)]
    return [*_flat(taken, count), *(_more(evidence, taken, given, count) if count > len(taken.names) else ())]


def _more(evidence: Evidence, taken: TakenApart, given: Sequence[Given], count: int) -> Iterator[Candidate]:
    """Names for all parts: those that are read below and are nobody's, and ``_`` for the rest."""
    names = taken.names
    line = statement_of(taken.line)
    if not taken.is_plain or "_" in missing_of(evidence, taken, line):
        return
    parts = _names_of_parts(evidence, taken, given, count)
    missing = missing_of(evidence, taken, line)[: count - len(names)]
    for_missing = [place_of(each, parts) for each in missing]
    taken_places = {at for at in for_missing if at is not None}
    ways = [way for way in in_order(names, parts) if not taken_places & {*way}]
    if not ways:
        return
    left = [at for at in range(count) if at not in ways[0]]
    free = [at for at in left if at not in taken_places]
    loose = [name for name, at in zip(missing, for_missing, strict=True) if at is None]
    text = ["_"] * count
    for name, at in zip((*names, *missing), (*ways[0], *(-1 if at is None else at for at in for_missing)), strict=True):
        if at >= 0:
            text[at] = name
    for name, at in zip(loose, free, strict=False):
        text[at] = name
    carried = [at for at in range(count) if text[at] == "_" and _is_carried(taken, parts[at])]
    for at in carried:
        text[at] = parts[at]
    is_told = len(ways) == 1 and (not loose or len(free) == len(loose) == 1)
    yield _written(taken, text, "" if is_told and not carried else _CARRIED if is_told else _WHICH)


def _is_carried(taken: TakenApart, name: str) -> bool:
    """Whether a call is given a name of which it gives back a new value, and which is read afterwards."""
    call = taken.value if isinstance(taken.value, ast.Call) else None
    return call is not None and name in {part_name(each) for each in call.args} and is_read_behind(taken, name)


def missing_of(evidence: Evidence, taken: TakenApart, line: ast.stmt | None) -> list[str]:
    """The names that are read below, or in the loop, and are given a value nowhere."""
    return missing_names(evidence, taken.source, line, taken.target) if line is not None else []


def _names_of_parts(evidence: Evidence, taken: TakenApart, given: Sequence[Given], count: int) -> list[str]:
    """What the parts are called where they are given; else where the same is taken apart into all of them."""
    named = [{*each} - {""} for each in zip(*([part_name(part) for part in one.parts] for one in given), strict=True)]
    names = [next(iter(each)) if len(each) == 1 else "" for each in named]
    if any(place_of(each, names) is not None for each in taken.names):
        return names
    return next(iter(_taken_elsewhere(evidence, taken, given, count)), names)


def _taken_elsewhere(evidence: Evidence, taken: TakenApart, given: Sequence[Given], count: int) -> list[list[str]]:
    """The names by which the same is taken apart at other places into so many parts."""
    rows = [each for each in walk(taken.source.tree) if isinstance(each, ast.Tuple) and isinstance(each.ctx, ast.Store)]
    others = [taken_by(taken.source, each) for each in rows if len(each.elts) == count and each is not taken.target]
    return [each.names for each in others if each is not None and givers(evidence, each) == tuple(given)]


def _fewer(taken: TakenApart, given: Sequence[Given], count: int) -> Iterator[Candidate]:
    """The names that are left when those go that nobody reads."""
    names = taken.names
    unread = [at for at, name in enumerate(names) if not is_read_behind(taken, name)]
    gone = len(names) - count
    if not taken.is_plain or len(unread) < gone:
        return
    parts = [part_name(part) for part in given[0].parts] if given[0].is_row else [part_name(given[0].node)]
    ways = [way for way in combinations(range(len(names)), count) if {*range(len(names))} - {*way} <= {*unread}]
    fitting = [way for way in ways if way in in_order(parts, names)] or ways
    # Those that come last are the ones that were thought of besides.
    way = fitting[0]
    kept = [names[at] for at in way]
    is_alone = len(fitting) == 1 or all(not is_read_behind(taken, names[at]) for at in range(count, len(names)))
    text = f"({kept[0]},)" if count == 1 and given[0].is_row else ""
    yield _written(taken, kept, "" if is_alone else _OTHER_LEFT, text)


def _unnested(given: Sequence[Given]) -> Iterator[Candidate]:
    """``return a, b, y`` for ``return (a, b), y``, which others take apart as three."""
    parts = given[0].parts if len(given) == 1 else []
    inner = [each for each in parts if isinstance(each, ast.Tuple)]
    spans = [given[0].source.span(each) for each in inner]
    if spans and all(each.text.startswith("(") for each in spans):
        changes = tuple(Change(each, each.text[1:-1].rstrip().rstrip(",")) for each in spans)
        yield Candidate(", ".join(each.text for each in changes), changes, (), _COST)


def _nested(taken: TakenApart, given: Sequence[Given]) -> Iterator[Candidate]:
    """``for (a, b), y in loader`` where the first part is a pair itself."""
    names, text = list(taken.names), []
    shapes = {tuple(len(part.elts) if isinstance(part, ast.Tuple) else 0 for part in one.parts) for one in given}
    shape = next(iter(shapes)) if len(shapes) == 1 and given[0].is_row else ()
    if not taken.is_plain or sum(each or 1 for each in shape) != len(names):
        return
    for inside in shape:
        part, names = names[: inside or 1], names[inside or 1 :]
        text.append(f"({', '.join(part)})" if inside else part[0])
    yield _written(taken, text, "")


def _flat(taken: TakenApart, count: int) -> Iterator[Candidate]:
    """``for x, y, lengths in loader`` for ``for (x, y), lengths in loader``, where there are three parts."""
    names = [ast.unparse(each) for part in taken.target.elts for each in getattr(part, "elts", [part])]
    if not taken.is_plain and len(names) == count:
        yield _written(taken, names, "")


def _written(taken: TakenApart, names: Sequence[str], doubt: str, text: str = "") -> Candidate:
    span = taken.source.span(taken.target)
    text = text or ", ".join(names)
    if span.text.startswith(("(", "[")) and len(names) > 1:
        text = f"{span.text[0]}{text}{span.text[-1]}"
    return Candidate(text, (Change(span, text),), (), _COST, doubt)
