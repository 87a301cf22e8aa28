"""State of a recurrent agent that runs on over ends of episodes in evaluation, which training keeps out of its loss."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.steps.episode_ends import PLAIN, begins_anew, is_told_to_a_model
from shapecheck.capture.instruments.steps.fresh_rows import are_ends, begun_behind, handed_on, named_by, replaced_rows
from shapecheck.capture.instruments.steps.resets import unasked_reset
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape, refs_in
from shapecheck.capture.recording.user_code import Spot, tree_of
from shapecheck.capture.recording.vocabulary import ALIKE, CELLS, CONVERTS, IMAGES, RECURRENT, TOTALS
from shapecheck.findings import Fix
from shapecheck.reading.sources import is_named, under_methods

_SAME = PLAIN | CONVERTS | frozenset(["logical_and", "logical_or", "bitwise_and", "bitwise_or", "clone"])
_BLANKS = IMAGES | ALIKE
_KEEPS_OUT = frozenset(["mul", "where", "masked_fill", "__getitem__", "masked_select", "__setitem__"])
_CHOOSES = frozenset(["argmax", "multinomial", "max", "topk"])
_CONVERTED = frozenset(["float", "int", "long", "double", "to", "cpu", "detach"])


def played(step: Step) -> Iterator[Sighting]:
    """Rows that a world replaces by fresh ones, as it says in a result that this loop counts, or reads not at all.

    That what comes behind an end belongs to another episode is known from training, where the same says what is left
    out: of the loss, or of the state. Or the agent has a method that blanks the state of some rows, and nobody asks it.
    """
    cells = [node for node in step.recorded if node.name in CELLS | RECURRENT]
    known: dict[Ref, bool] = {}
    for before, cell in handed_on(step, [node for node in cells if not node.graded]):
        for index in ancestors(step.tape, list(refs_in((cell.args[0],))), before.index):
            node = step.node(index)
            ends = replaced_rows(step, node) if node.root < 0 else None
            if ends is None or ends in known:
                continue
            known[ends] = are_ends(step.tape, ends, step.value_of_input(ends), cell) and begins_anew(step, node)
            if not known[ends]:
                continue
            made = step.node(ends.node)
            name, outer = named_by(made)
            if outer is None or not _is_only_counted(outer, name) or is_told_to_a_model(step, ends):
                return
            if _is_left_out_in_training(step.tape, made, cell, step.first):
                yield _told(before, cell, name, outer)
            elif cell.spot is not None and (method := unasked_reset(cell.spot)):
                yield _told_unasked(cell, name, outer, method)
            return


def _is_left_out_in_training(tape: Tape, made: Node, cell: Node, until: int) -> bool:
    """Whether training multiplies by the same ends what the same layer has made, or chooses by them what is kept."""
    ends: set[Ref] = set()
    learned: set[Ref] = set()
    for node in tape.nodes[:until]:
        parents, outs = node.parents, set(node.outs)
        if node.repeats(made):
            ends |= outs
        elif node.module is cell.module and node.name == cell.name and node.graded:
            learned |= outs
        elif ends.intersection(parents):
            others = [parent for parent in parents if parent not in ends]
            if node.name in _SAME and all(_is_blank(tape, parent) for parent in others):
                ends |= outs
            elif node.graded and node.name in _KEEPS_OUT and learned.intersection(others):
                return True
        elif learned.intersection(parents) and node.name not in _CHOOSES and tape.dtype(node.ref).is_floating_point:
            learned |= outs
    return False


def _is_blank(tape: Tape, ref: Ref) -> bool:
    _, node = origin(tape, ref, CONVERTS, is_alone=True)
    return node.name in _BLANKS


def _is_only_counted(outer: Spot, name: str) -> bool:
    """Whether a function asks of what a name stands for only how many there are, or not even that."""
    around = function_around(outer) or tree_of(outer.code.co_filename)
    if not name or around is None:
        return False
    counted = {
        id(part)
        for item in ast.walk(around)
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in TOTALS
        for part in [under_methods(item.func.value, _CONVERTED)]
    }
    return all(
        id(item) in counted for item in ast.walk(around) if is_named(item, name) and isinstance(item.ctx, ast.Load)
    )


def _told(before: Node, cell: Node, name: str, outer: Spot) -> Sighting:
    text = (
        f"`{name}` says which rows begin anew, and training leaves out by the same what comes behind an end; here the "
        f"state that the {cell.name} starts from is what it returned before, as it was, in these rows too: they begin "
        "with what was remembered of what has ended"
    )
    call = before.spot
    while call is not None and call.code is not outer.code:
        call = call.caller
    edits = begun_behind(cell, outer, call, name) if call is not None and name else ()
    fix = Fix("the state times (~done)[:, None], one factor a row", edits, "no")
    return replace(sighted("state_across_episodes", cell, text, (fix,)), span=outer.span)


def _told_unasked(cell: Node, name: str, outer: Spot, method: str) -> Sighting:
    text = (
        f"`{name}` says which rows begin anew, and `{method}` blanks the state of the rows that it is told; nobody "
        f"tells it any: the state that the {cell.name} starts from is what it returned before, in these rows too"
    )
    fix = Fix(f"{method}({name}) behind this line", (), "no")
    return replace(sighted("state_across_episodes", cell, text, (fix,)), span=outer.span)


PROBE = Probe(
    "no state runs on over the end of an episode in evaluation",
    lambda look: played(look.step),
    of_followed=True,
)
