"""Masks of pairs of steps that scores were filled with the wrong way round: the keys stand where queries were meant."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from shapecheck.capture.instruments.steps.causal_masks import filled_at, filled_by, triangle_of
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import call_at
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.evidence import Span
from shapecheck.findings import Edit
from shapecheck.reading.sources import is_named

_OTHER = {"tril": "triu", "triu": "tril"}


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """Masks, each with its axes exchanged.

    Args:
        title: The change to the first as code.
        instead: Node that scores and a mask meet in -> what to run there.
        edits: The change to the source, where it can be told.
        place: Where the first mask is made.
    """

    title: str
    instead: dict[int, Run]
    edits: tuple[Edit, ...]
    place: Span | None


def turned_masks(step: Step, softmaxes: list[Node]) -> Turned | None:
    """The masks of all scores that meet one, turned; None where none does, or where turning changes nothing."""
    softmaxes = [node for node in softmaxes if _sees_later(step, node)]
    met = [found for node in softmaxes if (found := filled_by(step, node)) is not None]
    met = [(node, mask) for node, mask in met if not bool((turn := step.value(mask)).eq(turn.mT).all())]
    if not met:
        return None
    made = triangle_of(step, met[0][1])
    call = call_at(made) if made is not None else None
    other = _other_triangle(call) if call is not None else None
    edits: tuple[Edit, ...] = ()
    if other is not None and call is not None and made is not None and made.spot is not None:
        edits = replaced_text(made.spot.code.co_filename, call, ast.unparse(other))
    title = ast.unparse(other) if other is not None else "mask.T"
    place = made.spot.span if edits and made is not None and made.spot is not None else filled_at(step, softmaxes[0])
    return Turned(title, {node.index: _with_turned(node, mask) for node, mask in met}, edits, place)


def keys_axis(step: Step, node: Node) -> int:
    """The axis of the keys, -1 or -2, where a softmax runs over pairs of steps; else 0."""
    shape = step.tape.shape(node.parents[0])
    axis = axis_of(node, len(shape))
    is_square = len(shape) >= 3 and shape[-1] == shape[-2]
    return axis - len(shape) if is_square and axis is not None and axis >= len(shape) - 2 else 0


def _sees_later(step: Step, node: Node) -> bool:
    weights = step.value(node.ref)
    return bool((weights if keys_axis(step, node) == -1 else weights.mT).triu(1).any())


def _with_turned(node: Node, mask: Ref) -> Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        turned = [value.mT if given == mask else value for given, value in zip(node.args, args, strict=True)]
        named = {key: value.mT if node.kwargs.get(key) == mask else value for key, value in kwargs.items()}
        return node.function(*turned, **named)  # type: ignore[misc]

    return run


def _other_triangle(call: ast.Call) -> ast.Call | None:
    """The same call for the other triangle."""
    func = call.func
    name = func.attr if isinstance(func, ast.Attribute) else ""
    if name not in _OTHER or not isinstance(func, ast.Attribute):
        return None
    is_method = not (is_named(func.value, "torch"))
    args, at = [*call.args], 0 if is_method else 1
    if len(args) > at:
        args[at] = _negative(args[at])
    words = [ast.keyword(w.arg, _negative(w.value) if w.arg == "diagonal" else w.value) for w in call.keywords]
    return ast.Call(ast.Attribute(func.value, _OTHER[name]), args, words)


def _negative(number: ast.expr) -> ast.expr:
    if isinstance(number, ast.Constant) and number.value == 0:
        return number
    is_negative = isinstance(number, ast.UnaryOp) and isinstance(number.op, ast.USub)
    return number.operand if isinstance(number, ast.UnaryOp) and is_negative else ast.UnaryOp(ast.USub(), number)
