"""A layer of one filter for each channel, told another number of channels than come: all that it is told goes along."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import CONVOLUTIONS, failed, number, shape
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sources import function_around, last_name, node_at, parents, walk

_COST = 0.05
_READ_ON = "another layer is told as many channels, and what came may be too few"
_TOLD = ("in_channels", "out_channels", "groups")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The channels that came, for what the layer takes, what it gives and how many groups it has."""
    operation = failed(evidence, *CONVOLUTIONS)
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 3:
        return []
    have, came = number(operation, "in_channels"), sizes[1]
    places = [spans[0] for name in _TOLD if (spans := evidence.told.get(name, ()))]
    if not 1 < have == number(operation, "out_channels") or came in (1, have):
        return []
    if len(places) < len(_TOLD) or len({each.text for each in places}) != 1:
        return []
    texts = list(dict.fromkeys(_texts(evidence, places[0], have, came)))
    doubt = _READ_ON if _is_told_elsewhere(places[0]) else ""
    return [Candidate(text, tuple(Change(each, text) for each in places), (), _COST, doubt) for text in texts[:1]]


def _is_told_elsewhere(place: Span) -> bool:
    """Whether another layer in the same function is told to take so many channels."""
    node = node_at(place)
    own, home = next(parents(node), None), function_around(node)
    calls = [each for each in walk(home) if isinstance(each, ast.Call) and each.args] if home is not None else []
    others = [each for each in calls if each is not own and last_name(each.func) in CONVOLUTIONS]
    return any(ast.unparse(each.args[0]) == place.text for each in others)


def _texts(evidence: Evidence, place: Span, have: int, came: int) -> Iterator[str]:
    """How the channels that came are written beside those that were told: without a factor, or by another name."""
    node = node_at(place)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for factor, rest in ((node.left, node.right), (node.right, node.left)):
            if came * (whole_number(factor) or 0) == have:
                yield ast.unparse(rest)
    yield from names_of_size(evidence, place, came)
