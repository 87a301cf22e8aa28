"""Goals that a model makes of its own answer to what comes next, and that carry its gradient."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import DIFFERENCES, DISTANCES, REARRANGES, SQUARES
from shapecheck.findings import Fix

_CHOICES = frozenset(["gather", "max", "amax", "min", "amin"])
_PICKS = REARRANGES | _CHOICES | {"minimum"}
_HOPS = 16


def goals_with_gradient(step: Step) -> Iterator[Sighting]:
    """``F.mse_loss(q, reward + 0.9 * model(next_states).max(1).values)``: the goal moves to where the answer is.

    Two answers of one model may well be brought near each other. A goal that adds data to a share of such an answer is
    the worth of what comes next: it stands for the truth, and is no part of what is learned. So does the path of what
    decays, where both ends are learned; but there nothing is chosen, and nothing ends.
    """
    graph: set[int] | None = None
    for node in step.all_of_loss:
        pair = _pair(step, node)
        for given, goal in (pair, pair[::-1]) if pair is not None else ():
            graph = graph_of(step.tape, step.loss, {}) if graph is None else graph
            if given.node not in graph or goal.node not in graph:
                continue
            own, found = _root(step, given), _bootstrapped(step, goal, graph)
            if own is None or found is None or not _are_calls_of_one(own, found[0]):
                continue
            root, first, is_of_choices = found
            picked = (made.name for _, made in backwards(step.tape, given, _PICKS, first=step.first))
            if not is_of_choices and not any(name in _CHOICES for name in picked):
                continue
            line = f" (line {root.spot.line})" if root.spot is not None else ""
            text = (
                f"the goal {step.tape.shape(goal)} adds a share of what the same model answers to another input{line} "
                "to data, and carries its gradient: besides the answer, the goal is moved to make both alike"
            )
            yield sighted(
                "goals_with_gradient", first, text, (Fix(".detach()", with_call(first, 0, ".detach()"), "no"),)
            )
            return


def _pair(step: Step, node: Node) -> tuple[Ref, ...] | None:
    """What a loss, or the square of a difference, brings near each other."""
    if len(node.parents) < 2:
        return None
    is_squared = node.name in DIFFERENCES and any(
        reader.name in SQUARES | {"abs", "norm"} and set(reader.parents) == {node.ref}
        for reader in step.readers(node, to_loss=True)
    )
    return node.parents[:2] if node.name in DISTANCES or is_squared else None


def _root(step: Step, ref: Ref) -> Root | None:
    """The call of a model that returned it, or what it was picked of."""
    at = origin(step.tape, ref, _PICKS, first=step.first)[0]
    return next((root for root in step.roots if at in root.outputs and has_parameters(root.module)), None)


def _bootstrapped(step: Step, ref: Ref, graph: set[int]) -> tuple[Root, Node, bool] | None:
    """The call of a model of whose answer a share is added to data, and the first operation on that answer.

    With it, whether one of several answers is chosen, or none where nothing comes any more.
    """
    returned = {out: root for root in step.roots if has_parameters(root.module) for out in root.outputs}
    is_added = is_shared = is_of_choices = False
    for _ in range(_HOPS):
        if step.is_leaf(ref):
            return None
        node = step.node(ref.node)
        learned = [parent for parent in node.parents if parent.node in graph]
        others = [parent for parent in node.parents if parent.node not in graph]
        if len(learned) != 1:
            return None
        if node.name in ("add", "sub", "rsub"):
            is_added |= any(step.tape.shape(other) and other not in step.learned for other in others)
        elif node.name == "mul":
            is_shared |= any(isinstance(part, float) and 0 < part < 1 for part in node.args)
            shares = [value for value in map(step.known, others) if value is not None and _are_shares(value)]
            is_shared |= bool(shares)
            is_of_choices |= any(bool((share == 0).any()) and bool((share > 0).any()) for share in shares)
        elif node.name not in _PICKS:
            return None
        is_of_choices |= node.name in _CHOICES
        ref = learned[0]
        if ref in returned:
            return (returned[ref], node, is_of_choices) if is_added and is_shared else None
    return None


def _are_shares(value: Tensor) -> bool:
    """Whether it takes a part of each number, or none of it where nothing comes any more: ``0.9 * (1 - done)``."""
    return value.numel() > 0 and bool(((value >= 0) & (value < 1)).all())


def _are_calls_of_one(one: Root, other: Root) -> bool:
    return one is not other and one.module is other.module and one.inputs != other.inputs


PROBE = Probe(
    "goals that a model makes of its own answers are numbers",
    lambda look: goals_with_gradient(look.step),
)
