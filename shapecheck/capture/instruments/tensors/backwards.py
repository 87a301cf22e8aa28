"""What a tensor was made of, walked back from operation to operation over the first tensor that each of them read."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import islice

from shapecheck.capture.recording.tape import Node, Ref, Tape


def backwards(
    tape: Tape, ref: Ref, through: Container[str] | None, hops: int | None = None, *, first: int = 0,
    is_alone: bool = False,
) -> Iterator[tuple[Ref, Node]]:  # fmt: skip
    """A tensor and what it was made of, nearest first, each with the node that made it.

    Args:
        tape: The tape.
        ref: The tensor.
        through: The names of the operations that are gone through; None for any.
        hops: How many tensors are given at most. It says how far arithmetic is followed; what only hands a tensor on
            needs no limit.
        first: What was made before this node is not gone through.
        is_alone: Whether only operations are gone through that read no second tensor.
    """
    return islice(_all(tape, ref, through, first, is_alone), hops)


def origin(
    tape: Tape, ref: Ref, through: Container[str], *, first: int = 0, is_alone: bool = False
) -> tuple[Ref, Node]:
    """The farthest of these: what operations of these names made a tensor of, with the node that made it."""
    *_, found = backwards(tape, ref, through, first=first, is_alone=is_alone)
    return found


def _all(
    tape: Tape, ref: Ref, through: Container[str] | None, first: int, is_alone: bool
) -> Iterator[tuple[Ref, Node]]:
    while True:
        node = tape.nodes[ref.node]
        yield ref, node
        parents = node.parents
        is_named = through is None or node.name in through
        if not is_named or not parents or ref.node < first or (is_alone and len(parents) > 1):
            return
        ref = parents[0]
