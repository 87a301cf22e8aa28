"""One layer for volumes among those for images, or the other way round: the end of its name as that of the others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.applied import given_as
from shapecheck.reading.calls import all_given, calls_in
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import failed, features_taken, maker, number
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, class_around, found_at, home_around, last_name, user_sources, walk

CAUSE = "layer_for_other_axes"
_COST = 0.03
_NAMED = re.compile(
    r"((?:Lazy)?Conv(?:Transpose)?|(?:Adaptive|Fractional)?(?:Max|Avg|LP)Pool|(?:Batch|Instance)Norm|(?:adaptive_)?"
    r"(?:max|avg|lp)_pool|conv(?:_transpose)?)([123])d"
)
_ALONE = "no other layer tells for how many axes it is meant, and it may be the data that have too many, or too few"
_FLAT = "what came to it may have to be laid flat in front of it"
_LACKING = "the axis that what came to it lacks may have to be put in, or brought back, in front of it"
_REDUCED = ("mean", "sum", "amax", "amin", "max", "logsumexp")
_UNREAD = "that it alone is for maps of other axes than its neighbours is all that speaks against it"


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer where it is made, or a function called, by a name that tells its axes."""

    source: Source
    call: ast.Call
    axes: int


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Conv2d`` for ``nn.Conv3d``, where what came to it, or to those beside it, are images."""
    operation = failed(evidence)
    if operation is None:
        return []
    own = _refused(evidence, operation)
    return (
        list(_named_as_input(evidence, operation, own)) if own is not None else list(_passed_over(evidence, operation))
    )


def _refused(evidence: Evidence, operation: Operation) -> _Layer | None:
    """The layer that failed, or the function, if its name tells its axes."""
    if _NAMED.fullmatch(operation.name.rpartition(".")[2]) is None:
        return None
    origin = maker(evidence, operation)
    source, node = found_at(origin.span if origin is not None else operation.span)
    return _layer(source, node) if source is not None else None


def _layer(source: Source, node: ast.AST | None) -> _Layer | None:
    name = _NAMED.fullmatch(last_name(node.func)) if isinstance(node, ast.Call) else None
    return _Layer(source, node, int(name.group(2))) if name is not None and isinstance(node, ast.Call) else None


def _named_as_input(evidence: Evidence, operation: Operation, own: _Layer) -> Iterator[Candidate]:
    """The refused layer, for as many axes as its input has; or the one in front of it that passed that over."""
    item = input_of(evidence, operation)
    sizes = sizes_of(item)
    wanted = len(sizes) - 2
    channels = number(operation, "in_channels") or number(operation, "num_features")
    beside = [each.axes for each in _beside(own)]
    if wanted not in (1, 2, 3) or wanted == own.axes or (channels and sizes[1] != channels) or _is_spelt_out(own):
        if wanted == own.axes:
            yield from _passed_over(evidence, operation)
        return
    is_alone = wanted not in beside or own.axes in beside
    other = _FLAT if own.axes < wanted else _LACKING
    unless_read = "" if is_alone or (_is_between(own, wanted) and number(operation, "num_features")) else other
    doubt, cost = _ALONE * is_alone, _COST + 0.2 * is_alone
    if not is_alone and own.axes < wanted and not _is_between(own, wanted) and (1 in sizes[2:] or _reduces(own)):
        # Whatever comes out of the last one, what reads it goes on.
        doubt = _FLAT
    yield Candidate(_title(own, wanted), (_renamed(own, wanted),), (), cost, doubt, unless_read)


def _passed_over(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """A pool for one axis more than all others: it made the channels fewer, and what failed stands behind it."""
    wanted = number(operation, "in_channels") or number(operation, "num_features") or features_taken(operation)
    sizes = sizes_of(input_of(evidence, operation))
    given = next(reversed(sizes), 0) if features_taken(operation) else next(iter(sizes[1:]), 0)
    layers = [each for source in user_sources(evidence) for node in walk(source.tree) if (each := _layer(source, node))]
    counts = [each.axes for each in layers]
    for each in layers if wanted and given else []:
        others = {one.axes for one in layers if one is not each}
        if others != {each.axes - 1} or counts.count(each.axes - 1) == 1 or _is_spelt_out(each):
            continue
        if given in _left_by(each, wanted):
            change = _renamed(each, each.axes - 1)
            yield Candidate(_title(each, each.axes - 1), (change,), (), _COST, "", _UNREAD)


def _left_by(pool: _Layer, channels: int) -> tuple[int, ...]:
    """How many of so many channels a pool would leave that takes them for places."""
    name = last_name(pool.call.func)
    if "ool" not in name:
        return ()
    size = whole_number(given_as(pool.call, "output_size" if "daptive" in name else "kernel_size", name[0].islower()))
    return () if not size else (size,) if "daptive" in name else (channels // size,)


def _beside(own: _Layer) -> list[_Layer]:
    """The other layers of the class, or of the function, that makes one."""
    home = class_around(own.call) or home_around(own.call)
    found = [_layer(own.source, node) for node in walk(home) if node is not own.call]
    return [each for each in found if each is not None]


def _is_between(own: _Layer, axes: int) -> bool:
    """Whether a layer for so many axes stands behind it as well."""
    return any(each.axes == axes and each.call.lineno > own.call.lineno for each in _beside(own))


def _reduces(own: _Layer) -> bool:
    """Whether the class, or the function, makes one number of many, however many axes they have."""
    calls = calls_in(class_around(own.call) or home_around(own.call))
    return any(last_name(each.func) in _REDUCED for each in calls)


def _is_spelt_out(own: _Layer) -> bool:
    """Whether it is told a number for each of its axes, so that it is meant for as many."""
    given = all_given(own.call)
    return any(isinstance(each, ast.Tuple | ast.List) and len(each.elts) == own.axes > 1 for each in given)


def _title(own: _Layer, axes: int) -> str:
    return re.sub(r"\dd$", f"{axes}d", ast.unparse(own.call.func))


def _renamed(own: _Layer, axes: int) -> Change:
    span = own.source.span(own.call.func)
    return Change(span, re.sub(r"\dd$", f"{axes}d", span.text))
