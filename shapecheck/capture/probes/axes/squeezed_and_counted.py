"""A squeeze of all axes of size one, of which the first size is counted behind it: of one sample it is another axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.capture.instruments.axes.named_sizes import stores_between
from shapecheck.capture.instruments.axes.squeezes import (
    alike,
    axes_meant,
    names_no_axis,
    shape_of_a_rest_that_is_met,
    with_axes,
)
from shapecheck.capture.instruments.rows.rows_counted import rows_counted, tells_sizes_apart
from shapecheck.capture.instruments.tensors.names import assigned
from shapecheck.capture.instruments.trials.edits import replaced_texts
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import Spot, expression_at, statement_at, tree_of
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import function_of_line, is_named, source_of, under_methods

# What hands on all items, as tensors or as numbers.
_HANDS_ON = frozenset(["tolist", "cpu", "numpy", "detach"])


def squeezed_and_counted(step: Step) -> Iterator[Sighting]:
    """``errors = ....squeeze()`` and ``count += errors.size(0)``, where a batch of one sample was seen or is to come.

    A loop over the items counts them, and so does a list that grows by them; a sum along the samples that comes to one
    number is added to the sums of others. What else is made of the numbers may come to the same; what they are divided
    by in the end does not.
    """
    for node in step.recorded:
        if not names_no_axis(node) or not node.parents or node.spot is None:
            continue
        whole = step.tape.shape(node.parents[0])
        before = alike(step, node)
        rest = shape_of_a_rest_that_is_met(step, whole)
        coming = [rest] if rest is not None else []
        shapes = [whole, *(step.tape.shape(other.parents[0]) for other in before), *coming]
        if any(len(shape) != len(whole) for shape in shapes):
            continue
        full, alone = max(shapes), next((shape for shape in shapes if shape[:1] == (1,)), ())
        left = [size for size in alone if size > 1]
        if not left or full[0] < 2:
            continue
        is_told_apart = tells_sizes_apart(node.spot.code.co_filename, node.spot.line)
        here = [step.tape.shape(other.parents[0]) for other in before if _is_called_there(step, other, node)]
        sizes = {shape[0] for shape in (whole, *here, *coming)}
        is_met = min(sizes) == 1 < max(sizes) and not is_told_apart
        counted = rows_counted(step, node) if is_met else None
        listed = _listed(step, node, left[0]) if counted is None else None
        spread = _spread(step, node) if counted is None and listed is None and not is_told_apart else None
        text = f"{alone} of one sample alone becomes {tuple(left)} here, and {full} keeps its first axis; "
        if counted is not None:
            text += f"{counted[0]} in line {counted[1]} counts it, and comes to {left[0]} for the one sample"
        elif listed is not None:
            text += f"`{listed[0]}` in line {listed[1]} grows by {left[0]} for the one sample, and by one for any other"
        elif spread is not None:
            text += f"what is made of it meets {spread[1]} in line {spread[2]}, and is {spread[0]} for the one sample"
        else:
            continue
        fix = with_axes(node, axes_meant(shapes)) if counted is not None else _all_with_axes(step, node)
        yield sighted("squeezed_by_chance", node, text, (Fix(*fix, "no"),))
        return


def _is_called_there(step: Step, node: Node, other: Node) -> bool:
    """Whether the same call of a model led to both: elsewhere one sample alone may be all there is to count."""
    calls = [step.tape.roots[one.root].spot if one.root >= 0 else one.spot and one.spot.caller for one in (node, other)]
    places = [(call.code, call.instruction) if call is not None else None for call in calls]
    return places[0] == places[1]


def _listed(step: Step, node: Node, left: int) -> tuple[str, int] | None:
    """The list, and the line, that is given one item for each of several samples, and others for one that is alone.

    What sees to a sample alone gives the list one item for it.
    """
    made, others = _alone_and_beside_others(step, node)
    if not made or made[0].shapes[0][0] != left:
        return None
    size = others[0].shapes[0][0]
    for found in made:
        if size == left or found.shapes[0][:1] != (left,):
            continue
        listed = _list_of(found) if any(other.repeats(found) and _has(other, size) for other in others) else None
        if listed is not None:
            return listed
    return None


def _spread(step: Step, node: Node) -> tuple[tuple[int, ...], tuple[int, ...], int] | None:
    """What is made of one sample alone and of each of several, where the first is spread over what the others meet.

    Along the axis that was to hold the samples something else was added up then, or picked.
    """
    made, others = _alone_and_beside_others(step, node)
    reached = {one.index for one in made}
    for found in made:
        other = next((one for one in others if one.repeats(found)), None)
        if other is None or len(found.parents) != 2 or len(other.parents) != 2 or found.shapes != other.shapes:
            continue
        own = [ref.node in reached for ref in found.parents]
        if own.count(True) != 1:
            continue
        at = own.index(True)
        (alone, met), (full, met_by_full) = (
            [step.tape.shape(one.parents[k]) for k in (at, 1 - at)] for one in (found, other)
        )
        size = others[0].shapes[0][0]
        is_less = len(alone) < len(full) and prod(alone) not in (prod(full), prod(full) / size)
        if met == met_by_full == full and is_less and found.spot is not None:
            return alone, full, found.spot.line
    return None


def _alone_and_beside_others(step: Step, node: Node) -> tuple[list[Node], list[Node]]:
    """A squeeze of one sample alone and all behind it, and the same of several; both were seen, of one instruction."""
    order = range(step.first, step.last)
    turns = [other for other in map(step.node, order) if other.repeats(node) and other.parents]
    one, many = (
        [other for other in turns if (step.tape.shape(other.parents[0])[0] == 1) is is_alone]
        for is_alone in (True, False)
    )
    if not one or not many or len(many[0].shapes[0]) != len(one[0].shapes[0]) + 1:
        return [], []
    made, others = ([step.node(at) for at in (turn.index, *_behind(step, turn))] for turn in (one[0], many[0]))
    return made, others


def _behind(step: Step, node: Node) -> list[int]:
    return descendants(step.tape, {node.ref}, range(node.index + 1, step.last))


def _has(node: Node, size: int) -> bool:
    return node.shapes[0][:1] == (size,)


def _all_with_axes(step: Step, node: Node) -> tuple[str, tuple[Edit, ...]]:
    """What is told of all squeezes of a statement, and one edit of them: each alone would fit none of the others."""
    texts: dict[ast.expr, str] = {}
    for other in step.recorded:
        call = call_at(other) if names_no_axis(other) and other.parents else None
        if call is None or other.spot is None or node.spot is None or other.spot.line != node.spot.line:
            continue
        shapes = [step.tape.shape(turn.parents[0]) for turn in alike(step, other)]
        axes = axes_meant(shapes) if len({len(shape) for shape in shapes}) == 1 else []
        if not axes or call.args or call.keywords:
            return with_axes(node, axes)[0], ()
        texts[call] = f"{ast.unparse(call.func)}({with_axes(other, axes)[0][len('squeeze(') : -1]})"
    title = " and ".join(sorted({text.rsplit(".", 1)[-1] for text in texts.values()}))
    return title, replaced_texts(node.spot.code.co_filename, texts) if node.spot is not None else ()


def _list_of(node: Node) -> tuple[str, int] | None:
    """The name of the list that the items of a tensor are put into, and the line; None if there is none.

    The sum of a list does not say how many items were put into it, so one of which nothing else is asked is left out.
    """
    spot = node.spot
    while spot is not None:
        file, value = spot.code.co_filename, expression_at(spot, ast.expr)
        held = under_methods(value, _HANDS_ON) if isinstance(value, ast.expr) else None
        for item, name, given in _extended(spot) if held is not None else ():
            put = under_methods(given, _HANDS_ON)
            if held is not None and _is_given(spot, item, put, held) and not _is_only_summed(file, item, name):
                return name, item.lineno
        spot = spot.caller
    return None


def _extended(spot: Spot) -> Iterator[tuple[ast.stmt, str, ast.expr]]:
    """The statements around an instruction that lengthen a list by all items of something."""
    file = spot.code.co_filename
    around = function_of_line(source_of(file), spot.line) or tree_of(file)
    for item in ast.walk(around) if around is not None else ():
        if isinstance(item, ast.AugAssign) and isinstance(item.op, ast.Add) and isinstance(item.target, ast.Name):
            # Of what is no list a sum of numbers would be meant.
            if isinstance(item.value, ast.Call) and _name_of(item.value) == "tolist":
                yield item, item.target.id, item.value
        elif isinstance(item, ast.Expr) and isinstance(item.value, ast.Call) and _name_of(item.value) == "extend":
            target = item.value.func.value  # type: ignore[attr-defined]
            if isinstance(target, ast.Name) and len(item.value.args) == 1:
                yield item, target.id, item.value.args[0]


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _is_given(spot: Spot, item: ast.stmt, given: ast.expr, value: ast.expr) -> bool:
    """Whether the expression of an instruction is what a list is given, at once or by the name that it got."""
    if given is value:
        return True
    file, statement = spot.code.co_filename, statement_at(spot.code.co_filename, spot.line, spot.span.column)
    if not isinstance(given, ast.Name) or statement is None or assigned(statement) != [given.id]:
        return False
    made = getattr(statement, "value", None)
    is_value = isinstance(made, ast.expr) and under_methods(made, _HANDS_ON) is value and item.lineno > statement.lineno
    return is_value and not stores_between(file, statement.end_lineno or spot.line, item.lineno, given.id)


def _is_only_summed(file: str, item: ast.stmt, name: str) -> bool:
    around = function_of_line(source_of(file), item.lineno) or tree_of(file)
    inside = {id(part) for part in ast.walk(item)}
    parts = [part for part in ast.walk(around) if id(part) not in inside] if around is not None else []
    read = [part for part in parts if is_named(part, name) and isinstance(part.ctx, ast.Load)]
    sums = [call for call in parts if isinstance(call, ast.Call) and ast.unparse(call.func) == "sum"]
    summed = {id(part) for call in sums for part in call.args}
    return all(id(part) in summed for part in read)


PROBE = Probe(
    "what is counted of a batch are its samples, however many it holds",
    lambda look: squeezed_and_counted(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
