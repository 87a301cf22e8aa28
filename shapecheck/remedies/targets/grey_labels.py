"""Labels that are as many levels apart as grey values are, ``0, 127, 254``: numbered from 0 on by a division."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.handed_on import common_place, is_read_elsewhere
from shapecheck.reading.sources import call_around, found_at, last_name, node_at, user_sources
from shapecheck.remedies.targets.counted_labels import READ_ELSEWHERE
from shapecheck.remedies.targets.ignored_labels import marking

_UNSEEN = "the labels may have other numbers between these levels"
# The level of white in bytes; labels with more axes than the second number are those of the places of pictures.
WHITE, PICTURE = 255, 2
# Levels of which the lowest, the highest and the one below it are all.
_MOST_SEEN = 3
_MAYBE_IGNORED = "the largest number may mark what does not count"


def levels(evidence: Evidence, target: Argument, count: int, *, cost: float) -> Iterator[Candidate]:
    """The labels divided by what lies between two levels, where these are as many as there are classes.

    Args:
        evidence: The problem.
        target: The labels as the loss was given them.
        count: How many classes there are.
        cost: What it costs.
    """
    facts = target.value.facts
    most, below = int(facts.get("max", 0)), facts.get("below_max")
    if count < 2 or most % (count - 1) or facts.get("min") != 0 or target.span is None:
        return
    apart = most // (count - 1)
    if apart < 2 or below != apart * (count - 2):
        return
    name = _named(evidence, apart)
    doubt = _doubt(evidence, target, count, apart) if not name else ""
    suffix = f" // {name or apart}"
    trial = (Step("floor_divide", target.role, (apart,)),)
    place = common_place(evidence, target)
    if place is not None and place.behind is None:
        changes = tuple(suffixed(each, suffix) for each in place.spans)
        yield Candidate(changes[0].text, changes, trial, cost, doubt)
    source, node = found_at(target.span)
    others = source is not None and node is not None and is_read_elsewhere(source, node)
    change = suffixed(target.span, suffix)
    far = 0.0 if place is None else 0.3
    yield Candidate(change.text, (change,), trial, cost + far, doubt or (READ_ELSEWHERE if others else ""))


def _doubt(evidence: Evidence, target: Argument, count: int, apart: int) -> str:
    """What stands against it: of two levels the upper one may be a mark, of many the lower ones are unseen."""
    if count > _MOST_SEEN:
        return _UNSEEN
    axes = len(target.value.record.shape) if target.value.record is not None else 0
    is_picture = apart == WHITE and axes > PICTURE
    is_mark = any(not _is_level(each) for each in marking(evidence, apart))
    return _MAYBE_IGNORED if count == 2 and (is_mark or not is_picture) else ""


def _is_level(number: Span) -> bool:
    """Whether a number is one of the two that all labels are made of: ``where(is_car, 255, 0)``."""
    call = call_around(node_at(number))
    given = call.args[1:] if call is not None and last_name(call.func) == "where" else []
    return len(given) == 2 and 0 in map(whole_number, given) and None not in map(whole_number, given)


def _named(evidence: Evidence, number: int) -> str:
    """The one name at the top of the script that stands for a number."""
    names = {
        target.id
        for source in user_sources(evidence)
        for node in source.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value == number
        for target in node.targets
        if isinstance(target, ast.Name) and type(node.value.value) is int
    }
    return names.pop() if len(names) == 1 else ""
