"""Changes of one operand that has to go with another: axes put in, another axis asked, another width made."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import expression, is_number, piece, with_keyword
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.layers.layer_arguments import GIVEN, told_for
from shapecheck.reading.mismatches import is_learned, sizes_of, spreads
from shapecheck.reading.origins import trace
from shapecheck.reading.reductions import REDUCTIONS
from shapecheck.reading.sizes.names_of_size import is_shared, names_of_size
from shapecheck.reading.sizes.numbers_behind import numbers_behind
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import (
    found_at,
    function_around,
    items_of,
    last_name,
    node_at,
    parents,
    source_of,
    user_sources,
    walk,
)
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.widths.halves import doubted
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

_FOLLOWED = "other sizes of the same module follow the number"
_EACH_NUMBER = "each number of the data may be meant to meet each number of the table"
_FEWER_STEPS = "the table is as long as the data were before some layer left fewer steps of them"
_MATRIX = "it is as long as it is wide: a vector of weights, or a product of matrices, may be meant"
_OTHER_AXIS = "the table has as many numbers as another axis, along which it may be meant"
_ONE_MORE = "the table has a row for what is joined to the steps behind it, and may be meant to be added there"
FEATURES = "the table holds other features than what it goes with, so that one of them was made for another width"


def axes_inserted(
    evidence: Evidence, item: Argument, sizes: tuple[int, ...], wanted: tuple[int, ...]
) -> Iterator[Candidate]:
    """Two axes or more of size 1 put in: a mask (batch, keys) beside scores (batch, heads, queries, keys)."""
    if len(wanted) - len(sizes) < 2 or not sizes:
        return
    for kept in combinations(range(len(wanted)), len(sizes)):
        if any(size not in (1, wanted[axis]) for size, axis in zip(sizes, kept, strict=True)):
            continue
        parts = ", ".join(":" if axis in kept else "None" for axis in range(len(wanted)))
        steps = [Step("unsqueeze", item.role, (axis,)) for axis in range(len(wanted)) if axis not in kept]
        ends = (kept[0] != 0) + (len(kept) > 1 and kept[-1] != len(wanted) - 1)
        yield from put_behind(evidence, item, f"[{parts}]", steps, cost=0.1 + 0.2 * ends)


def shortened_table(evidence: Evidence, item: Argument, other: Argument, *, cost: float) -> Iterator[Candidate]:
    """A table of the model that is longer than this sequence, such as that of positions."""
    if item.value.record is None or other.value.record is None or not _is_table(evidence, item):
        return
    sizes, wanted = item.value.record.shape, other.value.record.shape
    tail = wanted[len(wanted) - len(sizes) :]
    for axis, (have, want) in enumerate(zip(sizes, tail, strict=False)):
        rest = (*sizes[:axis], want, *sizes[axis + 1 :])
        # What was cut there already is as long as was meant.
        if have > want and spreads(rest, wanted) and not _is_cut(item, axis):
            place = len(wanted) - len(sizes) + axis
            index = (*([":"] * axis), f":{asked(other, place)}")
            step = Step("item", item.role, (*([":"] * axis), f":{want}"))
            doubt = doubt_of_cut(evidence, item, other, (axis,))
            for each in put_behind(evidence, item, f"[{', '.join(index)}]", [step], cost=cost):
                yield replace(each, doubt=doubt)


def _is_cut(item: Argument, axis: int) -> bool:
    """Whether an operand is written as a part of something along an axis: ``table[:, :n]`` along the second."""
    node = expression(item.span.text) if item.span is not None else None
    parts = items_of(node.slice)[axis : axis + 1] if isinstance(node, ast.Subscript) else []
    return any(isinstance(each, ast.Slice) and each.upper is not None for each in parts)


def doubt_of_cut(evidence: Evidence, table: Argument, other: Argument, axes: tuple[int, ...]) -> str:
    """What stands against a table that is cut along some of its axes to the sizes of what it meets."""
    sizes, wanted = sizes_of(table), sizes_of(other)
    if len(sizes) == len(wanted) == 1 or (len(sizes) == 1 and failed(evidence, "sub")):
        return _EACH_NUMBER
    if len(sizes) == 1 and sizes[0] in wanted[:-1]:
        return _OTHER_AXIS
    if axes == (len(sizes) - 1,) and (len(sizes) > 1 or is_learned(evidence, table)):
        return FEATURES
    if len(sizes) == len(wanted) == 2 and sizes[0] == sizes[1] and axes == (0,) and failed(evidence, "mul", "mul_"):
        return _MATRIX
    if len(axes) == 1 and sizes[axes[0]] - wanted[axes[0] - len(sizes)] == 1 and _is_joined_behind(table):
        return _ONE_MORE
    held = (value.record for frame in evidence.frames if frame.is_user for value in frame.names.values())
    data = [record.shape for record in held if record is not None and record.shape not in (sizes, wanted)]
    rows = sizes[axes[0]] if len(axes) == 1 else 0
    is_of_data = any(rows in shape[1:] for shape in data if len(shape) == 3)
    return _FEWER_STEPS if is_of_data and rows % wanted[axes[0] - len(sizes)] == 0 else ""


def _is_joined_behind(item: Argument) -> bool:
    """Whether a function joins something to the steps behind a line."""
    function = function_around(node_at(item.span))
    calls = (each for each in ast.walk(function) if isinstance(each, ast.Call)) if function is not None else ()
    return item.span is not None and any(
        last_name(each.func) in ("cat", "concat") and each.lineno > item.span.line for each in calls
    )


def _is_table(evidence: Evidence, item: Argument) -> bool:
    """Whether it is a parameter or a buffer, not something that was computed of the data."""
    if item.value.type == "Parameter":
        # Of all parameters of a model each is weights as well, which nothing is looked up in.
        made = trace(evidence, item.span, parts=True) if item.span is not None else ()
        return not any(".parameters()" in each.span.text for each in made)
    texts = [item.expression]
    if item.span is not None:
        texts += [found.span.text for found in trace(evidence, item.span)]
    names = {match.group(1) for text in texts if (match := re.fullmatch(r"self\.(\w+)(\[.*\])?", text))}
    # What is assigned outside the constructor is a state, not a table.
    return any(not _is_assigned_later(evidence, name) for name in names)


def _is_assigned_later(evidence: Evidence, name: str) -> bool:
    for source in user_sources(evidence):
        for node in walk(source.tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if not any(isinstance(each, ast.Attribute) and each.attr == name for each in targets):
                continue
            if not any(isinstance(up, ast.FunctionDef) and up.name == "__init__" for up in parents(node)):
                return True
    return False


def forgotten_state(evidence: Evidence, item: Argument, other: Argument, *, cost: float) -> Iterator[Candidate]:
    """A tensor that a model kept from another call, used only where it is of this batch."""
    if _is_table(evidence, item) or not other.expression.isidentifier() or item.span is None:
        return
    for origin in trace(evidence, item.span)[:1]:
        kept = origin.span.text
        if re.fullmatch(r"self\.\w+", kept):
            new = f"{kept} if {kept} is not None and len({kept}) == len({other.expression}) else None"
            yield Candidate(new, (Change(origin.span, new),), (), cost)


def other_axis_reduced(evidence: Evidence, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """A sum, a mean or an argmax along one axis, where another was meant."""
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in ("argmax", "argmin", "max", "min", "mean", "sum", "median"):
            continue
        given = [*node.args, *(each.value for each in node.keywords if each.arg in ("dim", "axis"))]
        for part in given[-1:]:
            if isinstance(part, ast.Constant) and type(part.value) is int:
                span = piece(origin.span, part)
                for new in ("1", "0", "2", "-1"):
                    if new != span.text:
                        yield Candidate(
                            f"dim {span.text} -> {new}",
                            (Change(span, new),),
                            (),
                            cost,
                            cause="reduced_along_other_axis",
                        )


def axis_kept(evidence: Evidence, item: Argument, *, cost: float, name: str = "keepdim") -> Iterator[Candidate]:
    """``keepdim=True``, or what numpy calls it, for a reduction that dropped the axis which an operand lacks."""
    spans = [*(origin.span for origin in made_or_written(evidence, item)), *_largest(item)]
    for span in dict.fromkeys(spans):
        source, root = found_at(span)
        if source is None or root is None:
            continue
        for node in ast.walk(root):
            if not isinstance(node, ast.Call) or last_name(node.func) not in REDUCTIONS:
                continue
            words = {each.arg for each in node.keywords}
            is_function = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in ("torch", "np")
            if not words & {"dim", "axis"} and len(node.args) < 1 + is_function:
                # Without an axis everything goes, which no keepdim would mend.
                continue
            change = with_keyword(source.span(node), name, "True") if name not in words else None
            if change is not None:
                yield Candidate(
                    f"{name}=True", (change,), _put_back(item, node), cost, cause="axis_dropped_by_reduction"
                )


def _largest(item: Argument) -> Iterator[Span]:
    """What gives a name the largest with its place beside it: ``values, at = x.max(1)``."""
    source = source_of(item.span.file) if item.span is not None else None
    for node in walk(source.tree) if source is not None and item.span is not None else ():
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        first = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else None
        is_given = isinstance(first, ast.Name) and item.span is not None and first.id == item.span.text
        if is_given and source is not None and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            yield source.span(node.value)


def _put_back(item: Argument, call: ast.Call) -> tuple[Step, ...]:
    """The same as a trial, where the axis stands there as a number."""
    given = [*call.args, *(each.value for each in call.keywords if each.arg in ("dim", "axis"))]
    try:
        axis = ast.literal_eval(given[-1])
    except ValueError:
        return ()
    is_known = item.value.record is not None and type(axis) is int
    return (Step("unsqueeze", item.role, (axis,)),) if is_known else ()


# What gives back what it got, number by number.
_SAME_SHAPE = ("sigmoid", "tanh", "relu", "softmax", "gelu", "dropout", "exp", "silu", "leaky_relu")
_EITHER_FACTOR = "the layer behind the other factor may as well have been told the wrong width"
_LAYERS = ("Linear", "Embedding", "LSTM", "GRU")


def made_wider(evidence: Evidence, item: Argument, size: int, *, cost: float) -> Iterator[Candidate]:
    """The width of the layer that made an operand, where its last axis does not go with the other's."""
    record = item.value.record
    if record is None or not record.shape or record.shape[-1] == size or size < 2:
        return
    # To throw numbers away is seldom what was meant.
    cost += 0.0 if size > record.shape[-1] else 0.1
    several = trace(evidence, item.span, parts=True) if item.span is not None else ()
    for origin in (*made_or_written(evidence, item), *several):
        node = expression(origin.span.text)
        while isinstance(node, ast.Call) and last_name(node.func) in _SAME_SHAPE and len(node.args) >= 1:
            node = node.args[0]
        if not isinstance(node, ast.Call):
            continue
        callee = piece(origin.span, node.func)
        for span in (each for made in trace(evidence, callee, parts=True) for each in _layers_in(made.span)):
            name = GIVEN[span.text.partition("(")[0].rpartition(".")[2]].name
            given = told_for(span, name)
            if given is not None:
                sizes = record.shape[-1], size
                yield from doubted(evidence, given, *sizes, _widths(evidence, name, given, sizes, cost))


