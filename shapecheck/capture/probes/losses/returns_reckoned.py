"""Returns that lie the other way round than what they weigh, or that run on over the end of an episode."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import prod

from shapecheck.capture.instruments.steps.carried_sums import (
    Carried,
    carried_sum,
    carried_sums,
    is_called_from,
    is_mentioned_in,
    is_taken_as_filled,
    place_of,
    says_when_to_reset,
    unread_beside,
)
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.in_pieces import Pieces
from shapecheck.capture.recording.reckoned import Flags, Reckoned
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, SELECTS
from shapecheck.findings import Fix

# What leaves each number at its place, whatever it makes of it.
_IN_PLACE = CONVERTS | AXES_OF_ONE | frozenset(
    ["float", "double", "view", "reshape", "flatten", "neg", "exp", "log", "abs", "tanh", "clamp", "add", "sub", "rsub",
     "mul", "div", "true_divide", "pow", "square"]
)  # fmt: skip
_MEETS = frozenset(["mul", "sub", "rsub", "add", "mse_loss", "smooth_l1_loss", "huber_loss", "l1_loss"])
_JOINS = frozenset(["stack", "cat", "hstack"])
_CHOICES = frozenset(["multinomial", "bernoulli", "normal"])
_FEWEST = 4


def reckoned_wrongly(step: Step) -> Iterator[Sighting]:
    """Tensors of sums that a list of Python's own numbers was reckoned to, one from the next."""
    for index, reckoned in step.tape.reckoned.items():
        node = step.node(index)
        if index >= step.last or node.spot is None:
            continue
        carried = carried_sum(node.spot)
        if reckoned.is_reversed:
            is_backwards = carried is not None and is_taken_as_filled(carried, node.spot)
            if (reckoned.is_certain or is_backwards) and _meets_in_order(step, Ref(index), len(reckoned.values)):
                yield _told_reversed(node, reckoned, carried)
                return
        elif reckoned.is_of_past:
            is_discounted = (
                carried is not None and carried.adds_items and not carried.is_backwards and reckoned.factor < 1
            )
            is_met = is_discounted and _meets_in_order(step, Ref(index), len(reckoned.values), frozenset(["mul"]))
            if is_met and _weighs_choices(step):
                yield _told_of_past(node, reckoned, carried)
                return
        elif carried is not None and _reaches(step, Ref(index)):
            for flags in reckoned.flags:
                name = _says_ends(node, carried, flags)
                if name and _is_run_over(reckoned, flags):
                    yield _told_over_ends(node, reckoned, carried, name)
                    return
            for pieces in reckoned.pieces:
                scale = max(map(abs, reckoned.values))
                is_run_over = any(abs(reckoned.values[start]) > 1e-3 * scale for start in pieces.starts)
                # Lists of one length may be what was gathered of one long run, by so many steps at a time.
                is_cut = pieces.is_table or len({*pieces.lengths[:-1]}) == 1
                if is_run_over and (not is_cut or _are_samples(step, pieces)):
                    yield _told_over_pieces(node, reckoned, carried, pieces)
                    return


def _is_run_over(reckoned: Reckoned, flags: Flags) -> bool:
    """Whether a number at which something ends holds what is reckoned of the next one."""
    scale = max(map(abs, reckoned.values))
    return any(
        is_end and abs(after) > 1e-3 * scale for is_end, after in zip(flags.values, reckoned.values[1:], strict=False)
    )


def _are_samples(step: Step, pieces: Pieces) -> bool:
    """Whether a model is given a row for each row of a table, with an item for each of its numbers."""
    sizes = len(pieces.lengths), pieces.lengths[0]
    return any(step.tape.shape(ref)[:2] == sizes for ref in step.inputs)


def _says_ends(node: Node, carried: Carried, flags: Flags) -> str:
    """By what name a script says where an episode ends, and does not ask for it where it carries the sum on.

    Either the loop takes the flags along and never reads them, or it does not know them at all, and they decide where a
    world is reset. Where another sum is cut by them, this one may be meant to run on.
    """
    name = unread_beside(carried, flags.name, flags.column)
    if name:
        return name
    assert node.spot is not None
    tree = tree_of(node.spot.code.co_filename)
    if tree is None or flags.column is not None or not says_when_to_reset(tree, flags.name):
        return ""
    return "" if any(is_mentioned_in(one, flags.name) for one in carried_sums(tree)) else flags.name


def _reaches(step: Step, ref: Ref) -> bool:
    """Whether the loss is made of it, be it that it was scaled before the step."""
    return any(ref in step.node(index).parents for index in ancestors(step.tape, [step.loss], ref.node))


