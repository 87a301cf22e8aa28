"""Which rows a contrastive loss takes for two views of one sample, and which rows are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.rows.named_columns import named_columns
from shapecheck.capture.instruments.rows.row_ids import in_common, row_ids
from shapecheck.capture.instruments.rows.row_order import given_axis
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, MATRIX_PRODUCTS, TURNS
from shapecheck.findings import Edit, Fix

_KEEP = frozenset(
    ["div", "mul", "masked_fill", "fill_diagonal_", "sub", "add", "to", "clamp", "contiguous", "__setitem__"]
)
_LEAST = 4
_HOPS, _INSIDE = 12, 40


def positives(step: Step) -> Iterator[Sighting]:
    """Similarities of each row with each, and labels that name rows of other samples as the ones that belong to it.

    Told only where every sample is there twice and not one row is paired with the other view of its sample.
    """
    for node in step.of_loss:
        if node.name != "cross_entropy" or len(node.parents) < 2:
            continue
        table, told = named_columns(step, *node.parents[:2]) or (None, None)
        pair = _compared(step, table) if table is not None else None
        if table is None or pair is None or told is None or told.shape != step.tape.shape(pair[0])[:1]:
            continue
        is_self, without_own = pair[0] == pair[1], pair[2]
        rows, columns = in_common(row_ids(step, pair[0]), None if is_self else row_ids(step, pair[1]))
        shape = (len(rows), len(columns) - without_own)
        if len(rows) < _LEAST or not all(rows) or step.tape.shape(table) != shape:
            continue
        named = [int(label) for label in told.tolist()]
        if without_own:
            # Behind the place where each row's own column was taken out, all stand one to the left.
            named = [name + (name >= row) for row, name in enumerate(named)]
        if not all(0 <= name < len(columns) and (name != row or not is_self) for row, name in enumerate(named)):
            continue
        if not all(columns.count(row) == (2 if is_self else 1) for row in rows):
            continue
        if any(rows[row] == columns[name] for row, name in enumerate(named)):
            continue
        if not is_self and rows == columns and all(name == (row + 1) % len(rows) for row, name in enumerate(named)):
            # Each is to find the one that follows it.
            continue
        first = columns.index(rows[0], 1 if is_self else 0)
        text = (
            f"row 0 of the {len(rows)} belongs to the same sample as row {first}, and the loss names row {named[0]} as "
            "its match; not one row is matched with the other view of its sample, and these are pushed apart"
        )
        made = _joined(step, pair[0])
        edits = (
            _side_by_side(made) if made is not None and all(name == row ^ 1 for row, name in enumerate(named)) else ()
        )
        title = "the views in the order of the labels" if edits else "labels that name the other view of each sample"
        yield sighted("positives_of_others", made or node, text, (Fix(title, edits, "no"),))
        return


def _compared(step: Step, ref: Ref) -> tuple[Ref, Ref, bool] | None:
    """The rows, and the columns, that similarities are of; and whether that of each row with itself was taken out."""
    without_own = False
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.name in MATRIX_PRODUCTS and len(node.parents) == 2:
            other = step.node(node.parents[1].node)
            if other.name not in TURNS or not other.parents or len(other.shapes[0]) != 2:
                return None
            return node.parents[0], other.parents[0], without_own
        rest = _rest_of(step, node)
        if rest is not None and not without_own:
            without_own, ref = True, rest
            continue
        if node.name not in _KEEP or not node.parents or step.is_leaf(ref):
            return None
        ref = next((parent for parent in node.parents if parent in step.learned), node.parents[0])
    return None


def _rest_of(step: Step, node: Node) -> Ref | None:
    """The square table of which ``table[~eye].view(n, n - 1)`` holds all but the diagonal."""
    picked = step.node(node.parents[0].node) if node.name in CUTS and node.parents else None
    if picked is None or picked.name not in ("__getitem__", "masked_select") or len(picked.parents) != 2:
        return None
    table, mask = picked.parents
    shape = step.tape.shape(table)
    is_square = len(shape) == 2 and shape[0] == shape[1] and step.tape.shape(mask) == shape
    if not is_square or node.shapes[0] != (shape[0], shape[0] - 1) or step.tape.dtype(mask) != torch.bool:
        return None
    return table if torch.equal(step.value(mask), ~torch.eye(shape[0], dtype=torch.bool)) else None


def _joined(step: Step, ref: Ref) -> Node | None:
    """Where the views were put one behind the other: in front of a model, or in it."""
    rows = step.tape.shape(ref)[:1]
    for _, node in backwards(step.tape, ref, None, _INSIDE):
        if node.name == "cat" and given_axis(node) == 0 and node.shapes[0][:1] == rows:
            return node
    for _ in range(_HOPS):
        root = next((root for root in step.roots if ref in root.outputs and root.inputs), None)
        if root is not None:
            ref = root.inputs[0]
        node = step.node(ref.node)
        if node.name == "cat":
            return node
        if not node.parents or step.is_leaf(ref):
            return None
        ref = node.parents[0]
    return None


def _side_by_side(node: Node) -> tuple[Edit, ...]:
    call = call_at(node)
    if call is None or not call.args or not isinstance(call.func, ast.Attribute) or node.spot is None:
        return ()
    text = f"{ast.unparse(call.func.value)}.stack({ast.unparse(call.args[0])}, dim=1).flatten(0, 1)"
    return replaced_text(node.spot.code.co_filename, call, text)


PROBE = Probe(
    "a contrastive loss matches views of the same samples",
    lambda look: positives(look.step),
)
