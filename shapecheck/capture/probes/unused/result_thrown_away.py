"""Operations written as statements whose result nobody takes, although they change nothing in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import any_term_moved, difference
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.findings import Edit, Fix


def thrown_away(step: Step) -> Iterator[Sighting]:
    """``scores.masked_fill(mask, -inf)`` on a line of its own, of a tensor that goes on to the loss as it was.

    Only where torch has the same in place, under the name with an underscore behind it: whoever wrote it so meant that
    the tensor be changed. What is left as it was by it, such as a ``clamp`` of what lies inside, is let be.
    """
    read: dict[Ref, int] = {}
    for index in sorted(step.to_loss):
        read |= dict.fromkeys(step.node(index).parents, index)
    taken = {ref for index in range(step.first, step.last) for ref in step.node(index).parents}
    for node in map(step.node, range(step.first, step.last)):
        source = node.parents[0] if node.parents else None
        if source is None or node.is_in_place or read.get(source, -1) < node.index or Ref(node.index) in taken:
            continue
        call = _statement(node)
        if call is None or Ref(node.index) in step.tape.escaped or not _is_changed(step, node, source):
            continue
        text = (
            f"{node.name} returns a new tensor and leaves the one that it is called on as it is; nobody takes what it "
            "returns here, and the tensor goes on to the loss as it was"
        )
        name = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        fix = Fix(f"{name} = {name}.{node.name}(...)", _edits(node, call, name), "call", "the loss comes out otherwise")
        yield sighted("result_thrown_away", node, text, (fix,))
        return


def _statement(node: Node) -> ast.Call | None:
    """The call of a tensor's method that is a whole statement, where torch has the same in place."""
    call = call_at(node)
    if call is None or node.spot is None or not hasattr(torch.Tensor, f"{node.name}_"):
        return None
    statement = statement_at(node.spot.code.co_filename, call.lineno, call.col_offset)
    is_whole = isinstance(statement, ast.Expr) and ast.unparse(statement.value) == ast.unparse(call)
    is_method = isinstance(call.func, ast.Attribute) and call.func.attr == node.name and len(call.args) < len(node.args)
    # What a call or an item is called on has no name that could be given anew.
    is_named = is_method and isinstance(call.func.value, ast.Name | ast.Attribute)  # type: ignore[attr-defined]
    return call if is_whole and is_named else None


def _is_changed(step: Step, node: Node, source: Ref) -> bool:
    """Whether it has the shape of what it was called on, other numbers, and the loss would be another one."""
    if node.shapes != (step.tape.shape(source),) or node.dtypes[0] != step.tape.dtype(source):
        return False
    made, given = step.value_of_input(Ref(node.index)), step.value_of_input(source)
    if made is None or given is None or not bool(difference(given, made).any()):
        return False
    try:
        return any_term_moved(step, step.run(), step.changed_together({source: made}))
    except RuntimeError:
        return False


def _edits(node: Node, call: ast.Call, name: str) -> tuple[Edit, ...]:
    assert node.spot is not None
    return replaced_text(node.spot.code.co_filename, call, f"{name} = {node.spot.span.text}")


PROBE = Probe(
    "what an operation returns is taken where it changes nothing in place",
    lambda look: thrown_away(look.step),
)
