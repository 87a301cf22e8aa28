"""Rows that a contrastive loss takes for positives because their labels are equal: are these the rows' own labels?"""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.rows.copies import copies_in
from shapecheck.capture.instruments.rows.copies_apart import other_arrangement
from shapecheck.capture.instruments.rows.row_ids import in_common, row_ids
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, EQUALS, MATRIX_PRODUCTS, TURNS
from shapecheck.findings import Fix

_SPREADS = AXES_OF_ONE | CONVERTS | TURNS | frozenset(["__getitem__", "view", "reshape", "contiguous", "expand"])
_LEAST = 4
_HOPS = 6


def positives_by_label(step: Step) -> Iterator[Sighting]:
    """``labels[:, None] == labels`` beside ``z @ z.t()``, of rows of the same samples in another order.

    Told only where every row of the one is known to be of a sample that the other has as often, and where some row is
    given a label that is not that of its sample.
    """
    tables = [(table, rows) for table in step.nodes if (rows := _of_itself(step, table)) is not None]
    for node in step.nodes if tables else ():
        labels = _labels(step, node)
        if labels is None:
            continue
        for table, rows in tables:
            if table.shapes[0] != node.shapes[0] or not _meet(step, node, table):
                continue
            wrong = _given_another(step, rows, labels)
            if wrong is not None:
                yield _told(step, labels, wrong, len(step.value(labels)))
                return


def _of_itself(step: Step, node: Node) -> Ref | None:
    """The rows that a table holds each against each."""
    if node.name not in MATRIX_PRODUCTS or len(node.parents) != 2 or node.index not in step.to_loss:
        return None
    turned = step.node(node.parents[1].node)
    is_own = turned.name in TURNS and turned.parents[:1] == node.parents[:1]
    return node.parents[0] if is_own and len(node.shapes[0]) == 2 else None


def _labels(step: Step, node: Node) -> Ref | None:
    """What is held against itself, each number against each, and was not learned."""
    if node.name not in EQUALS or len(node.parents) != 2 or len(node.shapes[0]) != 2 or not node.shapes[0][0]:
        return None
    one, other = (_number_by_number(step, ref, node.shapes[0][0]) for ref in node.parents)
    is_square = node.shapes[0][0] == node.shapes[0][1]
    return one if one == other and one is not None and is_square and one not in step.learned else None


def _number_by_number(step: Step, ref: Ref, count: int) -> Ref | None:
    """A list of so many numbers that a tensor is, with axes of one beside it at most."""
    for _ in range(_HOPS):
        shape = step.tape.shape(ref)
        if shape == (count,):
            return ref
        node = step.node(ref.node)
        if sorted(shape) != [1, count] or node.name not in _SPREADS or not node.parents or step.is_leaf(ref):
            return None
        ref = node.parents[0]
    return None


def _meet(step: Step, node: Node, table: Node) -> bool:
    """Whether something on the way to the loss is made of both tables, number by number."""
    order = sorted(step.to_loss)
    both = set(descendants(step.tape, {node.ref}, order)) & set(descendants(step.tape, {table.ref}, order))
    return any(step.node(index).shapes[0] == node.shapes[0] for index in both)


def _given_another(step: Step, rows: Ref, labels: Ref) -> tuple[int, int] | None:
    """A row, and how many there are, whose label is not that of its sample."""
    mine, theirs = in_common(row_ids(step, rows), row_ids(step, labels))
    # What the rows were drawn with besides, the labels were not.
    shared = frozenset().union(*mine) & frozenset().union(*theirs)
    mine, theirs = (tuple(one & shared for one in each) for each in (mine, theirs))
    values = step.value(labels).tolist()
    is_known = len(mine) == len(theirs) == len(values) >= _LEAST and all(mine) and all(theirs)
    if not is_known or sorted(map(hash, mine)) != sorted(map(hash, theirs)):
        return None
    own = dict(zip(theirs, values, strict=True))
    if any(own[sample] != value for sample, value in zip(theirs, values, strict=True)):
        # Two labels for one sample are a question of another kind.
        return None
    wrong = [row for row, sample in enumerate(mine) if own.get(sample, values[row]) != values[row]]
    return (wrong[0], len(wrong)) if wrong else None


def _told(step: Step, labels: Ref, wrong: tuple[int, int], count: int) -> Sighting:
    node = step.node(labels.node)
    text = (
        f"{wrong[1]} of {count} rows are given the label of another sample, the first of them row {wrong[0]}: the rows "
        "and the labels hold the same samples in different orders, so rows of other classes are taken for positives"
    )
    copies = next((copies for copies in copies_in(step) if copies.node is node), None)
    title, edits = other_arrangement(copies) if copies is not None else ("labels in the order of the rows", ())
    kind = "positives_of_others" if copies is None else "copies_in_another_order"
    return sighted(kind, node, text, (Fix(title, edits, "no"),))


PROBE = Probe(
    "rows that a contrastive loss compares have the labels of their own samples",
    lambda look: positives_by_label(look.step),
)
