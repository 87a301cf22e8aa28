"""Messages along edges that are added up at the nodes which they were picked of, while nobody reads the other ends."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, COPIES, ITEMS, SCATTERS, TAKES_ROWS
from shapecheck.findings import Fix

_SEEKS = frozenset(["nonzero", "argwhere", "where"])
_SAME = CONVERTS | COPIES | frozenset(["unsqueeze", "view", "reshape", "__getitem__"])


def sent_to_the_sender(step: Step) -> Iterator[Sighting]:
    """``zeros.index_add(0, src, h[src])`` with ``src, dst = edges``: each node gets nothing but itself, many times.

    Told where the other row of the edges is read by nothing in the step. What is known of each edge, or weighed by both
    of its ends, may well be added up where it begins.
    """
    for node in step.nodes:
        if node.name not in SCATTERS or node.index not in step.to_loss or len(node.parents) < 2 or node.spot is None:
            continue
        indices = [ref for ref in node.parents[1:] if not step.tape.dtype(ref).is_floating_point]
        edges = _row_of_edges(step, indices[0]) if len(indices) == 1 else None
        if edges is None or not _is_other_unread(step, *edges):
            continue
        messages = [ref for ref in node.parents[1:] if ref in step.learned]
        is_graph = _names_nodes(step, *edges, node.shapes[0][0])
        if is_graph and len(messages) == 1 and _are_picked_by(step, messages[0], edges):
            table, row = edges
            text = (
                f"the rows that {node.name} adds up were picked by row {row} of the edges {step.tape.shape(table)}, "
                f"and go to the nodes that the same row names; row {1 - row} is read by nothing: no node hears of "
                "another"
            )
            yield sighted("sent_to_the_sender", node, text, (Fix("the other row of the edges here", (), "no"),))
            return


def _row_of_edges(step: Step, index: Ref) -> tuple[Ref, int] | None:
    """The table of two rows that an index is a row of, and which one."""
    for ref, node in backwards(step.tape, index, _SAME | ITEMS):
        if node.name not in ITEMS or not node.parents or len(step.tape.shape(ref)) != 1:
            continue
        table = node.parents[0]
        row = _row(node, ref)
        if len(step.tape.shape(table)) == 2 and step.tape.shape(table)[0] == 2 and row in (0, 1):
            return table, row
    return None


def _row(node: Node, ref: Ref) -> int | None:
    if node.name == "unbind":
        return ref.out if node.args[1:2] in ((), (0,)) and not node.kwargs else None
    given = node.args[1:] if node.name == "__getitem__" else node.args[2:3] if node.args[1:2] == (0,) else ()
    return given[0] % 2 if len(given) == 1 and type(given[0]) is int else None


def _names_nodes(step: Step, table: Ref, row: int, count: int) -> bool:
    """Whether the other row names nodes as well, and no columns, places or groups, and nothing was sought out here."""
    other = step.value(table)[1 - row]
    made = [step.node(index).name for index in ancestors(step.tape, [table], step.first)]
    return _SEEKS.isdisjoint(made) and bool(count // 2 <= other.max()) and bool(other.max() < count)


def _is_other_unread(step: Step, table: Ref, row: int) -> bool:
    """Whether nobody reads what was taken of the other row of the edges, or of all of them together."""
    for index in range(table.node + 1, step.last):
        node = step.node(index)
        if table not in node.parents:
            continue
        rows = {ref: _row(node, ref) for ref in (Ref(index, out) for out in range(len(node.shapes)))}
        others = {ref for ref, own in rows.items() if node.name not in ITEMS or own != row}
        # What was made of the other ends before the step, such as a matrix, may bring what the neighbours say.
        if any(others & {*step.node(later).parents} for later in range(index + 1, step.last)):
            return False
    return True


def _are_picked_by(step: Step, message: Ref, edges: tuple[Ref, int]) -> bool:
    """Whether the rows are those that the same row of the edges picks, and nothing with a row for each edge joins."""
    count = step.tape.shape(message)[0]
    picked = False
    for index in ancestors(step.tape, [message], step.first):
        node = step.node(index)
        if node.name in TAKES_ROWS and len(node.parents) == 2 and node.parents[0] in step.learned | {*step.inputs}:
            if _row_of_edges(step, node.parents[1]) != edges or _is_added_up(step, node.parents[0]):
                return False
            picked = True
        elif any(
            step.is_leaf(ref) and step.tape.shape(ref)[:1] == (count,) and step.node(ref.node).kind != "parameter"
            for ref in node.parents
        ):
            return False
    return picked


def _is_added_up(step: Step, table: Ref) -> bool:
    """Whether the rows that are picked are sums themselves: a mean of each group, given back to its items."""
    return any(step.node(index).name in SCATTERS for index in ancestors(step.tape, [table], step.first))


PROBE = Probe(
    "messages along edges go to the other ends of these",
    lambda look: sent_to_the_sender(look.step),
)