def _layers_in(made: Span) -> Iterator[Span]:
    """A layer that has a width, or the only one that a list of layers is made of."""
    root = expression(made.text)
    calls = [each for each in ast.walk(root) if isinstance(each, ast.Call)] if root is not None else []
    is_list = bool(calls) and calls[0] is root and last_name(calls[0].func) == "ModuleList"
    found = [each for each in (calls if is_list else calls[:1]) if last_name(each.func) in _LAYERS]
    if len(found) == 1 and (is_list or found[0] is root):
        yield piece(made, found[0])


def made_wider_behind_turn(
    evidence: Evidence, item: Argument, size: int, *, other_way: bool, cost: float
) -> Iterator[Candidate]:
    """The same for a factor whose last two axes are exchanged: a number, where the other factor has none, is sure."""
    plain = _turned_back(item)
    for each in made_wider(evidence, plain, size, cost=cost) if plain is not item else ():
        is_number = all(change.text.isdecimal() for change in each.changes)
        yield each.doubted(_EITHER_FACTOR if is_number and other_way else "")


def _turned_back(item: Argument) -> Argument:
    """A factor without the turn of its last two axes that stands behind it; the factor itself where there is none."""
    turn = re.search(r"\.(t\(\)|T|mT|transpose\((-1, -2|-2, -1|1, 2|2, 1)\))$", item.expression)
    record = item.value.record
    node = expression(item.expression) if turn is not None else None
    method = node.func if isinstance(node, ast.Call) else node
    inner = method.value if isinstance(method, ast.Attribute) else None
    if record is None or len(record.shape) < 2 or inner is None or item.span is None:
        return item
    shape = (*record.shape[:-2], record.shape[-1], record.shape[-2])
    value = replace(item.value, record=replace(record, shape=shape))
    return Argument(item.role, value, piece(item.span, inner))


