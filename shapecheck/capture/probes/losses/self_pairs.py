"""A contrastive loss whose positives hold the pair of each sample with itself, which its denominator leaves out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, Values, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at, unparsed
from shapecheck.capture.recording.vocabulary import MATRIX_PRODUCTS, TURNS
from shapecheck.findings import Edit, Fix

_PICKS = {"mul", "where", "__getitem__", "masked_select"}
_SUMS = frozenset(["sum", "logsumexp"])
_LEAST = 4


def self_pairs(step: Step) -> Iterator[Sighting]:
    """What a sample has in common with itself is left out of the sum of all pairs, and counts as a positive one."""
    for node in step.of_loss:
        if node.name not in MATRIX_PRODUCTS or not _is_with_itself(step, node):
            continue
        size = node.shapes[0][0]
        moved = _moved_with(step, node, torch.eye(size))
        sums = _sums_without(step, node, moved)
        if not sums:
            continue
        for at in descendants(step.tape, {node.ref}, step.order):
            reader = step.node(at)
            if reader.name in _PICKS and Ref(at) in moved:
                mask = _positives(step, reader, moved)
                if mask is not None and _are_added_up(step, node, sums, step.value(mask).bool()):
                    yield _told(step, node, reader, mask)
                    return


def _is_with_itself(step: Step, node: Node) -> bool:
    """Whether it is the table of all pairs of the rows of one tensor."""
    rows = node.shapes[0]
    if len(node.parents) != 2 or len(rows) != 2 or rows[0] != rows[1] or rows[0] < _LEAST:
        return False
    other = step.node(node.parents[1].node)
    return other.name in TURNS and bool(other.parents) and other.parents[0] == node.parents[0]


def _moved_with(step: Step, node: Node, pairs: Tensor) -> dict[Ref, Tensor]:
    """What moves if some pairs are less alike than they are."""
    table = step.value(node.ref)
    other = table - 0.3 * pairs.to(table.device) * (table.abs() + table.std())
    base = step.run()
    behind = descendants(step.tape, {node.ref}, step.order)
    # The largest of a row is taken off for the sake of the exponential: it makes no difference, and stays.
    largest = {Ref(index): base[Ref(index)] for index in behind if step.node(index).name in ("max", "amax")}
    try:
        after: Values = step.changed_together({node.ref: other, **largest})
    except Exception:
        return {}
    return {ref: difference(base[ref], out) for ref, out in after.items() if ref in base}


def _sums_without(step: Step, node: Node, moved: dict[Ref, Tensor]) -> list[Ref]:
    """Where the pairs of each row are added up without the one on the diagonal."""
    size = node.shapes[0][0]
    exponentials = False
    found = []
    for index in descendants(step.tape, {node.ref}, step.order):
        other = step.node(index)
        exponentials |= other.name in ("exp", "logsumexp")
        ref = Ref(index)
        is_row = other.name in _SUMS and step.tape.shape(other.parents[0]) == (size, size)
        if is_row and exponentials and ref in moved and not bool(moved[ref].any()) and other.shapes[0][:1] == (size,):
            found.append(ref)
    return found


def _are_added_up(step: Step, node: Node, sums: list[Ref], positives: Tensor) -> bool:
    """Whether some sum holds the other positives of a row: what holds the negatives alone leaves out all of them."""
    others = positives & ~torch.eye(len(positives), dtype=torch.bool, device=positives.device)
    moved = _moved_with(step, node, others)
    rows = others.any(1)
    return any(ref in moved and bool(moved[ref].reshape(len(rows), -1).any(1)[rows].all()) for ref in sums)


def _positives(step: Step, reader: Node, moved: dict[Ref, Tensor]) -> Ref | None:
    """The pairs of equal label, if they pick the diagonal, and nothing else that moved with it.

    A diagonal that nothing moves counts as well where it is one number that was made of nothing, such as ``log(1e-8)``.
    """
    operands = [ref for ref in reader.parents if ref in moved and len(moved[ref].shape) == 2]
    masks = [ref for ref in reader.parents if ref not in step.learned]
    if len(operands) != 1 or len(masks) != 1:
        return None
    seen, value = moved[operands[0]], step.value(masks[0])
    if value.shape != seen.shape or bool((seen & ~torch.eye(len(seen), dtype=torch.bool)).any()):
        return None
    if not bool(seen.any()) and not _is_made_of_nothing(step.value(operands[0])):
        return None
    kept = value.bool()
    is_mask = are_truths(value) and bool((kept == kept.t()).all())
    return masks[0] if is_mask and bool(kept.diagonal().all()) and len(kept) < int(kept.sum()) < kept.numel() else None


def _is_made_of_nothing(table: Tensor) -> bool:
    """Whether the diagonal of a table is one number, finite and farther from 0 than most others are."""
    own = table.diagonal()
    is_one = bool((own == own[:1]).all()) and bool(own.isfinite().all())
    return is_one and bool(own[0].abs() > table.abs().median()) and not bool((table == own[0]).all())


def _told(step: Step, table: Node, reader: Node, mask: Ref) -> Sighting:
    size, count = table.shapes[0][0], int(step.value(mask).bool().sum())
    made = step.node(mask.node)
    if made.spot is None or step.is_leaf(mask):
        made = reader
    line = table.spot.line if table.spot is not None else 0
    text = (
        f"{count} of the {size} x {size} pairs are positive, and {size} of these are a sample with itself; the sum of "
        f"all pairs leaves those out. What a sample has in common with itself (line {line}) so counts in the mean of "
        "its positives"
    )
    fix = Fix("positives without the diagonal", (), "no")
    if made is not reader:
        verified = tried(step, {made.index: _without_diagonal(made)})
        fix = Fix(fix.title, _edit(made), verified, "no sample is its own positive")
    return sighted("own_positive", made, text, (fix,))


def _without_diagonal(made: Node) -> Run:
    def run(*args: object, **kwargs: object) -> Tensor:
        result: Tensor = made.function(*args, **kwargs)  # type: ignore[misc]
        return result.clone().fill_diagonal_(0)

    return run


def _edit(made: Node) -> tuple[Edit, ...]:
    """The edit that clears the diagonal where the mask is given its name."""
    assert made.spot is not None
    statement = statement_at(made.spot.code.co_filename, made.spot.line)
    if not isinstance(statement, ast.Assign) or ast.unparse(statement.value) != unparsed(made.spot.span.text):
        return ()
    value = ast.unparse(statement.value)
    plain = value if isinstance(statement.value, ast.Call | ast.Name) else f"({value})"
    return replaced_text(made.spot.code.co_filename, statement.value, f"{plain}.clone().fill_diagonal_(0)")


PROBE = Probe(
    "no sample of a contrastive loss is its own positive",
    lambda look: self_pairs(look.step),
)
