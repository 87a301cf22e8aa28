"""A layer that gives back the width it takes, where the width that is wanted behind it was told and is read nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.failing import CELLS, RECURRENT, failed, kind, maker, number, shape
from shapecheck.reading.layers.layer_arguments import TAKEN, told_for
from shapecheck.reading.recurrent.recurrent_calls import state_roles, state_sizes
from shapecheck.reading.sizes.unread_sizes import unread_in_place_of
from shapecheck.reading.sources import Source, home_around, is_named, node_at, user_sources, walk

_COST = 0.012
_SEVERAL = "several layers, or several numbers that nobody reads, would come to what is wanted"
_UNREAD = "a size that was told and is read nowhere is what was wanted"
_TOLD = (("in_features", "out_features"), ("in_channels", "out_channels"))


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(width, other)`` for ``nn.Linear(width, width)``, where ``other`` is a parameter that nobody reads."""
    ways = list(dict.fromkeys(_ways(evidence)))
    doubt = _SEVERAL if len(ways) > 1 else ""
    return [
        Candidate(", ".join(f"{each.span.text} -> {each.text}" for each in way[:1]), way, (), _COST, doubt)
        for way in ways
    ]


def doubt_of_told(evidence: Evidence) -> str:
    """What stands against another width for what takes it, where such a layer was told in vain."""
    return _UNREAD if next(_ways(evidence), ()) else ""


def _ways(evidence: Evidence) -> Iterator[tuple[Change, ...]]:
    have, want = _widths(evidence)
    if not have or have == want:
        return
    taker = maker(evidence, failed(evidence))
    for source in user_sources(evidence):
        for home in {home_around(each): None for each in walk(source.tree) if isinstance(each, ast.Call)}:
            found: dict[str, list[Change]] = {}
            for place in _own_width_given(evidence, source, home):
                if taker is not None and taker.span.holds(source.span(place)):
                    continue
                for node in _names(place):
                    if worked_out(evidence, source.span(node)) == have:
                        for text in dict.fromkeys(unread_in_place_of(evidence, source, node, want)):
                            found.setdefault(text, []).append(Change(source.span(node), text))
            yield from (tuple(dict.fromkeys(changes)) for changes in found.values())


def _widths(evidence: Evidence) -> tuple[int, int]:
    """How wide what was refused is, and how wide it must be; twice 0 where that is not what was refused."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    for role in state_roles(operation) if operation is not None else ():
        assert operation is not None
        have = shape(operation, role) or ()
        is_layer = bool(operation.config.get("num_layers"))
        want = state_sizes(operation, role)[2] if is_layer else number(operation, "hidden_size")
        if have and have[-1] != want:
            return have[-1], want
    operation = failed(evidence, *TAKEN)
    sizes = shape(operation, "input") if operation is not None else None
    if operation is None or not sizes:
        return 0, 0
    name, _, axis = TAKEN[kind(operation)]
    return (sizes[axis], number(operation, name)) if len(sizes) >= abs(axis) else (0, 0)


def _own_width_given(evidence: Evidence, source: Source, home: ast.AST | None) -> Iterator[ast.expr]:
    """Where the layers that a function makes are told to give just what they take."""
    for call in walk(home):
        if not isinstance(call, ast.Call) or home_around(call) is not home:
            continue
        span = source.span(call)
        for taken, given in _TOLD:
            spans = told_for(span, taken), told_for(span, given)
            one, other = (_written(each, home) for each in spans)
            if one is not None and other is not None and ast.dump(one) == ast.dump(other):
                yield other


def _written(told: Span | None, home: ast.AST | None) -> ast.expr | None:
    """What a layer is told, or what the function gave the name that it is told by."""
    node = node_at(told)
    if isinstance(node, ast.Name):
        made = [value for line in walk(home) for target, value in values_given(line) if is_named(target, node.id)]
        return made[0] if len(made) == 1 else node
    return node


def _names(place: ast.expr) -> Iterator[ast.expr]:
    """The names in an expression, each as a whole: ``config.width``, not ``config``."""
    if isinstance(place, ast.Name | ast.Attribute | ast.Subscript):
        yield place
    elif isinstance(place, ast.BinOp):
        yield from (*_names(place.left), *_names(place.right))
