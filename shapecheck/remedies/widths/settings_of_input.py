"""A size that a model reckons of a setting, ``(image_size // patch) ** 2``, which the input at hand contradicts."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.failing import failed, maker, number, operand
from shapecheck.reading.layers.layer_arguments import GIVEN, told_for
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of, tables
from shapecheck.reading.reckoning import Reckoner
from shapecheck.reading.sizes.written_sizes import factories, written_sizes
from shapecheck.reading.sources import (
    Source,
    class_around,
    defaults_of,
    found_at,
    home_around,
    last_name,
    node_at,
    walk,
)
from shapecheck.reading.where_made import made_or_written

_COST = 0.04
_SEVERAL = "another setting, or another value of it, would give the same size"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``Model(side=48)`` for what leaves ``side=64`` to its default, or says 64, beside maps of 48 by 48."""
    found = dict.fromkeys(
        (call, name, size)
        for given, have, want in _sizes(evidence)
        for call, name, size in _settings(evidence, given, have, want)
        if not _is_given_by(given, name)
    )
    doubt = _SEVERAL if len(found) > 1 else ""
    return [
        Candidate(f"{name}={text}", (change,), (), _COST, doubt)
        for call, name, size in found
        if (change := with_keyword(call, name, text := _text(call, size))) is not None
    ]


def _sizes(evidence: Evidence) -> Iterator[tuple[Span, int, int]]:
    """Where a size is told that does not fit, with what it is and what it was to be."""
    linear = failed(evidence, "Linear")
    item, origin = operand(linear, "input"), maker(evidence, linear)
    if linear is not None and item is not None and origin is not None and sizes_of(item):
        given = told_for(origin, "in_features")
        if given is not None:
            yield given, number(linear, "in_features"), sizes_of(item)[-1]
    for table, other in both_ways(failed(evidence, *ELEMENTWISE)):
        yield from _of_table(evidence, table, other)


def _of_table(evidence: Evidence, table: Argument, other: Argument) -> Iterator[tuple[Span, int, int]]:
    sizes, wanted = sizes_of(table), sizes_of(other)
    if len(sizes) > len(wanted) or not any(tables(evidence, table)):
        return
    pairs = list(zip(sizes, wanted[len(wanted) - len(sizes) :], strict=True))
    apart = [axis for axis, (have, want) in enumerate(pairs) if have not in (1, want)]
    for origin in made_or_written(evidence, table) if len(apart) == 1 else ():
        for factory in factories(origin.span):
            told = written_sizes(factory, evidence) or []
            if len(told) == len(sizes):
                yield told[apart[0]], *pairs[apart[0]]


def _settings(evidence: Evidence, given: Span, have: int, want: int) -> Iterator[tuple[Span, str, int]]:
    """The settings of a class by which the size would be right: the call that makes it, the name, and the value."""
    source, node = found_at(given)
    if source is None or node is None or isinstance(node, ast.Constant | ast.Name):
        return
    reckoner = Reckoner(evidence)
    if reckoner.known(source, node) != have:
        return
    for call, name, place in _told(reckoner.seen.values()):
        for size in _lengths(evidence):
            put = {id(place): lambda *_, size=size: size}
            if Reckoner(evidence, put).known(source, node) == want:
                yield call, name, size


def _is_given_by(given: Span, name: str) -> bool:
    """Whether another layer of the class gives as much as the setting says: another value would be another there."""
    source, node = found_at(given)
    if source is None:
        return False
    calls = (each for each in walk(class_around(node)) if isinstance(each, ast.Call) and node not in walk(each))
    layers = (each for each in calls if last_name(each.func) in GIVEN)
    told = (told_for(source.span(each), GIVEN[last_name(each.func)].name) for each in layers)
    return any(span is not None and span.text == name for span in told)


def _told(seen: Iterable[tuple[Source, ast.expr, object]]) -> Iterator[tuple[Span, str, ast.expr]]:
    """The numbers that were read which set a class up: keywords of a call, and defaults that its one call leaves."""
    for source, node, _ in seen:
        owner = class_around(node)
        if not isinstance(node, ast.Constant) or type(node.value) is not int:
            continue
        up = getattr(node, "parent", None)
        call = getattr(up, "parent", None)
        if isinstance(up, ast.keyword) and up.arg and isinstance(call, ast.Call):
            yield source.span(call), up.arg, node
        elif owner is not None and isinstance(up, ast.arguments):
            made = list(source.calls(owner.name))
            name = next((name for name, default in defaults_of(up) if default is node), "")
            if len(made) == 1 and name:
                yield source.span(made[0]), name, node


def _lengths(evidence: Evidence) -> list[int]:
    """How long the sides of the maps are that the script holds or a layer was given; without maps, the sequences."""
    given = [record for each in evidence.trace or () for record in each.call.inputs]
    held = [value.record for value in evidence.held_anywhere]
    shapes = [record.shape for record in (*given, *held) if record is not None]
    sides = {size for shape in shapes if len(shape) > 3 for size in shape[2:] if size > 1}
    return sorted(sides or {shape[1] for shape in shapes if len(shape) == 3})


def _text(call: Span, size: int) -> str:
    """How to write a number in a call: by the one variable that was set to it before, if there is one."""
    home = home_around(node_at(call))
    names = [
        each.targets[0].id
        for each in walk(home)
        if isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Name)
        and isinstance(each.value, ast.Constant)
        and each.value.value == size
        and each.lineno < call.line
        and home_around(each) is home
    ]
    return names[0] if len(names) == 1 else str(size)
