"""Which operations a backward goes through, as the tape has them."""

from __future__ import annotations

import torch

from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import DETACHES, IMAGES

# Through these goes no gradient.
_ENDS = DETACHES | IMAGES

# Of a second tensor these take the shape or the dtype alone.
_LIKE = frozenset(["to", "expand", "view", "reshape", "expand_as", "view_as", "reshape_as"])


def graph_of(tape: Tape, loss: Ref, carries: dict[int, bool]) -> set[int]:
    """The operations that a backward from here would go through."""
    found: set[int] = set()
    open_nodes = [loss.node]
    while open_nodes:
        index = open_nodes.pop()
        if index not in found and _carries(tape, index, carries):
            found.add(index)
            # Through numbers of an item, such as those that a topk returns beside the values, nothing flows.
            open_nodes += [ref.node for ref in _read(tape.nodes[index]) if _flows(tape.dtype(ref))]
    return found


def _carries(tape: Tape, index: int, known: dict[int, bool]) -> bool:
    """Whether a node is an operation with a graph; nodes are asked in their order, so that nothing recurs deeply."""
    open_nodes = [index]
    while open_nodes:
        at = open_nodes[-1]
        if at in known:
            open_nodes.pop()
            continue
        node = tape.nodes[at]
        if not records(node):
            known[at] = False
            continue
        parents = [parent.node for parent in _read(node) if tape.nodes[parent.node].function is not None]
        unknown = [parent for parent in parents if parent not in known and parent < at]
        if unknown:
            open_nodes += unknown
            continue
        known[at] = any(known.get(parent, False) for parent in parents) or any(
            tape.nodes[parent.node].kind == "parameter" for parent in _read(node)
        )
    return known[index]


def _read(node: Node) -> tuple[Ref, ...]:
    """The tensors whose numbers an operation reads."""
    return node.parents[:1] if node.name in _LIKE else node.parents


def records(node: Node) -> bool:
    """Whether a gradient goes through an operation."""
    return node.function is not None and node.graded and node.name not in _ENDS and any(map(_flows, node.dtypes))


def _flows(dtype: torch.dtype) -> bool:
    return dtype.is_floating_point or dtype.is_complex
