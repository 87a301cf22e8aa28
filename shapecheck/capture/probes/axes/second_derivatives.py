"""Second derivatives that are taken of all first ones at once, of which single columns are read then."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.taken import numbers_taken
from shapecheck.capture.instruments.trials.edits import replaced_texts
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.gradients import TAKE, gradient_again
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.findings import Edit, Fix

_SMALL = 1e-5


def second_derivatives(step: Step) -> Iterator[Sighting]:
    """``grad(first, x, torch.ones_like(first))``, where ``first`` has a column for each number of ``x``.

    It adds up the columns: behind column 0 stand all derivatives by the first number, the mixed ones among them. Who
    reads a column by itself means the one of its own. Where no mixed one is there, the sum is the same.
    """
    for node in step.of_loss:
        first = _first_derivatives(step, node)
        if first is None:
            continue
        picks = [(other, column) for other in step.readers(node) if (column := _column(step, other)) is not None]
        if not picks or not _is_mixed(step, node, first):
            continue
        size = step.tape.shape(first)[1]
        text = (
            f"this gradient is taken of all {size} columns of a gradient with respect to the same numbers, and adds "
            f"them up: in its column {picks[0][1]} stand the mixed derivatives as well, which are not zero here"
        )
        fix = Fix("of each column by itself", _edits(step, node, picks), "no", "each column holds its own derivative")
        yield sighted("second_derivatives_mixed", node, text, (fix,))
        return


def _first_derivatives(step: Step, node: Node) -> Ref | None:
    """The gradient (points, numbers) of which a gradient by the same numbers is taken, with ones for all of it."""
    if node.function is not TAKE:
        return None
    goals, sources = list(refs_in(node.args[0])), list(refs_in(node.args[1]))
    if len(goals) != 1 or len(sources) != 1:
        return None
    first, made = origin(step.tape, goals[0], frozenset(["sum"]), is_alone=True)
    shape = step.tape.shape(first)
    if made.function is not TAKE or list(refs_in(made.args[1])) != sources or len(shape) != 2 or shape[1] < 2:
        return None
    whole = step.tape.shape(goals[0])
    weights = list(refs_in(node.kwargs.get("grad_outputs")))
    values = [step.known(ref) for ref in weights]
    are_ones = all(value is not None and bool((value == 1).all()) for value in values)
    return first if whole in ((), shape) and are_ones else None


def _column(step: Step, node: Node) -> int | None:
    """The one column of a matrix that an operation reads."""
    taken = numbers_taken(step, node)
    if taken is None or taken[0].ndim != 2:
        return None
    columns = (taken[1] % taken[0].shape[1]).unique().tolist()  # type: ignore[no-untyped-call]
    return columns[0] if len(columns) == 1 else None


def _is_mixed(step: Step, node: Node, first: Ref) -> bool:
    """Whether the derivative of some column by a number of another one is not zero."""
    size, value = step.tape.shape(first)[1], step.value(first)
    for column in range(size):
        weights = torch.zeros_like(value)
        weights[:, column] = 1
        alone = replace(node, args=(first, *node.args[1:]), kwargs={**node.kwargs, "grad_outputs": weights})
        try:
            found = gradient_again(step.tape, alone, step.known, _called)
        except RuntimeError:
            return False
        taken = found[0] if isinstance(found, tuple) else found
        if not isinstance(taken, Tensor):
            return False
        rest = torch.cat([taken[:, :column], taken[:, column + 1 :]], 1).abs().max()
        if bool(rest > _SMALL * taken.abs().max()):
            return True
    return False


def _called(node: Node, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
    assert node.function is not None
    return node.function(*args, **kwargs)


def _edits(step: Step, node: Node, picks: list[tuple[Node, int]]) -> tuple[Edit, ...]:
    """The edit that takes the gradient of its own column wherever one is read; nothing where that is more than text."""
    call = call_at(node)
    is_plain = call is not None and len(call.args) > 1 and all(isinstance(each, ast.Name) for each in call.args[:2])
    if call is None or node.spot is None or not is_plain or len(picks) != len(step.readers(node)):
        return ()
    texts: dict[ast.expr, str] = {}
    for reader, column in picks:
        at = node_at(reader, ast.Subscript)
        is_here = reader.spot is not None and reader.spot.code is node.spot.code
        if not isinstance(at, ast.Subscript) or not isinstance(at.value, ast.Name) or not is_here:
            return ()
        goal, source = map(ast.unparse, call.args[:2])
        taken = f"{ast.unparse(call.func)}({goal}[:, {column}].sum(), {source}, create_graph=True)[0]"
        texts[at.value] = taken
    return replaced_texts(node.spot.code.co_filename, texts)


PROBE = Probe(
    "second derivatives are those of one first derivative each",
    lambda look: second_derivatives(look.step),
)
