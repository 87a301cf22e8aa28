"""A layer that gives back the width it takes, where the width that is wanted behind it was told and is read nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import called_as
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import CELLS, RECURRENT, failed, kind, maker, number, shape
from shapecheck.reading.layers.layer_arguments import TAKEN, told_for
from shapecheck.reading.name_words import any_word
from shapecheck.reading.origins import given_for
from shapecheck.reading.recurrent.recurrent_calls import state_roles, state_sizes
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sizes.written_settings import settings_beside
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    home_around,
    is_named,
    is_own,
    last_name,
    node_at,
    parameters,
    unread_parameters,
    user_sources,
    walk,
)

# By these an entry may be read without its name.
_CALLS_WITH_ALL = ("vars", "asdict", "getattr", "items", "values", "keys", "locals")
_COST = 0.012
# How much more it costs where the number that nobody reads counts something else by its name.
_ELSE = 0.8
_SEVERAL = "several layers, or several numbers that nobody reads, would come to what is wanted"
_A_LAYER_MORE = "a layer may be missing behind this one, which would give what was told"
_OF_ELSE = "by its name the number that nobody reads counts something else than features"
_COUNTED = any_word(
    "seed|epochs?|patience|batch(es)?|steps?|every|interval|layers?|depth|heads?|workers?|iter(ation)?s?|rounds?|warmup"
    "|window|len|length|folds?|beams?"
)
_UNREAD = "a size that was told and is read nowhere is what was wanted"
_TOLD = (("in_features", "out_features"), ("in_channels", "out_channels"))


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(width, other)`` for ``nn.Linear(width, width)``, where ``other`` is a parameter that nobody reads."""
    ways = dict(_ways(evidence))
    several = _SEVERAL if len(ways) > 1 else ""
    found = []
    for way, doubt in ways.items():
        is_else = _counts_else(way)
        cost, other = (_COST + _ELSE, _OF_ELSE) if is_else else (_COST, doubt)
        found.append(Candidate(f"{way[0].span.text} -> {way[0].text}", way, (), cost, several or other))
    return found


def doubt_of_told(evidence: Evidence) -> str:
    """What stands against another width for what takes it, where such a layer was told in vain."""
    return _UNREAD if any(not _counts_else(way) for way, _ in _ways(evidence)) else ""


def _counts_else(way: tuple[Change, ...]) -> bool:
    """Whether what would be read has the name of something that is counted and no width: rounds, layers, samples."""
    return any(_COUNTED.search(each.text) is not None for each in way)


def _ways(evidence: Evidence) -> Iterator[tuple[tuple[Change, ...], str]]:
    """The changes by which layers give what was told in vain, and what stands against them."""
    have, want = _widths(evidence)
    if not have or have == want:
        return
    taker = maker(evidence, failed(evidence))
    for source in user_sources(evidence):
        for home in {home_around(each): None for each in walk(source.tree) if isinstance(each, ast.Call)}:
            found: dict[tuple[str, bool], dict[Change, None]] = {}
            for place, is_twice in _widths_given(source, home):
                is_taker = taker is not None and taker.span.holds(source.span(place))
                if is_taker and not _is_called_again(source, home):
                    continue
                for node in _names(place):
                    for text in _unread_in_place_of(evidence, source, node, have, want):
                        found.setdefault((text, is_twice), {})[Change(source.span(node), text)] = None
            for (text, is_twice), changes in found.items():
                if is_twice or (text, True) not in found:
                    yield tuple(changes), "" if is_twice else _A_LAYER_MORE


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
    return (sizes[axis], number(operation, name)) if -len(sizes) <= axis < len(sizes) else (0, 0)


def _widths_given(source: Source, home: ast.AST | None) -> Iterator[tuple[ast.expr, bool]]:
    """Where the layers that a function makes are told what to give, and whether that is just what they take."""
    for call in walk(home):
        if not isinstance(call, ast.Call) or home_around(call) is not home:
            continue
        span = source.span(call)
        for taken, given in _TOLD if last_name(call.func) in TAKEN else ():
            one, other = (_written(told_for(span, name), home) for name in (taken, given))
            if one is not None and other is not None and one is not other:
                yield other, ast.dump(one) == ast.dump(other)


def _is_called_again(source: Source, home: ast.AST | None) -> bool:
    """Whether a function makes its layers several times, so that one of them may give what the next one takes."""
    return isinstance(home, ast.FunctionDef) and len(list(source.calls(called_as(home)))) > 1


