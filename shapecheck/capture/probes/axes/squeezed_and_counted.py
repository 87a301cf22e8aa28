"""A squeeze of all axes of size one, of which the first size is counted behind it: of one sample it is another axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.named_sizes import axis_spelt, function_at, stores_between
from shapecheck.capture.instruments.axes.squeezes import (
    alike,
    axes_meant,
    names_no_axis,
    shape_of_a_rest_that_is_met,
    with_axes,
)
from shapecheck.capture.instruments.rows.listed import list_of
from shapecheck.capture.instruments.tensors.names import assigned
from shapecheck.capture.instruments.trials.edits import replaced_texts
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, expression_at, statement_at, tree_of
from shapecheck.findings import Edit, Fix

_SIZES = frozenset(["len", "size", "shape", "ndim", "dim", "numel", "nelement"])


def squeezed_and_counted(step: Step) -> Iterator[Sighting]:
    """``errors = ....squeeze()`` and ``count += errors.size(0)``, where a batch of one sample was seen or is to come.

    A list that grows by the items of each batch counts them as well. What is made of the numbers may come to the same;
    what they are divided by in the end does not.
    """
    for index in range(step.first, step.last):
        node = step.node(index)
        if not names_no_axis(node) or not node.parents or node.spot is None:
            continue
        whole = step.tape.shape(node.parents[0])
        shapes = [whole, *(step.tape.shape(other.parents[0]) for other in alike(step, node))]
        rest = shape_of_a_rest_that_is_met(step, whole)
        shapes += [rest] if rest is not None else []
        if any(len(shape) != len(whole) for shape in shapes):
            continue
        full, alone = max(shapes), next((shape for shape in shapes if shape[:1] == (1,)), ())
        left = [size for size in alone if size > 1]
        if not left or full[0] < 2:
            continue
        is_told_apart = _tells_sizes_apart(node.spot.code.co_filename, node.spot.line)
        counted = _counted(step, node) if not is_told_apart else None
        listed = _listed(step, node, left[0]) if counted is None else None
        text = f"{alone} of one sample alone becomes {tuple(left)} here, and {full} keeps its first axis; "
        if counted is not None:
            text += f"{ast.unparse(counted)} in line {counted.lineno} counts it, and adds {left[0]} for the one sample"
        elif listed is not None:
            text += f"`{listed[0]}` in line {listed[1]} grows by {left[0]} for the one sample, and by one for any other"
        else:
            continue
        fix = with_axes(node, axes_meant(shapes)) if counted is not None else _all_with_axes(step, node)
        yield sighted("squeezed_by_chance", node, text, (Fix(*fix, "no"),))
        return


def _listed(step: Step, node: Node, left: int) -> tuple[str, int] | None:
    """The list, and the line, that is given one item for each of several samples, and others for one that is alone.

    Both were seen, of one instruction: what sees to a sample alone gives the list one item for it.
    """
    order = range(step.first, step.last)
    turns = [other for other in map(step.node, order) if other.repeats(node) and other.parents]
    one, many = (
        [other for other in turns if (step.tape.shape(other.parents[0])[0] == 1) is is_alone]
        for is_alone in (True, False)
    )
    if not one or not many or len(many[0].shapes[0]) != len(one[0].shapes[0]) + 1 or one[0].shapes[0][0] != left:
        return None
    size = many[0].shapes[0][0]
    made, others = ([step.node(at) for at in (turn.index, *_behind(step, turn))] for turn in (one[0], many[0]))
    for found in made:
        if size == left or found.shapes[0][:1] != (left,):
            continue
        listed = list_of(found) if any(other.repeats(found) and _has(other, size) for other in others) else None
        if listed is not None:
            return listed
    return None


def _behind(step: Step, node: Node) -> list[int]:
    return descendants(step.tape, {Ref(node.index)}, range(node.index + 1, step.last))


def _has(node: Node, size: int) -> bool:
    return node.shapes[0][:1] == (size,)


def _all_with_axes(step: Step, node: Node) -> tuple[str, tuple[Edit, ...]]:
    """What is told of all squeezes of a statement, and one edit of them: each alone would fit none of the others."""
    texts: dict[ast.expr, str] = {}
    for other in map(step.node, range(step.first, step.last)):
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


def _counted(step: Step, node: Node) -> ast.expr | None:
    """Where the first size is added up of what a squeeze gives, which has one name there."""
    call = call_at(node)
    spots: list[tuple[Spot | None, ast.AST | None]] = [(node.spot, call)]
    if node.root >= 0 and Ref(node.index) in step.tape.roots[node.root].outputs:
        spot = step.tape.roots[node.root].spot
        spots.append((spot, expression_at(spot, ast.Call) if spot is not None else None))
    for spot, given in spots:
        found = _added_up(spot, given) if spot is not None and given is not None else None
        if found is not None:
            return found
    return None


def _added_up(spot: Spot, given: ast.AST) -> ast.expr | None:
    file = spot.code.co_filename
    statement = statement_at(file, spot.line, spot.span.column)
    names = assigned(statement)
    if statement is None or len(names) != 1 or getattr(statement, "value", None) is not given:
        return None
    around = function_at(file, spot.line) or tree_of(file)
    for item in ast.walk(around) if around is not None else ():
        if not isinstance(item, ast.AugAssign) or not isinstance(item.op, ast.Add) or item.lineno <= spot.line:
            continue
        if stores_between(file, statement.end_lineno or spot.line, item.lineno, names[0]):
            continue
        if _tells_sizes_apart(file, item.lineno) or any(isinstance(part, ast.IfExp) for part in ast.walk(item.value)):
            continue
        for part in ast.walk(item.value):
            if isinstance(part, ast.expr) and _is_first_size(part, names[0]):
                return part
    return None


def _tells_sizes_apart(file: str, line: int) -> bool:
    """Whether the innermost loop around a line, or else the function, goes by a size: it may see to a sample alone."""
    around = function_at(file, line) or tree_of(file)
    for item in ast.walk(around) if around is not None else ():
        # What is further in comes later.
        if isinstance(item, ast.For | ast.While) and item.lineno <= line <= (item.end_lineno or item.lineno):
            around = item
    for item in ast.walk(around) if around is not None else ():
        test = item if isinstance(item, ast.Compare) else getattr(item, "test", None)
        if isinstance(test, ast.expr) and any(_is_size(part) for part in ast.walk(test)):
            return True
    return False


def _is_size(part: ast.AST) -> bool:
    return getattr(part, "attr", getattr(part, "id", "")) in _SIZES


def _is_first_size(part: ast.expr, name: str) -> bool:
    """``x.size(0)``, ``x.shape[0]`` or ``len(x)``."""
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "len":
        return [ast.unparse(item) for item in part.args] == [name]
    return axis_spelt(part) == (name, 0)


PROBE = Probe(
    "what is counted of a batch are its samples, however many it holds",
    lambda look: squeezed_and_counted(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