def _meets_in_order(step: Step, ref: Ref, count: int, by: frozenset[str] = _MEETS) -> bool:
    """Whether the numbers meet, at their places, what was put together or made in the order of time."""
    alike = {ref}
    parts: dict[Ref, int] = {}
    met: list[tuple[int, Ref]] = []
    for index in range(ref.node + 1, step.last):
        node = step.node(index)
        mine = [parent for parent in node.parents if parent in alike]
        others = [parent for parent in node.parents if parent not in alike and parent not in parts]
        at = next((parts[parent] for parent in node.parents if parent in parts), None)
        if at is not None:
            if node.name in by and len(others) == 1 and index in step.to_loss:
                met.append((at, others[0]))
            elif node.name in _IN_PLACE and not others:
                parts[Ref(index)] = at
        elif mine and node.name == "unbind":
            parts |= {Ref(index, out): out for out in range(len(node.shapes))}
        elif mine and node.name in SELECTS and isinstance(node.args[-1], int):
            parts[Ref(index)] = node.args[-1] % count
        elif mine and node.name in _MEETS | _IN_PLACE:
            wide = [parent for parent in others if _count(step, parent) > 1]
            if not wide and _count(step, Ref(index)) == count:
                alike.add(Ref(index))
            elif node.name in by and index in step.to_loss and any(_is_in_order(step, one, count) for one in wide):
                return True
    met.sort(key=lambda pair: pair[0])
    places = [at for at, _ in met]
    return len(set(places)) == len(places) and _are_made_in_turn(step, [other for _, other in met])


def _weighs_choices(step: Step) -> bool:
    """Whether the loss is made of how likely it was what a policy drew."""
    made = (step.node(index) for index in ancestors(step.tape, [step.loss], step.first))
    return any(node.name in _CHOICES and not step.learned.isdisjoint(node.parents) for node in made)


def _count(step: Step, ref: Ref) -> int:
    return prod(step.tape.shape(ref))


def _is_in_order(step: Step, ref: Ref, count: int) -> bool:
    """Whether it was put together of items of which each was made after the one before."""
    if _count(step, ref) != count:
        return False
    for _, node in backwards(step.tape, ref, _IN_PLACE):
        items = node.args[0] if node.name in _JOINS and node.args else None
        if isinstance(items, list | tuple):
            return len(items) == count and _are_made_in_turn(step, [item for item in items if isinstance(item, Ref)])
    return False


def _are_made_in_turn(step: Step, items: list[Ref]) -> bool:
    # What was made of each in the order of a loop says nothing of the order in which these were made.
    made = [origin(step.tape, item, _IN_PLACE, is_alone=True)[1] for item in items]
    return len(made) >= _FEWEST and all(one.index < other.index and other.repeats(one) for one, other in pairwise(made))


def _told_reversed(node: Node, reckoned: Reckoned, carried: Carried | None) -> Sighting:
    text = (
        f"the first of these {len(reckoned.values)} numbers is the last reward, and each next one is the reward before "
        f"it and {reckoned.factor:.4g} times the number in front: they run from the last step to the first. What they "
        "are held against was made from the first step to the last, so the first step is weighed with the last reward"
    )
    kept = carried.keeps if carried is not None and carried.method == "append" else None
    seen = sighted("returns_reversed", node, text)
    if node.spot is None or not isinstance(kept, ast.Expr) or not isinstance(kept.value, ast.Call):
        return seen
    call = kept.value
    func = call.func
    assert isinstance(func, ast.Attribute)
    better = f"{ast.unparse(func.value)}.insert(0, {ast.unparse(call.args[0])})"
    edits = replaced_text(node.spot.code.co_filename, call, better)
    return replace(seen, span=place_of(node.spot, kept), fixes=(Fix(better, edits, "no"),))


def _told_of_past(node: Node, reckoned: Reckoned, carried: Carried | None) -> Sighting:
    text = (
        f"each of these {len(reckoned.values)} numbers is a reward and {reckoned.factor:.4g} times the number before "
        "it. They weigh how likely it was what was drawn in each step: a choice is weighed with what was reached "
        "before it was made, and with nothing that came of it but the next reward"
    )
    fix = Fix("the rewards from the last to the first, and each sum put in front: insert(0, total)", (), "no")
    seen = sighted("returns_reversed", node, text, (fix,))
    return seen if carried is None or node.spot is None else replace(seen, span=place_of(node.spot, carried.keeps))


def _told_over_ends(node: Node, reckoned: Reckoned, carried: Carried, name: str) -> Sighting:
    assert node.spot is not None
    text = (
        f"each of these {len(reckoned.values)} numbers is a reward and {reckoned.factor:.4g} times the next number, "
        f"also where {name!r} says that an episode ends: its last steps are credited with the rewards of the episode "
        "that begins behind it"
    )
    fix = Fix(f"the sum that is carried on times (1 - {name})", (), "no")
    return replace(sighted("returns_over_ends", node, text, (fix,)), span=place_of(node.spot, carried.sum))


def _told_over_pieces(node: Node, reckoned: Reckoned, carried: Carried, pieces: Pieces) -> Sighting:
    assert node.spot is not None
    what = "row" if pieces.is_table else "list"
    at = next(pieces.starts)
    text = (
        f"each of these {len(reckoned.values)} numbers is a reward and {reckoned.factor:.4g} times the next number, "
        f"although {pieces.name!r} holds the rewards in {len(pieces.lengths)} {what}s: the sum at the end of the first "
        f"is {reckoned.values[at - 1]:.4g}, made with the {reckoned.values[at]:.4g} at which the second begins"
    )
    fix = Fix(f"a sum for each {what} of {pieces.name} by itself, which begins at 0", (), "no")
    seen = sighted("returns_over_ends", node, text, (fix,))
    # A function that reckons the sums of one list is right, and given too long a one.
    return seen if is_called_from(carried, node.spot) else replace(seen, span=place_of(node.spot, carried.sum))


PROBE = Probe(
    "returns lie in the order of the steps and stop where an episode ends",
    lambda look: reckoned_wrongly(look.step),
    needs_no_run=True,
)
