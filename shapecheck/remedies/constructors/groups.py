"""Groups that do not divide the channels of a layer that was being made: exchanged with these, or one for each."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import argument
from shapecheck.reading.failing import CONVOLUTIONS, kind, made, operand, says
from shapecheck.reading.sources import begin_of, found_at, function_around
from shapecheck.remedies.moves import exchanged

CAUSE = "groups_do_not_divide_channels"
_DIVISIBLE = r"channels( \(\d+\))? must be divisible by (num_)?groups"
_COUNT = "other numbers of groups divide the channels as well"
_SEVERAL = "a layer of one filter for each channel may be meant to give several for each"
_ORDER = "the channels may be told rightly, and the groups be too many"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Channels and groups that go together, by what the layers beside it were told."""
    operation = made(evidence)
    groups = operand(operation, "groups", "num_groups")
    if operation is None or groups is None or groups.span is None or says(evidence, _DIVISIBLE) is None:
        return []
    if kind(operation) == "GroupNorm":
        return [*_exchanged(operation, groups, groups.span), *_fewer(groups, operand(operation, "num_channels"))]
    given, made_of = (operand(operation, name) for name in ("in_channels", "out_channels"))
    return [*_one_for_each(groups.span, given, made_of), *_fewer(groups, given, made_of)]


def _exchanged(operation: Operation, groups: Argument, place: Span) -> Iterator[Candidate]:
    """``GroupNorm(4, channels)`` for ``GroupNorm(channels, 4)``."""
    channels = operand(operation, "num_channels")
    many, few = _number(groups), _number(channels)
    if channels is None or channels.span is None or not few or many % few or groups.keyword or channels.keyword:
        return
    given = [text for _, (_, text) in _beside(place)]
    if channels.span.text in given and place.text not in given:
        return
    doubt = "" if place.text in given and channels.span.text not in given else _ORDER
    yield exchanged(place, channels.span, cost=0.1, doubt=doubt)


def _one_for_each(place: Span, given: Argument | None, made_of: Argument | None) -> Iterator[Candidate]:
    """As many filters as channels, where each channel has its own group and another layer makes more of them."""
    if given is None or made_of is None or given.span is None or made_of.span is None:
        return
    if place.text == given.span.text and _number(given) > 1:
        # The layer that mixes them takes as many as came in, and makes the others.
        behind = [pair for line, pair in _beside(place) if line >= place.line]
        doubt = "" if behind[:1] == [(given.span.text, made_of.span.text)] else _SEVERAL
        title = f"{made_of.span.text} -> {given.span.text}"
        yield Candidate(title, (Change(made_of.span, given.span.text),), (), 0.1, doubt)


def _fewer(groups: Argument, *channels: Argument | None) -> Iterator[Candidate]:
    """As many groups as divide all the channels."""
    most = gcd(_number(groups), *(_number(each) for each in channels))
    if groups.span is not None and most > 0 and most != _number(groups):
        change = Change(groups.span, str(most))
        yield Candidate(f"{groups.span.text} -> {most}", (change,), (), 0.4, _COUNT)


def _number(item: Argument | None) -> int:
    text = item.value.text if item is not None else ""
    return int(text) if text.isdecimal() else 0


def _beside(place: Span) -> Iterator[tuple[int, tuple[str, str]]]:
    """The other layers that are made in the same function: on which line, what each takes and what it makes of it."""
    source, node = found_at(place)
    for call in sorted(source.calls(*CONVOLUTIONS, "Linear"), key=begin_of) if source is not None else ():
        span = source.span(call) if source is not None else place
        takes, makes = (argument(span, *each) for each in (("in_channels", 0), ("out_channels", 1)))
        if function_around(call) is function_around(node) and not span.holds(place) and takes and makes:
            yield call.lineno, (takes.text, makes.text)
