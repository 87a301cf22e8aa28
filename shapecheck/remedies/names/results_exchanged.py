"""The two results of a layer under each other's names: ``out, hidden = rnn(x, hidden)`` for ``hidden, out = ...``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import RECURRENT, STATES, failed, says
from shapecheck.reading.recurrent.results_in_order import Taken, is_unread, reads_steps, taken_from
from shapecheck.reading.sources import Source, home_around, user_sources, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import exchanged

CAUSE = "names_exchanged"
# The names tell more than what another one makes run.
_COST, _IN_DOUBT = -0.1, 0.12
_REDUCES = re.compile(r"\.(mean|sum|max|amax)\(")
_ALL = "all steps go in as a state, of which the last one may be meant"
_PART = "a part of the second result may be what is meant, as it stands"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The names in the order in which the layer gives its results, where they, or who reads them, say so."""
    operations = [each for each in (failed(evidence), evidence.operation) if each is not None and evidence.crash]
    places = [item.span for each in operations for item in each.arguments if item.span is not None]
    places += [each.span for each in operations if each.span is not None]
    return list(_exchanged(evidence, list(spans_behind(evidence, *places)))) if places else []


def _exchanged(evidence: Evidence, behind: list[Span]) -> Iterator[Candidate]:
    failed_here = [each.span for each in (failed(evidence), evidence.operation) if each is not None]
    for source in user_sources(evidence):
        for line in walk(source.tree):
            taken = taken_from(evidence, source, line)
            if taken is None or isinstance(taken.second, ast.Tuple):
                # Only the second result can be a pair.
                continue
            yield from _both_states(source, taken)
            span = source.span(taken.call)
            if span in failed_here and not evidence.earlier:
                # It has given nothing yet.
                continue
            is_behind = any(each == span or span.holds(each) for each in behind)
            doubt_of = _doubt if is_behind else _doubt_of_returned
            doubt = doubt_of(evidence, source, taken)
            if doubt is not None:
                first, second = source.span(taken.first), source.span(taken.second)
                yield exchanged(first, second, cost=_IN_DOUBT if doubt else _COST, doubt=doubt)


def _both_states(source: Source, taken: Taken) -> Iterator[Candidate]:
    """``_, (h, c) = lstm(x)`` for ``h, c = lstm(x)``, where both names are read alike: ``h[0]`` and ``c[0]``."""
    if taken.kind != "LSTM" or not (taken.first_says_second and taken.second_says_second):
        return
    names = [ast.unparse(each) for each in (taken.first, taken.second)]
    read: dict[str, set[str]] = {name: set() for name in names}
    for each in walk(home_around(taken.call)):
        if isinstance(each, ast.Subscript) and ast.unparse(each.value) in read and whole_number(each.slice) is not None:
            read[ast.unparse(each.value)].add(ast.unparse(each.slice))
    if read[names[0]] and read[names[0]] == read[names[1]]:
        text = f"_, ({', '.join(names)})"
        first, last = source.span(taken.first), source.span(taken.second)
        place = replace(first, end_line=last.end_line, end_column=last.end_column, text=", ".join(names))
        yield Candidate(f"{text} = ...", (Change(place, text),), (), _COST)


def _doubt_of_returned(evidence: Evidence, source: Source, taken: Taken) -> str | None:
    """The same for a line whose function has returned: it is told by its names, or by the steps that a loss misses."""
    if taken.are_each_others:
        return None if _is_read_in_order(source, taken) else ""
    rows = says(evidence, r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)")
    have, want = map(int, rows.groups()) if rows is not None else (1, 1)
    is_plain = taken.kind in RECURRENT and taken.second_says_first and is_unread(source, taken.first)
    is_short = want > have and want % have == 0
    return "" if is_short and is_plain and _second_has_steps(source, taken) is not False else None


def _is_read_in_order(source: Source, taken: Taken) -> bool:
    """Whether the names, as odd as they are, are read as what they hold: steps of the first, no steps of the second."""
    is_by_name = taken.kind in RECURRENT and not (taken.is_nested or taken.is_carried)
    return is_by_name and (reads_steps(source, taken.first) is True or reads_steps(source, taken.second) is False)


def _second_has_steps(source: Source, taken: Taken) -> bool | None:
    """Whether the second name is read for what has steps; of a pair the last one may be meant as the last step."""
    steps = reads_steps(source, taken.second)
    return None if steps is False and taken.kind == "LSTM" else steps


def _doubt(evidence: Evidence, source: Source, taken: Taken) -> str | None:
    """What speaks against an exchange of the names, or nothing; None where nothing speaks for it."""
    if taken.are_each_others:
        return None if _is_read_in_order(source, taken) else ""
    if is_unread(source, taken.first) and not taken.second_says_second:
        steps = _second_has_steps(source, taken)
        if taken.second_says_first or steps:
            return _PART if steps is False else ""
        return None if steps is False else _PART
    if is_unread(source, taken.second) and taken.kind in RECURRENT and reads_steps(source, taken.first) is not True:
        if says(evidence, r"'PackedSequence' object has no attribute"):
            return "" if reads_steps(source, taken.first) is False else None
        # It is handed on as a state, as which all steps are none.
        operation = failed(evidence)
        states = [item.span for item in operation.arguments if item.role in STATES] if operation is not None else []
        given = [span for span in states if span is not None and not _REDUCES.search(span.text)]
        spans = [each for span in given for each in spans_behind(evidence, span)]
        if any(each == source.span(taken.call) for each in spans):
            return "" if taken.first_says_second else _ALL
        return None
    return None
