"""Parameters that an optimizer holds and that never get a gradient: what they compute is cut off before the loss."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.graphs import graph_of, records
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.tensors.uncut import learns_without
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants, refs_above, replay
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.trained import Held
from shapecheck.capture.recording.user_code import Spot, statement_at, tree_of
from shapecheck.capture.recording.vocabulary import DETACHES
from shapecheck.findings import Fix

# One look at every part of a model that is trained in turn with another.
_STEPS = 3
_MAX_CANDIDATES = 60
_MIN_NUMBERS, _NEARLY = 16, 0.95


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """Where a gradient ends.

    Args:
        node: What hands on numbers without their graph.
        cut: What it was given.
        behind: What it hands on.
    """

    node: Node
    cut: Ref
    behind: tuple[Ref, ...]


def without_gradient(step: Step) -> Iterator[Sighting]:
    """Cuts behind which a trained part goes on with what an optimizer steps for nothing.

    A part may be left alone on purpose: then no optimizer holds it, it is called without gradients, its numbers came
    from elsewhere or change otherwise, or the cut stands in a branch that is not always taken. What is cut off and then
    asked for, as the answer of a teacher is, is left alone as well.
    """
    tape = step.tape
    if len(tape.losses) < _STEPS:
        return
    idle = _idle(tape)
    if not idle:
        return
    carries: dict[int, bool] = {}
    graph = {index for loss, _ in tape.losses for index in graph_of(tape, loss, carries)}
    learned = {ref for index in graph for ref in tape.nodes[index].parents if tape.nodes[ref.node].kind == "parameter"}
    idle = {ref: held for ref, held in idle.items() if ref not in learned}
    for cut in _cuts(step, set(idle)):
        parts = [ref for ref in refs_above(tape, cut.cut) if ref in idle]
        if not _is_meant_to_learn(tape, parts, idle) or _is_conditional(cut.node) or not _goes_on(step, cut, learned):
            continue
        yield replace(_told(step, cut, parts), idle=tuple(idle[ref].number for ref in parts))
        return


def _idle(tape: Tape) -> dict[Ref, Held]:
    """Parameters that stay as they are although an optimizer steps them."""
    found = {}
    for held in tape.trained.idle:
        parameter = held.parameter()
        known = tape.known(parameter) if parameter is not None else None
        if known is not None and held.is_as_it_was:
            found[known] = held
    return found


def _cuts(step: Step, idle: set[Ref]) -> Iterator[_Cut]:
    """The operations on the way to the loss at which the gradient by some parameters ends."""
    live: set[Ref] = set()
    ended: list[_Cut] = []
    for node in step.recorded:
        given = [ref for ref in node.parents if ref in live]
        outs = node.outs
        if records(node) and (given or any(ref in idle for ref in node.parents)):
            live.update(outs)
        elif given and node.function is not None:
            ended.append(_Cut(node, given[0], outs))
    yield from (cut for cut in ended if cut.node.index in step.to_loss)
    yield from _made_anew(step, live, [ref for cut in ended for ref in cut.behind])


def _made_anew(step: Step, live: set[Ref], ended: list[Ref]) -> Iterator[_Cut]:
    """Tensors that were made of the numbers of others, by way of an array or a list.

    By now the parameters have been updated, so that the numbers are nearly the same.
    """
    leaves = {
        ref
        for node in step.all_of_loss
        for ref in node.parents
        if ref.node >= step.first and step.node(ref.node).kind == "data"
    }
    nodes = {ref.node for ref in ended}
    behind = descendants(step.tape, set(ended), range(step.first, step.last))
    made = [*live, *(Ref(index) for index in {*nodes, *behind})]
    for leaf in sorted(leaves, key=lambda ref: ref.node):
        value = step.value(leaf)
        if value.numel() < _MIN_NUMBERS or value.is_complex():
            continue
        fitting = [ref for ref in made if ref.node < leaf.node and step.tape.shape(ref) == tuple(value.shape)]
        for ref in sorted(fitting, key=lambda ref: -ref.node)[:_MAX_CANDIDATES]:
            same = replay(step.tape, ancestors(step.tape, [ref], step.first)).get(ref)
            if same is not None and _is_nearly(same, value):
                # An array was cut off where it was asked for, and from_numpy only takes it; a list is made a tensor.
                made_of_list = step.node(leaf.node).spot is not None and step.node(leaf.node).name != "from_numpy"
                at = leaf if made_of_list else ref
                yield _Cut(step.node(at.node), ref, (leaf,))
                return


def _is_nearly(one: Tensor, other: Tensor) -> bool:
    both = torch.stack([one.double().reshape(-1), other.double().reshape(-1)])
    spread = both.std(1)
    return bool((spread > 0).all()) and bool(torch.corrcoef(both)[0, 1] > _NEARLY)


def _is_meant_to_learn(tape: Tape, parts: list[Ref], idle: dict[Ref, Held]) -> bool:
    """Whether an optimizer holds nothing else, or the numbers were drawn and never given."""
    if not parts or any(idle[ref].is_given for ref in parts) or _is_copied_into(tape, set(parts)):
        return False
    drawn = {node.kwargs["tensor"] for node in tape.nodes if isinstance(node.kwargs.get("tensor"), Ref)}
    return any(idle[ref].is_alone or idle[ref].is_drawn or ref in drawn for ref in parts)


def _is_copied_into(tape: Tape, parts: set[Ref]) -> bool:
    """Whether numbers of another model were put in by way of ``.data``."""
    own = {node.ref for node in tape.nodes if node.name in DETACHES and set(node.parents) & parts}
    return any(
        node.name in ("copy_", "__setitem__") and node.parents[:1] and node.parents[0] in own for node in tape.nodes
    )


def _is_conditional(node: Node) -> bool:
    """Whether the cut stands in a branch: it may be made for a time, as a switch says."""
    spot = node.spot
    while spot is not None:
        statement = statement_at(spot.code.co_filename, spot.line)
        is_main = spot.code.co_name == "<module>"
        function = tree_of(spot.code.co_filename) if is_main else function_around(spot)
        is_simple = statement is not None and not hasattr(statement, "body")
        inside = (
            [item for item in ast.walk(statement) if isinstance(item, ast.IfExp)] if statement and is_simple else []
        )
        around = [item for item in ast.walk(function) if isinstance(item, ast.If)] if function is not None else []
        branches = [item for item in around if item.lineno <= spot.line <= (item.end_lineno or 0)]
        blocks = [item for item in ast.walk(function) if isinstance(item, ast.With)] if function is not None else []
        if any(_is_switch(item) and item.lineno <= spot.line <= (item.end_lineno or 0) for item in blocks):
            return True
        if any(not _asks_for_kind(test) for test in [item.test for item in inside] + [item.test for item in branches]):
            return True
        spot = spot.caller
    return False


def _is_switch(block: ast.With) -> bool:
    """Whether a block records gradients or not, as some value says: ``with torch.set_grad_enabled(epoch > 5):``."""
    calls = [item.context_expr for item in block.items if isinstance(item.context_expr, ast.Call)]
    return any(
        ast.unparse(call.func).endswith(("set_grad_enabled", "inference_mode"))
        and any(not isinstance(given, ast.Constant) for given in [*call.args, *(word.value for word in call.keywords)])
        for call in calls
    )


def _asks_for_kind(test: ast.expr) -> bool:
    """Whether a test is about what something is, not about when."""
    if ast.unparse(test).startswith("__name__"):
        return True
    inner = test.operand if isinstance(test, ast.UnaryOp) else test
    if isinstance(inner, ast.Call):
        return isinstance(inner.func, ast.Name) and inner.func.id in ("isinstance", "type")
    return isinstance(inner, ast.Compare) and isinstance(inner.ops[0], ast.Is | ast.IsNot)


def _goes_on(step: Step, cut: _Cut, learned: set[Ref]) -> bool:
    """Whether a part that learns reads what was cut off, or a loss holds it against an answer."""
    order = sorted(step.to_loss)
    for index in descendants(step.tape, set(cut.behind), order):
        node = step.node(index)
        if node.graded and any(ref in learned for ref in node.parents):
            return True
        if node.name in REDUCING and not any(ref in step.learned for ref in node.parents[1:2]):
            return node.parents[0] in step.learned
    return False


def _told(step: Step, cut: _Cut, parts: list[Ref]) -> Sighting:
    spot = _place(cut, step.node(cut.cut.node))
    count, shape = len(parts), step.tape.shape(cut.cut)
    text = (
        f"{count} parameter{'s' if count > 1 else ''} that an optimizer holds had no gradient in the steps looked at: "
        f"what they compute, {shape}, goes on to the loss from here without its graph, and by no other way"
    )
    seen = sighted("trained_without_gradient", cut.node, text, _fixes(step, cut, parts, spot))
    return seen if spot is None else replace(seen, span=spot.span)


def _place(cut: _Cut, made: Node) -> Spot | None:
    """The innermost function that has a hand in both: in a function that only cuts there is nothing to change."""
    codes = []
    spot = made.spot
    while spot is not None:
        codes.append(spot.code)
        spot = spot.caller
    spot = cut.node.spot
    while spot is not None:
        if spot.code in codes:
            return spot
        spot = spot.caller
    return cut.node.spot


def _fixes(step: Step, cut: _Cut, parts: list[Ref], spot: Spot | None) -> tuple[Fix, ...]:
    """The numbers handed on with their graph."""
    if cut.node.function is None or (cut.node.name not in DETACHES and cut.node.graded):
        return ()
    alike = {node.index for node in step.all_of_loss if node.repeats(cut.node)}
    if not learns_without(step, alike, parts):
        return ()
    if cut.node.name not in DETACHES:
        return (Fix("the same outside of torch.no_grad()", (), "call", "the gradient arrives"),)
    old = _expression(spot) if spot is not None else None
    new = None
    if isinstance(old, ast.Call) and isinstance(old.func, ast.Attribute) and old.func.attr in DETACHES and not old.args:
        new = ast.unparse(old.func.value)
    elif isinstance(old, ast.Attribute) and old.attr in DETACHES:
        new = ast.unparse(old.value)
    elif isinstance(old, ast.Call) and len(old.args) == 1 and not old.keywords and spot is not cut.node.spot:
        new = ast.unparse(old.args[0])
    if old is None or new is None or spot is None:
        return (Fix(f"without {cut.node.name}", (), "call", "the gradient arrives"),)
    return (Fix(new, replaced_text(spot.code.co_filename, old, new), "call", "the gradient arrives"),)


def _expression(spot: Spot) -> ast.expr | None:
    """The expression that an instruction is, in the user's source."""
    span = spot.span
    statement = statement_at(span.file, span.line)
    whole = span.line, span.end_line, span.column, span.end_column
    found = [item for item in ast.walk(statement) if isinstance(item, ast.Call | ast.Attribute)] if statement else []
    return next(
        (item for item in found if (item.lineno, item.end_lineno, item.col_offset, item.end_col_offset) == whole), None
    )


PROBE = Probe(
    "what an optimizer trains gets a gradient",
    lambda look: without_gradient(look.step),
    needs_no_run=True,
)
