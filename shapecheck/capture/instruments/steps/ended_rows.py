"""Masks that end each row where a token of one kind first stands: what comes behind it was written for nothing."""

from __future__ import annotations

from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import EQUALS, RANDOM

_MOST = 400
# What says of a step whether something stood in front of it, or of a row where something stands.
_LOOKS_BACK = frozenset(["cumsum", "cumprod", "cummax", "argmax", "argmin", "max", "min", "nonzero", "stack", "cat"])


def ends_at_a_token(tape: Tape, mask: Ref) -> bool:
    """Whether a mask was made of nothing but whole numbers, by looking back for where one of their kinds stands.

    Such a mask says of each sequence how far it goes, whatever was drawn behind its end.
    """
    return _asks_and_looks_back(tape, mask) == (True, True)


def _asks_and_looks_back(tape: Tape, ref: Ref) -> tuple[bool, bool]:
    """Whether something on the way to a tensor asks for a kind of tokens, and whether something looks back there."""
    seen: set[Ref] = set()
    open_refs, asks, looks_back = [ref], False, False
    while open_refs:
        ref = open_refs.pop()
        if ref in seen:
            continue
        seen.add(ref)
        node = tape.nodes[ref.node]
        is_given = node.function is None or node.name in RANDOM
        if len(seen) > _MOST or (is_given and tape.dtype(ref).is_floating_point):
            return False, False
        if _asks_for_a_kind(tape, node):
            # What counts the places of a kind is asked for a number in its turn.
            above = _asks_and_looks_back(tape, node.parents[0])
            asks, looks_back = True, looks_back or above == (True, True)
        elif not is_given:
            looks_back |= node.name in _LOOKS_BACK
            open_refs += node.parents
    return asks, looks_back


def _asks_for_a_kind(tape: Tape, node: Node) -> bool:
    """``tokens == 1``, of numbers that are no answers of yes and no themselves."""
    if node.name not in EQUALS or len(node.parents) != 1 or len(node.args) != 2 or isinstance(node.args[1], bool):
        return False
    dtype = tape.dtype(node.parents[0])
    return not dtype.is_floating_point and not dtype.is_complex and dtype.itemsize > 1
