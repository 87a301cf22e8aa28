"""The first step of what reads forward: it has seen one step, and what the others made is read by nobody."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.steps.causal_masks import causal_steps
from shapecheck.capture.instruments.steps.rounds import rounds_in
from shapecheck.capture.instruments.tensors.one_item import one_item, one_step
from shapecheck.capture.instruments.trials.separation import any_term_moved, replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import RECURRENT, SELECTS
from shapecheck.findings import Fix

_ARGUMENTS = 9
_FEWEST = 3
_PASSES = frozenset(["dropout", "layer_norm", "relu", "tanh", "contiguous"])


def first_step_only(step: Step) -> Iterator[Sighting]:
    """First steps that are all that is read of an output, where the loss moves with no later step of an input."""
    readers: dict[Ref, list[Node]] = {}
    for index in range(step.first, step.last):
        for parent in step.node(index).parents:
            readers.setdefault(parent, []).append(step.node(index))
    for node in step.of_loss:
        if node.name not in RECURRENT or len(node.args) != _ARGUMENTS:
            continue
        if not isinstance(node.args[3], bool) or node.args[7] or len(node.shapes[0]) != 3:
            continue
        read = {out for out in range(len(node.shapes)) if readers.get(Ref(node.index, out))}
        kept = {out for out in range(len(node.shapes)) if Ref(node.index, out) in step.tape.escaped}
        taken, time = _only_reader(step, readers, node.ref), 1 if node.args[8] else 0
        if read | kept != {0} or taken is None or one_item(taken) != (time, 0):
            continue
        if node.shapes[0][time] > 1 and _leaves_later_steps(step, node.shapes[0], time):
            yield _told(taken, time, node.shapes[0][time], "a layer that reads forward")
            return


def first_step_of_attention(step: Step) -> Iterator[Sighting]:
    """The same behind attentions that hide later steps: the first step has seen itself alone, through all of them."""
    counts = {node.index: causal_steps(step, node) for node in step.of_loss}
    causal = {Ref(index): count for index, count in counts.items() if count >= _FEWEST}
    behind = descendants(step.tape, set(causal), step.order) if causal else []
    for node in (step.node(index) for index in behind if index in step.to_loss):
        if node.name not in SELECTS or node.parents[0] not in step.learned:
            continue
        shape = step.tape.shape(node.parents[0])
        found = one_step(node, shape) if len(shape) == 3 else None
        if found not in ((0, 0), (1, 0)) or shape[found[0]] not in causal.values():
            continue
        if _leaves_later_steps(step, shape, found[0]):
            yield _told(node, found[0], shape[found[0]], "what attends to no later step")
            return


def first_step_of_rounds(step: Step) -> Iterator[Sighting]:
    """The same of what a loop over a cell has put together, in whatever order: one state is read, that of its start.

    Where each state was put in front of the older ones, the first one lies last.
    """
    for calls in rounds_in(step):
        if len(calls) < _FEWEST or calls[0].index not in ancestors(step.tape, calls[-1].parents, calls[0].index):
            continue
        behind = descendants(step.tape, {Ref(calls[-1].index)}, sorted(step.to_loss))
        for node in map(step.node, behind):
            joined = node.parents[0]
            shape = step.tape.shape(joined)
            found = one_step(node, shape) if node.name in SELECTS and len(shape) == 3 else None
            if found is None or found[0] > 1 or shape[found[0]] != len(calls) or joined in step.tape.escaped:
                continue
            if _is_only_reader(step, node, joined) and _leaves_later_steps(step, shape, found[0]):
                is_last = found[1] == len(calls) - 1
                yield _told(node, found[0], len(calls), "a loop from step to step", is_turned=is_last)
                return


def first_step_of_a_chain(step: Step) -> Iterator[Sighting]:
    """The same of states that were worked out by hand, each from the one before, and laid one upon the other."""
    for node in step.of_loss:
        if node.name not in SELECTS or node.parents[0] not in step.learned:
            continue
        joined = step.node(node.parents[0].node)
        states = joined.parents if joined.name == "stack" else ()
        shape = joined.shapes[0] if joined.shapes else ()
        if len(states) < _FEWEST or len(shape) != 3:
            continue
        along = joined.argument(1, "dim", default=0)
        found = one_step(node, shape)
        if (
            type(along) is not int
            or found != (along % len(shape), 0)
            or found[0] > 1
            or joined.ref in step.tape.escaped
        ):
            continue
        chained = ancestors(step.tape, [states[-1]], states[0].node)
        if not {one.node for one in states} <= {*chained} or not _is_only_reader(step, node, joined.ref):
            continue
        if _leaves_later_steps(step, shape, found[0]):
            yield _told(node, found[0], len(states), "a chain of states, each made of the one before,")
            return


def _is_only_reader(step: Step, node: Node, ref: Ref) -> bool:
    readers = [other for other in map(step.node, range(ref.node + 1, step.last)) if ref in other.parents]
    return readers == [node]


def _told(taken: Node, time: int, count: int, who: str, *, is_turned: bool = False) -> Sighting:
    text = (
        f"{who} has seen one of {count} steps here, and this is all that is read of it: the loss moves with no later "
        "step of the input"
    )
    if is_turned:
        fix = Fix("each new state behind the older ones: cat([states, new])", (), "no")
        text += ". It lies last, since each new state was put in front of the older ones"
    else:
        fix = Fix("[:, -1]" if time else "[-1]", (), "no")
    return sighted("first_step_of_a_forward_layer", taken, text, (fix,))


def _only_reader(step: Step, readers: dict[Ref, list[Node]], ref: Ref) -> Node | None:
    for _ in range(3):
        found = readers.get(ref, [])
        if len(found) != 1 or found[0].index not in step.to_loss:
            return None
        if found[0].name not in _PASSES:
            return found[0]
        ref = Ref(found[0].index)
    return None


def _leaves_later_steps(step: Step, made: tuple[int, ...], time: int) -> bool:
    """Whether an input has these samples and steps, and the first of them moves the loss, and no later one."""
    rows, count = made[1 - time], made[time]
    for source in step.inputs:
        shape = step.tape.shape(source)
        axis = next((at for at in (1, 0) if shape[:2] == ((rows, count) if at == 1 else (count, rows))), None)
        if axis is None or rows == count:
            continue
        later = {1, count // 2, count - 1}
        if _moves(step, source, axis, 0) and not any(_moves(step, source, axis, at) for at in later):
            return True
    return False


def _moves(step: Step, source: Ref, axis: int, item: int) -> bool:
    base = step.run()
    after = step.changed(source, replaced_item(step.value(source), axis, item))
    return any_term_moved(step, base, after)


def _first_steps(look: Look) -> Iterator[Sighting]:
    yield from first_step_only(look.step)
    yield from first_step_of_attention(look.step)
    yield from first_step_of_rounds(look.step)
    yield from first_step_of_a_chain(look.step)


PROBE = Probe(
    "of what reads forward more than the first step is read",
    _first_steps,
    turn=Turn.LAST,
)
