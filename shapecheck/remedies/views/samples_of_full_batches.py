"""A view into as many samples as full batches have, which makes other rows of a smaller one: the input is asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import applied_to, one_by_one, told_to
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.reckoning import reckoned_number
from shapecheck.reading.running import held_around
from shapecheck.reading.samples.batch_sizes import batch_sizes
from shapecheck.reading.sizes.size_texts import samples_given
from shapecheck.reading.sources import found_at, function_of_line, last_name, parents, source_of, statement_of, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "batch_size_written_down"
_COST = 0.02


def candidates(evidence: Evidence) -> Iterator[Candidate]:
    """``x.size(0)`` for ``self.batch_size`` in ``x.view(self.batch_size, -1, h, w)``, where -1 took up the rest."""
    operation = failed(evidence)
    items = (*tensors(operation), *tensors(evidence.operation))
    places = dict.fromkeys(place for item in items for place in spans_behind(evidence, item.span, only_whole=True))
    told = set(batch_sizes(evidence)) if places else set()
    for size in (size for place in places for size in _first_sizes(place)):
        rows = _number(evidence, size)
        samples = _samples(evidence, size)
        shared = told & {each.text for each in spans_behind(evidence, size, only_whole=True)}
        if rows is None or samples is None or not shared or samples[1] >= rows:
            continue
        place = _named_there(evidence, size)
        yield Candidate(f"{place.text} -> {samples[0]}", (Change(place, samples[0]),), (), _COST)
        return


def _first_sizes(place: Span) -> Iterator[Span]:
    """The first size of a view that leaves another one open, where it is none that is asked of a tensor."""
    for call in walk(expression(place.text)):
        if not isinstance(call, ast.Call) or last_name(call.func) not in ("view", "reshape"):
            continue
        sizes = one_by_one(told_to(call))
        if len(sizes) > 1 and -1 in map(whole_number, sizes[1:]) and whole_number(sizes[0]) != -1:
            yield piece(place, sizes[0])


def _number(evidence: Evidence, size: Span) -> int | None:
    source, node = found_at(size)
    return reckoned_number(evidence, source, node) if source is not None and node is not None else None


def _samples(evidence: Evidence, size: Span) -> tuple[str, int] | None:
    """How the function is asked for its samples, where what it views has as many rows."""
    source, node = found_at(size)
    call = next((up for up in parents(node) if isinstance(up, ast.Call)), None)
    base = applied_to(call) if call is not None else None
    # A name that the line gives anew holds what came of it.
    is_kept = isinstance(base, ast.Name) and base.id not in stored_in(statement_of(base) or base)
    held = held_around(evidence, source, node).get(base.id) if isinstance(base, ast.Name) and is_kept else None
    given = next(samples_given(evidence, size), None)
    return given if given is not None and (held is None or sizes_of(held)[:1] == given[1:]) else None


def _named_there(evidence: Evidence, size: Span) -> Span:
    """What the function set the size to, where it has a name of its own there."""
    source = source_of(size.file)
    for origin in evidence.chains.get(size, ())[:1]:
        is_here = origin.is_whole and origin.span.file == size.file and source is not None
        if is_here and function_of_line(source, origin.span.line) is function_of_line(source, size.line):
            return origin.span
    return size
