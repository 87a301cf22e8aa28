"""What says where an episode ends: it keeps the rewards of what comes next out of what was before."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ALIKE, CELLS, JOINS, RECURRENT, SAME_NUMBERS

PLAIN = SAME_NUMBERS | frozenset(["mul", "rsub", "sub", "bool", "logical_not", "bitwise_not", "unbind", "eq", "flip"])
_MOST_ENDS = 8
_BLANKS = ALIKE | {"empty"}


def cuts_a_chain(step: Step, ref: Ref, *, holds_all: bool = False) -> bool:
    """Whether what was multiplied by it at one time is multiplied at the next once more, as returns are.

    Returns are added up when all ends are known, from the last one on. A mask of the loss is multiplied by at each time
    as well, but into terms that know nothing of each other.

    Args:
        step: The step.
        ref: The ends at one time.
        holds_all: Whether these are those of all times.
    """
    order, ends = sorted(step.to_loss), {ref} if holds_all else alike(step, ref)
    last = max(end.node for end in ends)
    cut = {node.index for node, _ in cuts(step, ends, PLAIN) if node.index > last}
    return any(cut & (set(descendants(step.tape, {Ref(index)}, order)) - {index}) for index in cut)


def cuts_the_next(step: Step, ref: Ref) -> bool:
    """Whether what a recurrent layer said after it was known is multiplied by it: the worth of what comes next.

    A mask of the loss is multiplied into what was said before.
    """
    for end in sorted(alike(step, ref), key=lambda end: end.node)[:_MOST_ENDS]:
        for _, others in cuts(step, {end}, PLAIN - JOINS):
            made = ancestors(step.tape, others, end.node)
            if any(step.node(index).name in CELLS | RECURRENT for index in made):
                return True
    return False


def begins_anew(step: Step, node: Node) -> bool:
    """Whether some rows of a world are chosen and get what has nothing to do with what was there.

    Rows that keep what they had once they are done end as well, and nothing begins in them.
    """
    for other in step.recorded:
        if other is not node and not other.repeats(node):
            continue
        given = other.args[1:3] if other.name == "where" else other.args[2:3]
        if not any(_is_fresh(step, node, item) for item in given):
            return False
    return True


def _is_fresh(step: Step, node: Node, value: object) -> bool:
    open_refs, seen = [value] if isinstance(value, Ref) else [], set[int]()
    while open_refs:
        ref = open_refs.pop()
        made = step.node(ref.node)
        if ref.node in seen or step.is_leaf(ref) or made.name.endswith("_like") or made.name.startswith("new_"):
            continue
        if made.name in CELLS | RECURRENT or made.repeats(node) or made is node:
            return False
        seen.add(ref.node)
        open_refs += made.parents
    return True


def is_told_to_a_model(step: Step, ref: Ref) -> bool:
    """Whether a model reads where an episode ends, by itself or joined with something else."""
    found = plain(step, alike(step, ref), PLAIN)
    for node in step.recorded:
        if not found & set(node.parents):
            continue
        in_model = node.root >= 0 and has_parameters(step.tape.roots[node.root].module)
        if in_model or (node.name in JOINS and node.ref not in found):
            return True
    return False


def alike(step: Step, ref: Ref) -> set[Ref]:
    """The same at other times."""
    made = step.node(ref.node)
    return {node.ref for node in step.recorded if node.repeats(made)} | {ref}


def cuts(step: Step, ends: set[Ref], names: frozenset[str]) -> Iterator[tuple[Node, list[Ref]]]:
    """Where something is multiplied by what was made of ends alone, or chosen by it, and what that is."""
    found = plain(step, ends, names)
    for node in step.all_of_loss:
        others = [parent for parent in node.parents if parent not in found]
        if others and len(others) < len(node.parents) and node.name in {"mul", "where"}:
            yield node, others


def plain(step: Step, ends: set[Ref], names: frozenset[str]) -> set[Ref]:
    """What was made of ends alone: moved, turned round, written one after the other into a blank tensor."""
    found = set(ends)
    for index in range(min(ref.node for ref in ends), step.last):
        node = step.node(index)
        mine = [parent for parent in node.parents if parent in found or _is_put_beside(step, node, parent)]
        is_whole = not found.isdisjoint(mine) and node.name in names and len(mine) == len(node.parents)
        if is_whole or (names >= JOINS and _is_filled(step, node, found)):
            found |= {Ref(index, out) for out in range(len(node.shapes))}
    return found


def _is_put_beside(step: Step, node: Node, ref: Ref) -> bool:
    """Whether a blank is joined on, as it is where ends are moved by a step."""
    return node.name in JOINS and step.node(ref.node).name in _BLANKS


def _is_filled(step: Step, node: Node, plain: set[Ref]) -> bool:
    """Whether one of them is written into a blank tensor, or into one that holds others already."""
    if node.name != "__setitem__" or node.parents[-1] not in plain:
        return False
    return node.parents[0] in plain or step.node(node.parents[0].node).name in _BLANKS
