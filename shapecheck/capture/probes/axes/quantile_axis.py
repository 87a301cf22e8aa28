"""Which values of a quantile loss the levels belong to: what is learned, not what that is held against."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.capture.recording.vocabulary import COMPARES, CONVERTS, DIFFERENCES
from shapecheck.evidence import Span
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import walk


def quantile_axis(step: Step) -> Iterator[Sighting]:
    """``(tau - (difference < 0).float()).abs()`` with levels that run along the axis of the targets."""
    known: dict[Ref, bool] = {}
    for node in step.of_loss:
        if node.name not in (*DIFFERENCES, "where") or len(node.parents) < 2:
            continue
        for sign in node.parents:
            difference = _difference(step, sign)
            if difference is None:
                continue
            own, theirs = _axes(step, difference, known)
            for levels in node.parents:
                if levels == sign or not own or not theirs or not _are_levels(step, levels):
                    continue
                ndim = len(difference.shapes[0])
                shape = step.tape.shape(levels)
                along = {ndim - len(shape) + axis for axis, size in enumerate(shape) if size > 1}
                if not along & set(theirs) or along & set(own):
                    continue
                text = (
                    f"the difference {difference.shapes[0]} holds the learned values along axis {own[0]} and what they "
                    f"are held against along axis {theirs[0]}; the levels {shape} run along axis {theirs[0]}, so every "
                    "learned value gets all levels, and none becomes a quantile of its own"
                )
                is_behind = own == (ndim - 2,) and theirs == (ndim - 1,) and len(shape) == 1
                edits = _unsqueezed(node, levels) if is_behind else ()
                fix = Fix("levels along the axis of the learned values", edits, "no")
                yield sighted("levels_along_targets", node, text, (fix,))
                return


def _difference(step: Step, ref: Ref) -> Node | None:
    """The difference that is asked for its sign."""
    _, asked = origin(step.tape, ref, CONVERTS)
    if asked.name not in COMPARES or len(asked.parents) != 1 or all(value != 0 for value in _numbers(asked)):
        return None
    _, made = origin(step.tape, asked.parents[0], CONVERTS)
    return made if made.name in DIFFERENCES and len(made.parents) == 2 else None


def _numbers(node: Node) -> list[float]:
    return [value for value in node.args if isinstance(value, int | float)]


def _axes(step: Step, node: Node, known: dict[Ref, bool]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Along which axes a difference holds what is learned alone, and along which what it is held against alone."""
    learned = [ref for ref in node.parents if _has_gradient(step, ref, known)]
    if len(learned) != 1:
        return (), ()
    other = next(ref for ref in node.parents if ref != learned[0])
    ndim = len(node.shapes[0])
    sizes = []
    for ref in (learned[0], other):
        shape = step.tape.shape(ref)
        sizes.append((1,) * (ndim - len(shape)) + shape)
    own = tuple(axis for axis in range(ndim) if sizes[0][axis] > 1 and sizes[1][axis] == 1)
    return own, tuple(axis for axis in range(ndim) if sizes[1][axis] > 1 and sizes[0][axis] == 1)


def _has_gradient(step: Step, ref: Ref, known: dict[Ref, bool]) -> bool:
    """Whether a gradient runs back from it to a parameter."""
    open_refs = [ref]
    while open_refs:
        at = open_refs[-1]
        node = step.node(at.node)
        if at in known:
            open_refs.pop()
        elif node.kind == "parameter":
            known[at] = True
        elif step.is_leaf(at) or not node.graded or node.name == "detach":
            known[at] = False
        else:
            waits = [parent for parent in node.parents if parent not in known]
            if waits:
                open_refs += waits
            else:
                known[at] = any(known[parent] for parent in node.parents)
    return known[ref]


def _are_levels(step: Step, ref: Ref) -> bool:
    """Whether these are numbers between 0 and 1 that nothing is learned of."""
    if ref in step.learned or not any(size > 1 for size in step.tape.shape(ref)):
        return False
    value = step.value(ref)
    return value.is_floating_point() and bool(((value > 0) & (value < 1)).all())


def _unsqueezed(node: Node, levels: Ref) -> tuple[Edit, ...]:
    """The edit that turns the levels to the axis before the last."""
    if node.spot is None or node.name == "where":
        return ()
    span = node.spot.span
    found = _operation_at(span)
    if found is None:
        return ()
    is_first = bool(node.args) and node.args[0] == levels
    operand = found.left if is_first is (node.name != "rsub") else found.right
    return replaced_text(span.file, operand, f"{as_primary(operand)}.unsqueeze(-1)")


def _operation_at(span: Span) -> ast.BinOp | None:
    tree = tree_of(span.file)
    for item in walk(tree):
        if isinstance(item, ast.BinOp) and isinstance(item.op, ast.Sub):
            place = (item.lineno, item.col_offset, item.end_lineno, item.end_col_offset)
            if place == (span.line, span.column, span.end_line, span.end_column):
                return item
    return None


PROBE = Probe(
    "the levels of a quantile loss belong to what is learned",
    lambda look: quantile_axis(look.step),
)