def _written(told: Span | None, home: ast.AST | None) -> ast.expr | None:
    """What a layer is told, or what the function gave the name that it is told by."""
    node = node_at(told)
    if isinstance(node, ast.Name):
        made = [value for line in walk(home) for target, value in values_given(line) if is_named(target, node.id)]
        return made[0] if len(made) == 1 and not isinstance(made[0], ast.Constant) else node
    return node


def _names(place: ast.expr) -> Iterator[ast.expr]:
    """The names in an expression, each as a whole: ``config.width``, not ``config``."""
    if isinstance(place, ast.Name | ast.Attribute | ast.Subscript):
        yield place
    elif isinstance(place, ast.BinOp):
        yield from (*_names(place.left), *_names(place.right))


def _unread_in_place_of(evidence: Evidence, source: Source, node: ast.expr, have: int, want: int) -> tuple[str, ...]:
    """What could stand for a name, is as large as is wanted, and is read nowhere.

    Args:
        evidence: The problem.
        source: The file of the name.
        node: The name: ``width``, ``self.width``, ``config.width``, ``config["width"]``.
        have: How large it is.
        want: How large it is to be.
    """
    place, constants = source.span(node), _constants(source)
    if isinstance(node, ast.Name) and whole_number(constants.get(node.id)) == have:
        read = {each.id for each in walk(source.tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
        return tuple(name for name, value in constants.items() if name not in read and whole_number(value) == want)
    if _size(evidence, source, node) != have:
        # A function may be called with several sizes.
        return tuple(dict.fromkeys(_told_by_calls(evidence, source, node, have, want)))
    if isinstance(node, ast.Name):
        return tuple(name for name, value in unread_numbers(evidence, place) if value == want)
    found = _own(evidence, source, node, want) if is_own(node) else _entries(source, node, want)
    return tuple(dict.fromkeys(found))


def _told_by_calls(evidence: Evidence, source: Source, node: ast.expr, have: int, want: int) -> Iterator[str]:
    """Parameters that one of the calls tells what is wanted, and the name what it is."""
    function = function_around(node)
    if function is None or not isinstance(node, ast.Name) or node.id not in parameters(function):
        return
    for call in source.calls(called_as(function)):
        told = {name: given_for(call, function, name) for name in parameters(function)}
        sizes = {name: worked_out(evidence, source.span(each)) for name, each in told.items() if each is not None}
        if sizes.get(node.id) == have:
            yield from (name for name in sorted(unread_parameters(source.span(node))) if sizes.get(name) == want)


def _constants(source: Source) -> dict[str, ast.expr]:
    """What the file gives its names outside of functions, the last of each."""
    pairs = (pair for line in source.tree.body for pair in values_given(line))
    return {target.id: value for target, value in pairs if isinstance(target, ast.Name)}


def _own(evidence: Evidence, source: Source, node: ast.Attribute, size: int) -> Iterator[str]:
    """Attributes that the same class sets before, and nobody reads."""
    read = _read(source)
    for line in walk(class_around(node)):
        for target, value in values_given(line):
            is_unread = is_own(target) and target.attr not in read and value.lineno < node.lineno
            if is_unread and _size(evidence, source, value) == size:
                yield ast.unparse(target)


def _size(evidence: Evidence, source: Source, node: ast.expr) -> int | None:
    """What a name comes to, of an attribute what its class sets it to, of a parameter what all calls give for it."""
    found = worked_out(evidence, source.span(node))
    if type(found) is int:
        return found
    if is_own(node):
        pairs = [pair for line in walk(class_around(node)) for pair in values_given(line)]
        values = [value for target, value in pairs if is_own(target) and target.attr == node.attr]
        return _size(evidence, source, values[0]) if len(values) == 1 and not is_own(values[0]) else None
    function = function_around(node)
    if function is None or not isinstance(node, ast.Name) or node.id not in parameters(function):
        return None
    told = [given_for(call, function, node.id) for call in source.calls(called_as(function))]
    sizes = {worked_out(evidence, source.span(each)) if each is not None else None for each in told}
    return sizes.pop() if len(sizes) == 1 else None


def _entries(source: Source, node: ast.expr, size: int) -> Iterator[str]:
    """Entries of the settings of which one is read, that nobody reads."""
    calls = (last_name(each.func) for each in walk(source.tree) if isinstance(each, ast.Call))
    if any(name in _CALLS_WITH_ALL for name in calls):
        return
    read = _read(source)
    for text, value in settings_beside(source, node):
        name = text.rpartition(".")[2] if isinstance(node, ast.Attribute) else text.split('"')[-2]
        if name not in read and whole_number(value) == size:
            yield text


def _read(source: Source) -> set[str]:
    """All attributes and keys that the file reads."""
    found = set[str]()
    for node in walk(source.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            found.add(node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            found.add(str(node.slice.value))
    return found
