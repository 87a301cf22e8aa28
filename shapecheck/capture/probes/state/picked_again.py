"""Numbers of the classes from which labels pick those of a batch, and that what was picked takes the place of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

import torch

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_texts
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, HANDS_ON
from shapecheck.findings import Edit, Fix

_PICKS = frozenset(["gather", "__getitem__", "index_select", "take", "take_along_dim", "embedding"])
_KEEPS, _SCALES = HANDS_ON - {"__getitem__"}, frozenset(["mul", "div", "float", "double"])


def picked_again(step: Step, before: Step | None) -> Iterator[Sighting]:
    """``self.alpha = self.alpha[labels]``: the next batch picks from what this one has picked.

    The index is what the loss asks for, so that what it picks from holds a number for each class; and the same line has
    made that, of the labels of the batch before. Who moves a memory, or the beams of a search, goes by other numbers.
    """
    for node in step.all_of_loss if before is not None else ():
        table, index = _picked(node)
        if table is None or index is None or not before or not before.first <= table.node < step.first:
            continue
        old = _made_alike(step, node, table)
        if old is None or table in step.learned or step.tape.dtype(index) != torch.int64:
            continue
        if _is_order(step, index):
            continue
        if _is_of_labels(step, node, index) and not step.tape.has_parameter(old):
            yield _told(step, node, table)
            return


def _picked(node: Node) -> tuple[Ref | None, Ref | None]:
    """From what an operation picks, and by which numbers."""
    if node.name not in _PICKS or len(node.parents) != 2:
        return None, None
    first, second = node.parents
    # F.embedding reads the numbers in front of the table.
    return (second, first) if node.name == "embedding" else (first, second)


def _is_order(step: Step, index: Ref) -> bool:
    """Whether numbers put all rows into an order, as a packed batch has its states."""
    numbers = step.known(index)
    return numbers is not None and sorted(numbers.flatten().tolist()) == [*range(numbers.numel())]


def _made_alike(step: Step, node: Node, table: Ref) -> Node | None:
    """The operation of the step before that has made what is picked from, where it stands at the same place."""
    made = origin(step.tape, table, _KEEPS | _SCALES)[1]
    return made if made.repeats(node) else None


def _is_of_labels(step: Step, node: Node, index: Ref) -> bool:
    """Whether the loss asks for the very numbers: by them it picks from scores, or they are its targets."""
    source = _all_of(step, index)
    for other in step.all_of_loss:
        picks = other.name in _PICKS or other.name in CLASS_LOSSES
        if not picks or other is node or len(other.parents) < 2 or other.parents[0] not in step.learned:
            continue
        if _all_of(step, other.parents[1]) == source:
            return True
    return False


def _all_of(step: Step, ref: Ref) -> Ref:
    """Where the numbers of a tensor come from, as long as they are as many."""
    count = prod(step.tape.shape(ref))
    return [one for one, _ in backwards(step.tape, ref, HANDS_ON) if prod(step.tape.shape(one)) == count][-1]


def _told(step: Step, node: Node, table: Ref) -> Sighting:
    text = (
        f"what the labels of this batch pick from, {step.tape.shape(table)}, is what this line has picked by those of "
        f"the batch before, and no longer one number for each class: for a label k it gives what belonged to sample k "
        "of that batch"
    )
    name, edits = _edits(node.spot)
    title = f"a name of its own for what is picked: {name} = ..." if name else "a name of its own for what is picked"
    return sighted("picked_again", node, text, (Fix(title, edits, "no"),))


def _edits(spot: Spot | None) -> tuple[str, tuple[Edit, ...]]:
    """The result under the plain name of the attribute, here and wherever the function reads it later."""
    statement = statement_at(spot.code.co_filename, spot.line) if spot is not None else None
    function = function_around(spot) if spot is not None else None
    if spot is None or function is None or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return "", ()
    target = statement.targets[0]
    if not isinstance(target, ast.Attribute):
        return "", ()
    used = {item.id for item in ast.walk(function) if isinstance(item, ast.Name)}
    used |= {item.arg for item in ast.walk(function) if isinstance(item, ast.arg)}
    name, end = target.attr.lstrip("_"), statement.end_lineno or statement.lineno
    written = ast.unparse(target)
    later = [item for item in ast.walk(function) if isinstance(item, ast.Attribute) and item.lineno > end]
    alike = [target, *(item for item in later if ast.unparse(item) == written)]
    if name in used:
        return "", ()
    return name, replaced_texts(spot.code.co_filename, dict.fromkeys(alike, name))


PROBE = Probe(
    "what labels pick from is not what they have picked before",
    lambda look: picked_again(look.step, look.before),
    needs_no_run=True,
)
