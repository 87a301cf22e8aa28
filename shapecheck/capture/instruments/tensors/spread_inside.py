"""Two tensors that torch spreads to one shape inside of a call, as a distribution does, and what keeps them apart."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.pairs import operands, spreads
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import call_at
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, COPIES, REARRANGES
from shapecheck.findings import Fix
from shapecheck.reading.sources import last_name

REMOVED, ADDED = ".squeeze(-1)", ".unsqueeze(-1)"
# Who calls one of these wants just that.
_SAID = ("broadcast", "expand", "meshgrid", "repeat")


@dataclass(frozen=True, slots=True)
class Spread:
    """Two tensors that spread along each other's axes.

    Args:
        node: Where: the operation of both.
        pair: The two.
        shapes: Their shapes, without what a call put behind them for itself.
        tables: What came of the same call and is as large as both together.
    """

    node: Node
    pair: tuple[Ref, Ref]
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    tables: frozenset[Ref]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what came of it."""
        return self.node.shapes[0]


def spread_by(step: Step, node: Node) -> Spread | None:
    """What an operation spreads of its own two operands; None where they do not spread along each other."""
    pair = operands(node)
    if pair is None:
        return None
    shapes = step.tape.shape(pair[0]), step.tape.shape(pair[1])
    return Spread(node, pair, shapes, frozenset([node.ref])) if spreads(*shapes) else None


def spread_inside(step: Step, node: Node) -> Spread | None:
    """What torch spread to one shape, right before it reads both, inside of a call that the user made.

    A distribution of ``(n, classes)`` scores puts an axis of one behind a choice before it spreads both, and takes it
    away again: it counts in neither.
    """
    before = step.node(node.index - 1)
    if node.name != "expand" or not node.repeats(before) or node.shapes != before.shapes:
        return None
    call = call_at(node)
    if call is None or any(word in (last_name(call.func) or "") for word in _SAID):
        return None
    behind = _of_the_call(step, node)
    pair = _given(step, before), _given(step, node)
    spread = [step.tape.shape(one.parents[0]) for one in (before, node)]
    if behind[-1].name == "squeeze" and any(one.name == "gather" for one in behind):
        spread = [shape[:-1] for shape in spread]
        behind = behind[-1:]
    if not spreads(*spread):
        return None
    made = [one for one in (before, *behind) if one.shapes[:1] == behind[-1].shapes[:1]]
    tables = frozenset(one.ref for one in made)
    return Spread(behind[-1], pair, (spread[0], spread[1]), tables) if len(behind[-1].shapes) == 1 else None


def given_to_likelihood(node: Node) -> ast.expr | None:
    """What the likelihood of a distribution is asked of, where a node comes of ``log_prob`` in the user's source."""
    call = call_at(node)
    if call is None or last_name(call.func) != "log_prob" or len(call.args) != 1 or call.keywords:
        return None
    return None if isinstance(call.args[0], ast.Starred) else call.args[0]


def apart(shapes: tuple[tuple[int, ...], tuple[int, ...]], at: int) -> str:
    """The call that gives one of two tensors the shape of the other; empty unless it is a last axis of one."""
    mine, other = shapes[at], shapes[1 - at]
    return REMOVED if mine == (*other, 1) else ADDED if other == (*mine, 1) else ""


def asked_otherwise(spread: Spread, call: str) -> tuple[Fix, ...]:
    """The change that asks a likelihood of something else."""
    asked = given_to_likelihood(spread.node)
    if asked is None or spread.node.spot is None:
        return ()
    text = as_primary(asked) + call
    return (Fix(text, replaced_text(spread.node.spot.code.co_filename, asked, text), "no"),)


def meets_others(step: Step, spread: Spread) -> bool:
    """Whether what came of a call meets, outside of it, a tensor with one number for each row."""
    nodes = [step.node(index) for index in range(spread.node.index + 1, step.last)]
    shapes = [{step.tape.shape(ref) for ref in node.parents} for node in nodes if not _is_same_call(node, spread.node)]
    return any(spread.shape in each and min(spread.shapes, key=len) in each for each in shapes)


def is_asked_of_all(step: Step, spread: Spread) -> bool:
    """Whether a likelihood may be meant of each pair: of all choices there are, or beside that of each row's own.

    What is estimated of how two things hang together is the mean of the latter less the mean of the former.
    """
    made = [origin(step.tape, ref, REARRANGES | CONVERTS | COPIES) for ref in spread.pair]
    if any(node.name in ("arange", "linspace", "eye") for _, node in made):
        return True
    both = {ref for ref, _ in made}
    for node in step.recorded:
        if _is_same_call(node, spread.node) or given_to_likelihood(node) is None:
            continue
        if node.shapes[:1] != (spread.shape,) and both <= {
            origin(step.tape, ref, REARRANGES | CONVERTS | COPIES)[0] for ref in node.parents
        }:
            return True
    return False


def _of_the_call(step: Step, node: Node) -> list[Node]:
    """A node and what the same call made of it, without what only checks whether numbers are allowed."""
    found, reached = [node], {node.ref, Ref(node.index - 1)}
    for index in range(node.index + 1, step.last):
        other = step.node(index)
        if not _is_same_call(other, node):
            break
        if any(ref in reached for ref in other.parents):
            reached.add(Ref(index))
            found.append(other)
    return [one for one in found if one is node or one.dtypes[0].is_floating_point]


def _is_same_call(node: Node, other: Node) -> bool:
    """Whether two operations come of one instruction of the user's, one right after the other."""
    one, two = node.spot, other.spot
    return one is not None and two is not None and one.code is two.code and one.instruction == two.instruction


def _given(step: Step, node: Node) -> Ref:
    """What a call was given that it handed on to one of its operations, through what it made of that alone."""
    ref = node.parents[0]
    while _is_same_call(made := step.node(ref.node), node) and len(made.parents) == 1:
        ref = made.parents[0]
    return ref
