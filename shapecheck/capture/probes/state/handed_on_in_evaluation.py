"""A state that an evaluation hands on to other samples, or to another sequence, where training begins each anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, pairwise

from shapecheck.capture.instruments.rows.batches import are_of_one_line, evaluated_in_turn
from shapecheck.capture.instruments.steps.start_symbols import (
    KnownStarts,
    sequences_begun,
    start_symbol,
    symbols_read,
)
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Root, Tape
from shapecheck.capture.recording.vocabulary import CELLS, CONVERTS, RECURRENT
from shapecheck.findings import Fix

_LEAST_NUMBERS = 2


def handed_on_in_evaluation(step: Step) -> Iterator[Sighting]:
    """A call that is given what a recurrent layer returned for other samples, and in training none is.

    Whoever evaluates a long series piece by piece hands its state on as well; its pieces are no samples, and such a
    layer walks along the axis that was cut.
    """
    tape = step.tape
    for before, root, one, other in evaluated_in_turn(step):
        handed = [ref for ref in root.inputs if origin(tape, ref, CONVERTS)[0] in before.outputs]
        states = [ref for ref in handed if _is_state_of(tape, root, ref, len(other.rows))]
        if not states or not _begins_anew_in_training(tape, root):
            continue
        if _begins_anew_in_between(tape, root):
            return
        text = (
            f"this call is given the state {tape.shape(states[0])} that the call before has returned: the "
            f"{len(other.rows)} samples of a batch go on from where {len(one.rows)} others ended. In training each "
            "batch begins anew"
        )
        fix = Fix("let the state begin anew before each batch", (), "no")
        yield Sighting("state_left_in_evaluation", root.spot.span if root.spot else None, text, "", (fix,))
        return


def begun_with_a_state(step: Step, starts: KnownStarts) -> Iterator[Sighting]:
    """A sequence that is written, or read, from its first symbol on, and is given the state which another one has left.

    In training that symbol is read with a state that begins anew, and by no other: behind a sequence nothing is ever
    begun there. A talk that goes on has no symbol that stands at its start alone.
    """
    tape = step.tape
    calls = [root for root in step.roots if not root.training and root.last >= 0]
    for at, root in enumerate(calls):
        symbol = start_symbol(starts, root)
        same = [other for other in calls[:at] if other.module is root.module] if symbol is not None else []
        giver = next((other for other in reversed(same) if _goes_on_from(tape, root, other)), None)
        if giver is None or symbol is None:
            continue
        if not _begins(step, root, symbol) or not _begins_anew_in_training(tape, root):
            continue
        line = [other for other in same if are_of_one_line(other, root)]
        if not line or giver in line or any(_goes_on_from(tape, line[0], other) for other in same):
            # A line that goes on reads what the model has written, and that may be any symbol.
            continue
        if not all(_begins(step, other, symbol) for other in line):
            continue
        if any(_mentions(step, other, symbol) for other in same if other not in line):
            continue
        text = (
            f"symbol {symbol} begins each sequence that the model was trained on, and stands nowhere else in one; here "
            "it is read with the state that a call before has returned: a sequence that begins goes on from where "
            "another one ended. In training each begins anew"
        )
        fix = Fix("let the state begin anew before each sequence", (), "no")
        yield Sighting("state_left_in_evaluation", root.spot.span if root.spot else None, text, "", (fix,))
        return


def asked_again(step: Step) -> Iterator[Sighting]:
    """A sequence that one line gives a model twice: first with a state that begins anew, and then with what was left.

    So the same question gets two answers. In training each sequence begins anew. What goes through its steps one by one
    is given the same at several of them, and a talk that goes on does not begin with what it began with once more.
    """
    tape = step.tape
    calls = [root for root in step.roots if not root.trains and root.last >= 0 and root.inputs]
    for at, root in enumerate(calls):
        before = [one for one in calls[:at] if one.module is root.module]
        line = [one for one in before if are_of_one_line(one, root)]
        # What an input holds is worked out anew for each call, so it is asked for last.
        if not line or not _is_handed(tape, root, before):
            continue
        if not _walks(tape, root) or not _begins_anew_in_training(tape, root):
            continue
        same = [one for one in line if _is_same_input(step, one, root)]
        if not same or _is_handed(tape, same[0], before):
            continue
        count = len(before) - before.index(same[0])
        text = (
            "this line gives the model the same sequence as before, then with a state that began anew, and now with "
            f"what {count} calls since then have left: the same question gets another answer. In training each "
            "sequence begins anew"
        )
        fix = Fix("let the state begin anew before each sequence", (), "no")
        yield Sighting("state_left_in_evaluation", root.spot.span if root.spot else None, text, "", (fix,))
        return


def _is_same_input(step: Step, one: Root, other: Root) -> bool:
    if step.tape.shape(one.inputs[0]) != step.tape.shape(other.inputs[0]):
        return False
    first, second = (step.value_of_input(root.inputs[0]) for root in (one, other))
    if first is None or second is None or first.numel() < _LEAST_NUMBERS:
        return False
    return first.dtype == second.dtype and bool((first == second).all())


def _is_handed(tape: Tape, root: Root, before: list[Root]) -> bool:
    """Whether a call is given, beside what it reads, what one of others has returned."""
    read = {ref for node in tape.nodes[root.first : root.last] for ref in node.parents} - {root.inputs[0]}
    given = {origin(tape, ref, CONVERTS)[0] for ref in (*read, *root.inputs[1:], *root.named.values())}
    return any(one.first < root.first and not given.isdisjoint(one.outputs) for one in before)


def _walks(tape: Tape, root: Root) -> bool:
    """Whether a call goes through several steps: by a recurrent layer, or by one instruction again and again."""
    nodes = tape.nodes[root.first : root.last]
    for node in nodes:
        if node.name in RECURRENT and len(node.args) == 9:
            sizes = tape.shape(node.parents[0])
            if len(sizes) < 3 or sizes[1 if node.args[8] is True else 0] > 1:
                return True
    places = [(node.name, node.spot.place) for node in nodes if node.spot is not None and node.function is not None]
    return any(count > 1 for count in Counter(places).values())


def _goes_on_from(tape: Tape, root: Root, before: Root) -> bool:
    """Whether a recurrent layer starts, in a call, from what another call has returned."""
    given = (*root.inputs, *root.named.values())
    reached = {ref for ref in given if origin(tape, ref, CONVERTS)[0] in before.outputs}
    for index in range(root.first, root.last) if reached else ():
        node = tape.nodes[index]
        if node.name in RECURRENT | CELLS:
            return node.parents[0] not in reached and bool(reached & set(node.parents))
        if node.name in CONVERTS and reached & set(node.parents):
            reached.add(Ref(index))
    return False


def _begins(step: Step, root: Root, symbol: int) -> bool:
    """Whether all that a call reads begins with a symbol, and has it nowhere else."""
    value = symbols_read(step, root)
    return value is not None and sequences_begun(value, symbol) > 0


def _mentions(step: Step, root: Root, symbol: int) -> bool:
    value = symbols_read(step, root)
    return value is not None and bool((value == symbol).any())


def _is_state_of(tape: Tape, root: Root, ref: Ref, rows: int) -> bool:
    """Whether a recurrent layer starts from it, one row for each sample, and walks along another axis."""
    reached = {ref}
    for index in range(root.first, root.last):
        node = tape.nodes[index]
        if not reached & set(node.parents):
            continue
        if node.name in RECURRENT:
            shape, given = tape.shape(ref), tape.shape(node.parents[0])
            samples = 0 if len(node.args) == 9 and node.args[8] is True else 1
            is_row_each = len(shape) == len(given) == 3 and shape[1] == given[samples] == rows != given[1 - samples]
            return is_row_each and node.parents[0] not in reached
        if node.name in CELLS:
            return tape.shape(ref)[:1] == (rows,) and node.parents[0] not in reached
        if node.name in CONVERTS:
            reached.add(Ref(index))
    return False


def _begins_anew_in_training(tape: Tape, root: Root) -> bool:
    """Whether training calls the same module for step after step, and never with what a call before has returned."""
    calls = [one for one in tape.roots if one.module is root.module and one.trains]
    pairs = [pair for pair in pairwise(calls) if any(pair[0].last <= place <= pair[1].first for place in tape.updates)]
    given = ({origin(tape, ref, CONVERTS)[0] for ref in other.inputs} for _, other in pairs)
    return bool(pairs) and not any(refs & set(one.outputs) for refs, (one, _) in zip(given, pairs, strict=True))


def _begins_anew_in_between(tape: Tape, root: Root) -> bool:
    """Whether the same line, within one evaluation, gives a later call nothing of the one before: several series."""
    asked = [one for one in tape.roots if one.module is root.module and not one.trains]
    calls = [one for one in asked if are_of_one_line(one, root)]
    for one, other in pairwise(calls):
        if any(one.last <= place <= other.first for place in tape.updates):
            continue
        if not {origin(tape, ref, CONVERTS)[0] for ref in other.inputs} & set(one.outputs):
            return True
    return False


PROBE = Probe(
    "no batch of an evaluation is given the state of the one before",
    lambda look: chain(
        handed_on_in_evaluation(look.step), begun_with_a_state(look.step, look.starts), asked_again(look.step)
    ),
    of_followed=True,
)
