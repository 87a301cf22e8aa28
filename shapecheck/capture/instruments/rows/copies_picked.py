"""Rows that were picked before a step and then copied: which pick it was, how often, and in which arrangement."""

from __future__ import annotations

from dataclasses import dataclass

from shapecheck.capture.instruments.rows.copies import Copies, copied
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CUTS, ORDERS, SPLITS, TAKES_ROWS

_MOVES_ROWS = ORDERS | {"flip", "roll", "index_select", "gather"}
_MOST = 40


@dataclass(frozen=True, slots=True, eq=False)
class CopiesPicked:
    """Copies of the rows of one pick.

    Args:
        copies: How they were made.
        pick: What says which rows they are, the same for all that was picked along with them.
    """

    copies: Copies
    pick: tuple[object, ...]


def copies_picked(tape: Tape, ref: Ref) -> CopiesPicked | None:
    """``y[pick].repeat_interleave(2)``, or views of ``x[pick]`` that are set under one another or side by side.

    Each view has a row for each row of the pick, and so has all that it was made of since; so has what is made of the
    copies, row by row.
    """
    found, open_refs, seen = list[CopiesPicked](), [ref], set[Ref]()
    while open_refs and len(seen) < _MOST:
        at = open_refs.pop()
        node = tape.nodes[at.node]
        if at in seen or tape.shape(at)[:1] != tape.shape(ref)[:1]:
            continue
        seen.add(at)
        made = _made(tape, node)
        if made is not None:
            found.append(made)
        elif _moves_rows(node):
            return None
        else:
            open_refs += node.parents
    return found[0] if len({(made.pick, made.copies.is_tiled, made.copies.size) for made in found}) == 1 else None


def in_two_orders(one: CopiesPicked | None, other: CopiesPicked | None) -> bool:
    """Whether copies of what was picked together stand under one another in the one, and side by side in the other."""
    if one is None or other is None or one.pick != other.pick or one.copies.is_tiled == other.copies.is_tiled:
        return False
    return (one.copies.size, one.copies.count) == (other.copies.size, other.copies.count)


def _made(tape: Tape, node: Node) -> CopiesPicked | None:
    views = _views(tape, node)
    if views is None:
        return None
    parts, is_tiled = views
    size = tape.shape(parts[0])[:1]
    picks = [_pick(tape, part, size) for part in parts]
    if picks[0] is None or any(pick != picks[0] for pick in picks) or size < (2,):
        return None
    return CopiesPicked(Copies(node, parts[0], size[0], node.shapes[0][0] // size[0], is_tiled), picks[0])


def _views(tape: Tape, node: Node) -> tuple[tuple[Ref, ...], bool] | None:
    """What was set under one another, or side by side and then laid under one another."""
    if not node.parents or not node.shapes or not node.shapes[0]:
        return None
    made = copied(tape, node)
    if made is not None:
        return (made[0],), made[1]
    if node.name == "cat" and len({tape.shape(part) for part in node.parents}) == 1:
        is_under = node.shapes[0][0] == len(node.parents) * tape.shape(node.parents[0])[0]
        return (node.parents, True) if is_under and len(node.parents) > 1 else None
    stack = tape.nodes[node.parents[0].node]
    if node.name not in CUTS or stack.name != "stack" or len(stack.parents) < 2 or len(stack.shapes[0]) < 2:
        return None
    before, after = stack.shapes[0], node.shapes[0]
    part = tape.shape(stack.parents[0])
    if after[0] != before[0] * before[1] or len(stack.parents) == part[0]:
        return None
    return (stack.parents, before[0] == len(stack.parents)) if part[0] in before[:2] else None


def _pick(tape: Tape, ref: Ref, size: tuple[int, ...]) -> tuple[object, ...] | None:
    """By what the rows of a tensor were picked, if all that it was made of with as many rows was picked by one."""
    found, open_refs, seen = set[tuple[object, ...]](), [ref], set[Ref]()
    while open_refs and len(seen) < _MOST:
        at = open_refs.pop()
        node = tape.nodes[at.node]
        if at in seen or tape.shape(at)[:1] != size:
            continue
        seen.add(at)
        pick = _of_node(tape, at, node)
        if pick is not None:
            found.add(pick)
        elif _moves_rows(node):
            return None
        else:
            open_refs += node.parents
    return found.pop() if len(found) == 1 else None


def _of_node(tape: Tape, ref: Ref, node: Node) -> tuple[object, ...] | None:
    draw = tape.drawn.get(node.index)
    if draw is not None:
        return "drawn", draw.data, draw.rows
    if node.name in TAKES_ROWS and len(node.parents) == 2 and tape.shape(node.parents[1])[:1] == node.shapes[0][:1]:
        return "picked", node.parents[1]
    if node.name in SPLITS:
        return "cut", node.name, str(node.args[1:]), str(node.kwargs), tape.shape(node.parents[0])[:1], ref.out
    index = node.argument(1) if node.name == "__getitem__" else None
    first = index[0] if isinstance(index, tuple) and index else index
    is_cut = isinstance(first, slice) and first != slice(None) and not len(node.parents) > 1
    return ("cut", str(first), tape.shape(node.parents[0])[:1]) if is_cut else None


def _moves_rows(node: Node) -> bool:
    """Whether rows may come in another order than before."""
    return node.name in _MOVES_ROWS or (node.name == "__getitem__" and len(node.parents) > 1)
