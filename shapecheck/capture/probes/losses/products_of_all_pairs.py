"""Products of a column and a row that are only summed up: each number meets all others, where each had its own."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.pairs import operands, puts_axis_in, spread, spreads
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.tape import Node, Tape
from shapecheck.capture.recording.vocabulary import REARRANGES, SCALES, TOTALS
from shapecheck.findings import Fix

_SAID = ("None", "newaxis", "unsqueeze", "keepdim", "outer", "view", "reshape")
_FEWEST = 2
_MAX_BEHIND = 40


def products_of_all_pairs(look: Look) -> Iterator[Sighting]:
    """``(rewards[t:] * factors[:n - t]).sum()`` of rewards that are ``(n, 1)``: a sum times a sum.

    What comes out could have been had without any pair, so a table was hardly meant. That a column is as long as a row
    by chance is left out by asking for several lengths at one place.
    """
    tape = look.step.tape
    first = look.before.last if look.before is not None else 0
    places: dict[object, list[Node]] = {}
    for node in tape.nodes[first : look.step.last]:
        if node.spot is not None and _is_table(tape, node):
            places.setdefault(node.spot.place, []).append(node)
    for nodes in places.values():
        lengths = {node.shapes[0] for node in nodes}
        if len(lengths) < _FEWEST or not all(_is_only_summed(tape, node) for node in nodes):
            continue
        one, other = (tape.shape(ref) for ref in nodes[0].parents[:2])
        text = (
            f"{one} against {other} spreads to {spread(one, other)}, and at other times to other tables, all of which "
            "are summed up at once: what comes out is the sum of the one times the sum of the other, whatever "
            "belonged together"
        )
        fix = Fix("both in one shape: .squeeze(-1) of the column", (), "no")
        yield sighted("sums_of_all_products", nodes[0], text, (fix,))
        return


def _is_table(tape: Tape, node: Node) -> bool:
    """Whether it multiplies a column by a row, and nothing there says that all pairs are meant."""
    pair = operands(node) if node.name in SCALES and node.spot is not None else None
    if pair is None or node.spot is None or len(node.shapes[0]) != 2 or len(node.parents) != 2:
        return False
    row, column = sorted((tape.shape(ref) for ref in pair), key=len)
    # An axis that was put to one of them may be for all pairs.
    is_lifted = any(puts_axis_in(made) for ref in pair for _, made in backwards(tape, ref, REARRANGES))
    is_beside = len(row) == 1 and column == (*row, 1) and spreads(row, column)
    return is_beside and not any(word in node.spot.statement for word in _SAID) and not is_lifted


def _is_only_summed(tape: Tape, node: Node) -> bool:
    """Whether all that reads a table makes one number of it."""
    made = node.ref
    behind = tape.nodes[node.index + 1 : node.index + _MAX_BEHIND]
    readers = [other for other in behind if made in other.parents]
    return bool(readers) and all(one.name in TOTALS and prod(one.shapes[0]) == 1 for one in readers)


PROBE = Probe(
    "no sum is taken of the products of all pairs",
    products_of_all_pairs,
    needs_no_run=True,
)
