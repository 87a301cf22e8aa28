"""An operation that changes nothing by itself, and whose result nobody keeps."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

import torch

from shapecheck.capture.instruments.steps.resets import holds_below
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.spelling import is_in_place, plain
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at, tree_of
from shapecheck.capture.recording.vocabulary import DETACHES, TURNS
from shapecheck.findings import Fix
from shapecheck.reading.sources import Loop, is_named, names_in, walk
from shapecheck.reading.vocabulary import FUNCTIONAL

_ALIKE_IN_A_REPLAY = frozenset(["detach", "dropout", "alpha_dropout", "feature_dropout"])
# What is told of running means and variances.
_COUNT = frozenset(["batch_norm", "instance_norm"])
# What a notebook would show stands alone there on purpose; a loop or a function shows nothing.


def results_dropped(step: Step) -> Iterator[Sighting]:
    """``scores.masked_fill(mask, -inf)`` as a statement of its own, where ``scores`` go on to the loss as they were.

    Told where the result has as many numbers as the tensor, is not the same, and where the step runs with it. Axes in
    another order are told anyway: states of the first shape, made in the step, may be all that stands against them.
    """
    told: set[int] = set()
    read = {ref for node in step.recorded for ref in node.parents} | step.tape.escaped
    for index in range(step.first, step.loss.node):
        node = step.node(index)
        if node.function is None or node.is_in_place or node.spot is None or not node.parents or len(node.shapes) != 1:
            continue
        if node.spot.line in told or node.ref in read or _counts(node):
            continue
        given, statement = _given(step, node), _dropped(node)
        later = [each for each in step.readers(given, to_loss=True) if each.index > index]
        if statement is None or not later or prod(node.shapes[0]) != prod(step.tape.shape(given)):
            continue
        base = _base(statement)
        if _is_only_measured(node, statement, base):
            continue
        runs = _runs_with(step, node, given) if base is not None else False
        if base is None or not (runs or (runs is None and node.name in TURNS)):
            continue
        told.add(node.spot.line)
        text = (
            f"{node.name} leaves the tensor {step.tape.shape(given)} as it is and gives back another one, which "
            f"nothing keeps: `{ast.unparse(base)}` goes on to the loss unchanged"
        )
        new = f"{ast.unparse(base)} = {ast.unparse(statement)}"
        edits = replaced_text(node.spot.code.co_filename, statement, new)
        fix = Fix(new, edits, "call", "the step runs with it") if runs else Fix(new, edits, "no")
        yield sighted("result_thrown_away", node, text, (fix,))


def _given(step: Step, node: Node) -> Ref:
    """The tensor that a statement begins with: the first of a chain of calls, and that whose memory it is."""
    ref = node.parents[0]
    while (made := step.node(ref.node)).function is not None and made.parents:
        if made.name not in DETACHES and not _are_beside(made, node):
            break
        ref = made.parents[0]
    return ref


def _counts(node: Node) -> bool:
    """Whether it adds what it is given to running statistics, which it may have been called for."""
    return node.name in _COUNT and node.argument(1, "running_mean") is not None


def _is_only_measured(node: Node, statement: ast.Expr, base: ast.expr | None) -> bool:
    """Whether a function returns something else and does no more with a tensor: how long that took, say."""
    function = function_around(node.spot) if node.spot is not None else None
    if function is None or not isinstance(base, ast.Name):
        return False
    inside = list(ast.walk(function))
    if any(isinstance(each, ast.For) and base.id in names_in(each.target) for each in inside):
        return False
    loops = [each for each in inside if isinstance(each, Loop) and holds_below(each, statement.lineno)]
    begin = min([statement.lineno, *(loop.lineno for loop in loops)])
    own = {
        id(item)
        for each in inside
        if isinstance(each, ast.Expr) and ast.unparse(_base(each) or each) == base.id
        for item in ast.walk(each)
    }
    later = [each for each in inside if is_named(each, base.id) and each.lineno >= begin]
    is_read = any(isinstance(each.ctx, ast.Load) and id(each) not in own for each in later)
    return not is_read and any(isinstance(each, ast.Return) and each.value is not None for each in inside)


def _are_beside(one: Node, two: Node) -> bool:
    if one.spot is None or two.spot is None:
        return False
    return one.spot.code is two.spot.code and one.spot.line == two.spot.line


def _dropped(node: Node) -> ast.Expr | None:
    """The statement that a call is all of, where it stands in a loop or a function and nothing waits for an error."""
    assert node.spot is not None
    file, line = node.spot.code.co_filename, node.spot.line
    call, statement, tree = call_at(node), statement_at(file, line), tree_of(file)
    if call is None or tree is None or not isinstance(statement, ast.Expr):
        return None
    if ast.dump(statement.value) != ast.dump(call) or not isinstance(call.func, ast.Attribute):
        return None
    name = call.func.attr
    is_written_so = plain(name) == node.name and not is_in_place(name)
    if not is_written_so or any(keyword.arg in ("out", "inplace") for keyword in call.keywords):
        return None
    around = [each for each in walk(tree) if isinstance(each, Loop | ast.Try) and holds_below(each, line)]
    if any(isinstance(each, ast.Try) for each in around):
        return None
    return statement if around or function_around(node.spot) is not None else None


def _base(statement: ast.Expr) -> ast.expr | None:
    """The name that the result was to have: that of the tensor which is asked, or given first."""
    at = statement.value
    while isinstance(at, ast.Call) and isinstance(at.func, ast.Attribute):
        is_function = ast.unparse(at.func.value) in FUNCTIONAL
        if is_function and not at.args:
            return None
        at = at.args[0] if is_function else at.func.value
    return at if isinstance(at, ast.Name | ast.Attribute | ast.Subscript) else None


def _runs_with(step: Step, node: Node, given: Ref) -> bool | None:
    """Whether it makes another tensor, with which the rest of the step runs; None where that could not be tried."""
    made, before = step.value_of_input(Ref(node.index)), step.value_of_input(given)
    if made is None or before is None:
        return False
    if made.shape == before.shape and torch.equal(made, before):
        # Copies, and conversions to what it is already; a detached tensor has no gradient, and a replay drops nothing.
        return node.name in _ALIKE_IN_A_REPLAY and given in step.learned
    try:
        step.changed_together({given: made})
    except Exception:
        return None
    return True


PROBE = Probe(
    "what an operation gives back is kept",
    lambda look: results_dropped(look.step),
)
