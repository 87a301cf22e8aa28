"""Two sizes of one call in each other's place: ``nn.Embedding(width, tokens)``, ``Encoder(hidden, features)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Operation, Origin, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.definitions import constructors
from shapecheck.reading.edits import expression, summands, whole_number
from shapecheck.reading.failing import CONVOLUTIONS, RECURRENT, failed, kind, maker, number, operand
from shapecheck.reading.layers.layer_arguments import TAKEN, told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.running import size_held
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sizes.numbers_behind import numbers_behind
from shapecheck.reading.sources import (
    Loop,
    Source,
    class_around,
    found_at,
    function_around,
    last_name,
    parents,
    targets_of,
    user_sources,
)
from shapecheck.remedies.moves import exchanged

CAUSE = "sizes_exchanged"
LAYER_LACKS = "a layer in front, which makes the one width of the other, may be missing"
_AS_NAMED = "the two stand as the class calls what it takes, and what it is given may be what has the wrong width"
_BY_NAME = "the one is told by its name, and may be right as it stands"
_WIDTHS = {name: TAKEN[name] for name in ("Linear", *RECURRENT, *CONVOLUTIONS)}


def candidates(evidence: Evidence) -> list[Candidate]:
    """The argument beside it for the one that a layer was told its width with, where it is what came."""
    operation = failed(evidence)
    return list(_by_size(evidence, operation)) if operation is not None else []


def _by_size(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    origin = maker(evidence, operation)
    told = _told(operation, origin) if origin is not None else None
    if told is None:
        return
    given, least, most = told
    for far, span in enumerate(dict.fromkeys(spans_of(evidence, given, parts=True))):
        source, node = found_at(span)
        call = getattr(node, "parent", None)
        yield from _by_keyword(evidence, operation, source, call, least) if source and least == most else ()
        if (
            source is None
            or not isinstance(call, ast.Call)
            or node not in call.args
            or _is_one_of_several(source, call)
        ):
            continue
        at = call.args.index(node)
        for place in (at + 1, at - 1):
            if not 0 <= place < len(call.args) or isinstance(call.args[place], ast.Starred):
                continue
            if last_name(call.func) == kind(operation) and not _are_parameters(source, node, call.args[place]):
                continue
            if kind(operation) == "Embedding" and (far or not _is_read_as_width(source, call, node)):
                # Of a table every number fits that is large enough: its neighbours alone tell more.
                continue
            other = source.span(call.args[place])
            size = worked_out(evidence, other)
            if size is not None and _has_read(evidence, source, call, place, size):
                continue
            if type(size) is int and least <= size <= most and ast.unparse(call.args[place]) != ast.unparse(node):
                # Two parameters handed on in their own order were given to the class the other way round.
                doubt = _doubt(evidence, operation)
                cost = 0.03 + 0.01 * far + (0.05 if _in_their_order(call, at, place) else 0.0)
                # One name for another in the layer alone leaves what has that width as it is.
                cost += 0.6 if doubt and list(names_of_size(evidence, given, size)) else 0.0
                trial = _trial(operation, size)
                if kind(operation) in RECURRENT and last_name(call.func) == kind(operation) and {at, place} == {0, 1}:
                    # The width of the state is then another as well: the script alone can tell.
                    trial = ()
                found = exchanged(span, other, cost=cost, trial=trial)
                is_setting = not trial and isinstance(node, ast.Attribute) and not _is_read_as_width(source, call, node)
                named = _AS_NAMED if _stand_as_named(source, call, at, place) else ""
                yield replace(found, doubt=doubt or (LAYER_LACKS if is_setting else named))
    if least == most:
        yield from _handed_to_class(evidence, operation, given, least)


def _by_keyword(
    evidence: Evidence, operation: Operation, source: Source, given: object, size: int
) -> Iterator[Candidate]:
    """The same of two whole numbers that a class is told by name: ``Net(n_vitals=3, n_static=6)``."""
    call = getattr(given, "parent", None)
    if not isinstance(given, ast.keyword) or not isinstance(call, ast.Call) or _is_one_of_several(source, call):
        return
    fits = [each for each in call.keywords if each is not given and whole_number(each.value) == size]
    if len(fits) == 1 and whole_number(given.value) is not None and constructors(source, last_name(call.func)):
        one, other = source.span(given.value), source.span(fits[0].value)
        found = exchanged(one, other, cost=0.08, trial=_trial(operation, size), doubt=_doubt(evidence, operation))
        yield found if found.doubt else replace(found, unless_read=_BY_NAME)


def _doubt(evidence: Evidence, operation: Operation) -> str:
    """What stands against it: beside what the layer was given there is something of the width that it was made for."""
    item = operand(operation, "input")
    if kind(operation) not in _WIDTHS:
        return ""
    keyword, _, axis = _WIDTHS[kind(operation)]
    for name, held in evidence.held.items():
        sizes = sizes_of(held) if held.kind == "tensor" else ()
        if (
            item is not None
            and name != item.expression
            and len(sizes) > 1
            and sizes[axis] == number(operation, keyword)
        ):
            return f"{name} has the width that the layer was made for, and may be what it was to be given"
    return ""


def _stand_as_named(source: Source, call: ast.Call, at: int, place: int) -> bool:
    """Whether two arguments of a class of the script are names, each the one of its parameter."""
    names = _named(constructors(source, last_name(call.func)))
    return all(spot < len(names) and ast.unparse(call.args[spot]) == names[spot] for spot in (at, place))


def _named(inits: list[ast.FunctionDef]) -> list[str]:
    return [each.arg for each in inits[0].args.args][1:] if inits else []


def _are_parameters(source: Source, *nodes: ast.expr) -> bool:
    """Whether they are names that the function around was given, in a class that is made at one place.

    So are two settings of one thing that it was given: ``cfg.width``, ``cfg.hidden``.
    """
    function, owner = function_around(nodes[0]), class_around(nodes[0])
    names = [each.arg for each in function.args.args] if function is not None else []
    made = list(source.calls(owner.name)) if owner is not None else []
    holders = [each.value for each in nodes if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name)]
    given = holders if len(holders) == len(nodes) and len({each.id for each in holders}) == 1 else nodes
    are_given = all(isinstance(each, ast.Name) and each.id in names and each.id != "self" for each in given)
    return len(made) < 2 and are_given


def _has_read(evidence: Evidence, source: Source, call: ast.Call, place: int, size: object) -> bool:
    """Whether a layer of a class that is made here took what it was given, being told just this argument."""
    inits = constructors(source, last_name(call.func))
    names = _named(inits)
    told = names[place] if place < len(names) else ""
    layers = [each for each in source.calls(*_WIDTHS) if told and each.args and function_around(each) in inits]
    paths = {
        ast.unparse(target).removeprefix("self.")
        for each in layers
        if ast.unparse(each.args[0]) == told
        for target in targets_of(each)
    }
    ran = (each.call for each in evidence.trace or () if each.call.status == "returned" and each.call.inputs)
    return any(
        each.module.rpartition(".")[2] in paths
        and each.type in _WIDTHS
        and each.inputs[0].shape[_WIDTHS[each.type].axis :][:1] == (size,)
        for each in ran
    )


def _is_read_as_width(source: Source, call: ast.Call, node: ast.expr) -> bool:
    """Whether another layer of the class takes what stands where the rows of a table are told."""
    layers = source.calls(*_WIDTHS)
    others = (each for each in layers if each is not call and class_around(each) is class_around(call) and each.args)
    return any(ast.unparse(each.args[0]) == ast.unparse(node) for each in others)


def _is_one_of_several(source: Source, call: ast.Call) -> bool:
    """Whether a loop makes the same several times, or another call is given the same: one slip is seldom made twice."""
    told = [ast.unparse(each) for each in call.args[:2]]
    others = (each for each in source.calls(last_name(call.func)) if each is not call)
    if any([ast.unparse(each) for each in other.args[:2]] == told for other in others):
        return True
    return any(isinstance(up, Loop | ast.ListComp | ast.GeneratorExp) for up in parents(call))


def _in_their_order(call: ast.Call, at: int, place: int) -> bool:
    """Whether two arguments are parameters of the function around, in the order in which it has them."""
    function = function_around(call)
    names = [each.arg for each in function.args.args] if function is not None else []
    first, second = (ast.unparse(call.args[each]) for each in sorted((at, place)))
    return first in names and second in names and names.index(first) < names.index(second)


def _handed_to_class(evidence: Evidence, operation: Operation, given: Span, size: int) -> Iterator[Candidate]:
    """The same two numbers side by side where the script makes a class of its own, which reckons with them.

    So are the two that the width is a sum of, where the one would have to be as many as the other.
    """
    have = number(operation, _WIDTHS[kind(operation)].name)
    terms = summands(expression(given.text))
    lacking = dict(numbers_behind(evidence, given, have, size)) if len(terms) == 2 else {}
    for source in user_sources(evidence):
        classes = {each.name for each in source.tree.body if isinstance(each, ast.ClassDef)}
        for call in source.calls(*classes):
            for left, right in pairwise(call.args):
                one, other = source.span(left), source.span(right)
                sizes = [size_held(evidence, each) for each in (one, other)]
                is_lacking = sizes[1] == lacking.get(one, -1) or sizes[0] == lacking.get(other, -1)
                if is_lacking and have == sum(filter(None, sizes)) and not _are_literals(left, right):
                    yield exchanged(one, other, cost=0.06)
                if have != size and sizes in ([have, size], [size, have]) and not _are_literals(left, right):
                    found = exchanged(one, other, cost=0.06, trial=_trial(operation, size))
                    places = call.args.index(left), call.args.index(right)
                    named = _AS_NAMED if _stand_as_named(source, call, *places) else ""
                    yield replace(found, doubt=_doubt(evidence, operation) or named)


def _are_literals(*nodes: ast.expr) -> bool:
    return all(isinstance(each, ast.Constant) for each in nodes)


def _trial(operation: Operation, size: int) -> tuple[Step, ...]:
    keyword = "num_embeddings" if kind(operation) == "Embedding" else _WIDTHS[kind(operation)].name
    return (Step("configure", "", (keyword, size)),)


def _told(operation: Operation, origin: Origin) -> tuple[Span, int, int] | None:
    """The text for the width of a layer, and between which numbers it would have to be."""
    name = kind(operation)
    if name in _WIDTHS:
        keyword, _, axis = _WIDTHS[name]
        item = operand(operation, "input")
        sizes = sizes_of(item)
        size = sizes[axis] if len(sizes) > 1 else 0
        least = most = size if size != number(operation, keyword) else 0
    elif name == "Embedding":
        keyword, item = "num_embeddings", operand(operation, "input")
        highest = item.value.facts.get("max") if item is not None else None
        least = int(highest) + 1 if highest is not None and highest >= number(operation, keyword) else 0
        most = 1 << 62
    else:
        return None
    given = told_for(origin, keyword)
    return (given, least, most) if given is not None and least > 1 else None
