"""Rows of numbers, one for each row of a table of two kinds of things, that meet its columns instead."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.strands import Axes, aligned
from shapecheck.capture.instruments.axes.woven import Weave
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ARITHMETIC, PRODUCTS
from shapecheck.findings import Fix


def laid_beside_its_rows(look: Look) -> Iterator[Sighting]:
    """``u[None, :] * kernel`` where ``u = 1 / (kernel @ v)``: it has a number for each row, and scales the columns.

    The rows and the columns are of different things, since they began in different tensors. Of a table of pairs of the
    same things, such as the edges of a graph, what is summed up along one axis may well stand along the other; and so
    may what belongs to pairs, where each row and the column of its number meet elsewhere.
    """
    if look.before is not None:
        return
    step, weave = look.step, look.weave
    for node, one, other in weave.meetings:
        if node.name not in ARITHMETIC or len(node.parents) != 2 or node.spot is None:
            continue
        raw = [weave.of(ref) for ref in node.parents]
        for at, mine, table in ((0, one, other), (1, other, one)):
            is_beside = _is_beside(weave, mine, table) and _is_beside(weave, raw[at], raw[1 - at])
            if is_beside and not _is_laid_rightly(step, weave, node, node.parents[at]):
                yield _told(step, node, at)
                return


def _is_beside(weave: Weave, mine: Axes, table: Axes) -> bool:
    """Whether the only axis of one lies along another axis of the other than that which it came of."""
    only = [axis for axis in mine if axis.size > 1]
    ends = [axis.whole for axis in table]
    if len(only) != 1 or (own := only[0].whole) is None or None in ends or len(ends) != 2:
        return False
    rows, columns = (end.origin for end in ends if end is not None)
    met = [pair[1].whole for pair in aligned(mine, table) if pair[0] is only[0]]
    if len(met) != 1 or met[0] is None or rows == columns or own.origin not in (rows, columns):
        return False
    begun = [weave.step.node(weave.begun[one].node) for one in (rows, columns)]
    # What a layer makes of each row may stand for the rows themselves.
    is_made = any(weave.step.tape.has_parameter(node) for node in begun)
    is_of_two = weave.begun[rows] != weave.begun[columns] and not is_made and not only[0].strands[0].is_turned
    return is_of_two and met[0].origin != own.origin and not _are_paired(weave, {rows, columns})


def _are_paired(weave: Weave, both: set[int]) -> bool:
    """Whether what lies along two axes meets item by item, and not in a table of them."""
    met = [(one, other) for _, one, other in weave.meetings]
    products = [node for node in weave.step.of_loss if node.name in PRODUCTS and len(node.parents) == 2]
    met += [(one[:-2], other[:-2]) for one, other in (map(weave.of, node.parents) for node in products)]
    met += [_by_letters(weave, node) for node in weave.step.of_loss if node.name == "einsum" and len(node.parents) == 2]
    for one, other in met:
        for pair in aligned(one, other):
            ends = {end.origin for axis in pair if (end := axis.whole) is not None}
            is_table = any(sum(bool(axis.origins & both) for axis in axes) > 1 for axes in (one, other))
            if ends == both and not is_table:
                return True
    return False


def _by_letters(weave: Weave, node: Node) -> tuple[Axes, Axes]:
    """The axes of two tensors that have one letter."""
    words = str(node.args[0]).replace(" ", "").partition("->")[0].split(",")
    pairs = [dict(zip(word, weave.of(ref), strict=False)) for word, ref in zip(words, node.parents, strict=False)]
    shared = [letter for letter in pairs[0] if letter in pairs[-1]]
    return tuple(pairs[0][letter] for letter in shared), tuple(pairs[-1][letter] for letter in shared)


def _is_laid_rightly(step: Step, weave: Weave, node: Node, ref: Ref) -> bool:
    """Whether the same numbers stand along their own axis of such a table as well: then both may be meant."""
    row = _row_of(step, ref)
    for other, one, two in weave.meetings:
        for at, mine, table in ((0, one, two), (1, two, one)):
            if other is node or at >= len(other.parents) or _row_of(step, other.parents[at]) != row:
                continue
            ends = [axis.whole for axis in table]
            if len(ends) == 2 and None not in ends and not _is_beside(weave, mine, table):
                return True
    return False


def _row_of(step: Step, ref: Ref) -> Ref:
    """The numbers without the axes of one that they were given."""
    node = step.node(ref.node)
    while node.parents and node.name in ("__getitem__", "unsqueeze", "view", "reshape", "t", "T"):
        ref = node.parents[0]
        node = step.node(ref.node)
    return ref


def _told(step: Step, node: Node, at: int) -> Sighting:
    shape, table = step.tape.shape(node.parents[at]), step.tape.shape(node.parents[1 - at])
    along = len(table) - len(shape) + max(range(len(shape)), key=lambda axis: shape[axis])
    text = (
        f"{shape} has a number for each item of axis {1 - along} of {table}, of which it was made; here it is laid "
        f"along axis {along}, which holds other things and happens to be as long"
    )
    call = "[:, None]" if along == 1 else "[None, :]"
    return sighted("reduced_without_keepdim", node, text, (Fix(call, (), "no"),))


PROBE = Probe(
    "numbers for the rows of a table of two kinds of things do not meet its columns",
    laid_beside_its_rows,
    needs_no_run=True,
    turn=Turn.AFTER_NAMES,
)
