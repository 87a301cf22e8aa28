"""Rows of a tensor that change places in the tensor itself, one by one, and are read after they were written over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.capture.recording.vocabulary import CONVERTS, SELECTS
from shapecheck.findings import Fix

_FEWEST = 3
_COPIES = frozenset(["clone", "contiguous", "to"])


@dataclass(frozen=True, slots=True, eq=False)
class _Move:
    """One row that is put in the place of another: which one, where to, and when its numbers are read."""

    node: Node
    whole: Ref
    row: int
    to: int
    read_at: int


def moved_in_place(step: Step) -> Iterator[Sighting]:
    """``for row, place in enumerate(order): x[place] = x[row]``, and ``x[i], x[j] = x[j], x[i]``.

    What a place held is gone once another row was put there. Whoever hands a value on from row to row reads what was
    written just before on purpose; but each row that goes to one place, and each place that gets one row, says that the
    rows were to change places and none was to be lost.
    """
    for moves in _runs(step):
        if _is_permutation(step, moves):
            lost = _lost(moves)
            if lost:
                yield _told(moves[0].node, len(moves), len(lost), "x[order] = x.clone()")
                return
        for one, other in pairwise(moves):
            is_swap = (one.row, one.to) == (other.to, other.row) and one.row != one.to
            if is_swap and one.node.index < other.read_at and _is_one_statement(one.node, other.node):
                yield _told(one.node, 2, 1, "x[[i, j]] = x[[j, i]]")
                return


def _runs(step: Step) -> Iterator[list[_Move]]:
    """Moves within one tensor, each the next thing that is done to it."""
    run: list[_Move] = []
    for node in step.recorded:
        if node.name != "__setitem__" or len(node.args) < 3:
            continue
        move = _move(step, node)
        if run and (move is None or move.whole != run[-1].node.ref):
            if move is None and node.parents[0] != run[-1].node.ref:
                continue
            yield run
            run = []
        if move is not None:
            run.append(move)
    if run:
        yield run


def _move(step: Step, node: Node) -> _Move | None:
    value = node.args[2]
    to = _number(step, node.args[1])
    if to is None or not isinstance(value, Ref) or node.spot is None:
        return None
    is_copied = False
    for ref, made in backwards(step.tape, value, CONVERTS, is_alone=True):
        if made.name in SELECTS and made.parents and _number(step, made.args[-1]) is not None:
            row = _number(step, made.args[-1])
            is_same = _is_version_of(step, node.parents[0], made.parents[0])
            if row is None or not is_same or step.tape.shape(ref) != step.tape.shape(made.parents[0])[1:]:
                return None
            return _Move(node, node.parents[0], row, to, made.index if is_copied else node.index)
        is_copied |= made.name in _COPIES
    return None


def _number(step: Step, index: object) -> int | None:
    if isinstance(index, Ref):
        if step.tape.shape(index) != () or step.tape.dtype(index).is_floating_point:
            return None
        value = step.value_of_input(index)
        return None if value is None or value.dtype.is_complex else int(value)
    return index if isinstance(index, int) and not isinstance(index, bool) and index >= 0 else None


def _is_version_of(step: Step, ref: Ref, other: Ref) -> bool:
    """Whether one is the other after rows of it were set."""
    while ref != other:
        node = step.node(ref.node)
        if node.name != "__setitem__" or ref.node < step.first:
            return False
        ref = node.parents[0]
    return True


def _is_permutation(step: Step, moves: list[_Move]) -> bool:
    every = list(range(step.tape.shape(moves[0].whole)[0]))
    is_loop = all(move.node.repeats(moves[0].node) for move in moves)
    rows, places = sorted(move.row for move in moves), sorted(move.to for move in moves)
    return is_loop and len(moves) >= _FEWEST and rows == places == every


def _lost(moves: list[_Move]) -> list[_Move]:
    """The moves that read a row where another one was put before."""
    written: dict[int, int] = {}
    found = []
    for move in moves:
        if move.row in written and written[move.row] < move.read_at:
            found.append(move)
        if move.row != move.to:
            written.setdefault(move.to, move.node.index)
    return found


def _is_one_statement(one: Node, other: Node) -> bool:
    """Whether both are the targets of one statement, which gives two places what the other one holds."""
    if one.spot is None or other.spot is None or one.spot.code is not other.spot.code:
        return False
    statement = statement_at(one.spot.code.co_filename, one.spot.line)
    is_same = statement is statement_at(other.spot.code.co_filename, other.spot.line)
    return is_same and isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple)


def _told(node: Node, count: int, lost: int, title: str) -> Sighting:
    text = (
        f"{count} rows of {node.shapes[0]} change places one by one in the tensor itself, and {lost} of them "
        f"{'is' if lost == 1 else 'are'} read where another row was put before: what stood there is lost, and the "
        "other row stands there twice"
    )
    return sighted("reads_what_it_changes", node, text, (Fix(title, (), "no"),))


PROBE = Probe(
    "rows that change places in a tensor are all kept",
    lambda look: moved_in_place(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