def _widths(evidence: Evidence, name: str, given: Span, sizes: tuple[int, int], cost: float) -> Iterator[Candidate]:
    have, size = sizes
    # What counts the rows of a table was written for their width as well.
    written_twice = 0.2 if _is_written_twice(given) else 0.12
    for other in names_of_size(evidence, given, size) if is_shared(given) else ():
        yield Candidate(f"{name}={other}", (Change(given, other),), (), cost - written_twice)
    for number, new in numbers_behind(evidence, given, have, size):
        doubt = _FOLLOWED if is_shared(given) else ""
        yield Candidate(f"{number.text} -> {new}", (Change(number, str(new)),), (), cost, doubt)
    doubt = "" if is_number(given.text) else WRITTEN_OVER
    yield Candidate(f"{name}={size}", (Change(given, str(size)),), (), cost + 0.2, doubt)


def _is_written_twice(given: Span) -> bool:
    """Whether a call is given the very same text for another argument as well."""
    node = node_at(given)
    call = getattr(node, "parent", None)
    return isinstance(call, ast.Call) and node is not None and list(map(ast.unparse, call.args)).count(given.text) > 1


def einsum_letters(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """The letters of one operand in another order."""
    equation = operand(operation, "equation", "args[0]") or next(iter(operation.arguments), None)
    node = expression(equation.span.text) if equation is not None and equation.span is not None else None
    if (
        equation is None
        or equation.span is None
        or not isinstance(node, ast.Constant)
        or not isinstance(node.value, str)
    ):
        return
    left, arrow, right = node.value.replace(" ", "").partition("->")
    terms = left.split(",")
    for at, term in enumerate(terms):
        for order in permutations(term):
            if "".join(order) == term or len(term) > 4:
                continue
            new = ",".join("".join(order) if place == at else each for place, each in enumerate(terms)) + arrow + right
            moved = sum(one != other for one, other in zip(order, term, strict=True))
            step = Step("set", equation.role, (new,))
            cost = 0.2 + 0.05 * moved - 0.03 * len(term)
            yield Candidate(f'"{new}"', (Change(equation.span, f'"{new}"'),), (step,), cost)
