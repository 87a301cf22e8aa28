"""Masks of an attention that hide whole rows of scores: the queries of the padding instead of its keys."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.masked_scores import LOW as _LOW
from shapecheck.capture.instruments.padding.masked_scores import are_of_pairs, masked_scores, sources_of
from shapecheck.capture.instruments.padding.padded import runs_out
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, SOFTMAXES
from shapecheck.findings import Edit, Fix

_HOPS = 8


def masks_on_queries(step: Step) -> Iterator[Sighting]:
    """Scores of which a mask makes whole rows equal, and no single key of any row small but those of later steps.

    A softmax of a row of equal scores is uniform, and the rows that are left see every key: nothing was masked. The
    keys that would have been hidden are known from the rows, so the mask can be tried the other way.
    """
    for node in step.of_loss:
        if not node.parents:
            continue
        found = _of_softmax(step, node) if node.name in SOFTMAXES else _of_argument(step, node)
        other = _of_other_sequence(step, node) if found is None else None
        if other is not None:
            yield other
            return
        if found is None or not _comes_out_differently(step, node.index, found[1]):
            continue
        count, _, place, shape = found
        text = (
            f"the mask makes {count} whole rows of the scores {shape} equal, the rows of queries that are padding; a "
            "softmax of equal scores is uniform, and all other queries still see the keys that are padding"
        )
        edits = _turned_mask(step, place, node)
        fix = Fix("mask[:, None, :], along the keys", edits, "call", "no query sees a key that is padding")
        yield sighted("mask_along_wrong_axis", place, text, (fix,))
        return


def _of_softmax(step: Step, node: Node) -> tuple[int, Run, Node, tuple[int, ...]] | None:
    scores = step.value(node.parents[0])
    axis = axis_of(node, scores.ndim)
    if scores.ndim < 3 or axis is None or axis < scores.ndim - 2 or not scores.is_floating_point():
        return None
    if node.name == "log_softmax" and not are_of_pairs(step, node.parents[0]):
        # One axis counts classes, which are no places of a sequence.
        return None
    is_turned = axis == scores.ndim - 2
    rows = _whole_rows((scores < _LOW).transpose(-1, -2) if is_turned else scores < _LOW)
    if rows is None:
        return None
    keys = rows.unsqueeze(-1) if is_turned else rows.unsqueeze(-2)

    def run(values: Tensor, *args: object, **kwargs: object) -> Tensor:
        return node.function(values.masked_fill(keys, float("-inf")), *args, **kwargs)  # type: ignore[misc, no-any-return]

    return int(rows.sum()), run, _where_filled(step, node), tuple(scores.shape)


def _of_argument(step: Step, node: Node) -> tuple[int, Run, Node, tuple[int, ...]] | None:
    """The same of a mask that a function is given."""
    if node.name not in ATTENTIONS:
        return None
    ref = node.kwargs.get("attn_mask")
    if not isinstance(ref, Ref) or ref in step.learned:
        return None
    mask = step.value(ref)
    if mask.ndim < 3:
        return None
    query, key = (step.tape.shape(parent) for parent in node.parents[:2])
    axis = -2 if node.name == "scaled_dot_product_attention" else 0
    if query[axis] != key[axis]:
        return None
    hidden = mask < _LOW if mask.is_floating_point() else mask.bool() ^ (axis == -2)
    hidden = hidden.expand(*hidden.shape[:-2], query[axis], key[axis])
    rows = _whole_rows(hidden)
    if rows is None:
        return None
    turned = (hidden & ~rows.unsqueeze(-1)) | rows.unsqueeze(-2)
    other = turned ^ (axis == -2)
    if mask.is_floating_point():
        other = torch.zeros_like(turned, dtype=mask.dtype).masked_fill(turned, float("-inf"))

    def run(*args: object, **kwargs: object) -> object:
        return node.function(*args, **kwargs | {"attn_mask": other})  # type: ignore[misc]

    return int(rows.sum()), run, node, tuple(mask.shape)


def _of_other_sequence(step: Step, node: Node) -> Sighting | None:
    """Rows of queries that a mask hides as a whole, although it was made of the sequence that only the keys come from.

    How many queries there are is no matter: whatever is padding in the other sequence is none of theirs.
    """
    found = masked_scores(step, node)
    if found is None:
        return None
    low, masks, query, key, place = found
    whole = low.all(-1)
    if min(low.shape[-2:]) < 2 or low.ndim < 3 or bool((low.any(-1) != whole).any()):
        return None
    if not bool((whole.any(-1) & ~whole.all(-1)).any()):
        return None
    of_mask, of_query, of_key = (sources_of(step, refs) for refs in (masks, [query], [key]))
    if not of_mask or not of_mask <= of_key or of_mask & of_query:
        return None
    text = (
        f"the mask makes {int(whole.sum())} whole rows of the scores {tuple(low.shape)} equal. It was made of the "
        "sequence that the keys come from, and the queries do not: a softmax of equal scores is uniform, and all other "
        "queries still see the keys that are padding"
    )
    fix = Fix("mask[:, None, :], along the keys", (), "no")
    return sighted("mask_along_wrong_axis", place, text, (fix,))


def _whole_rows(low: Tensor) -> Tensor | None:
    """Which rows are low as a whole, if they are the padding of sequences, and other rows see the keys of it.

    A place that does not see itself, in any sample, is hidden for another reason, and so are all later ones.
    """
    whole = low.all(-1)
    if low.shape[-1] != low.shape[-2] or low.shape[-1] < 3:
        return None
    rest = low & ~whole.unsqueeze(-1)
    itself = torch.eye(low.shape[-1], dtype=torch.bool, device=low.device)
    later = torch.ones_like(itself).triu(1)
    if bool(rest.any()):
        others = later if bool((rest | whole.unsqueeze(-1) | ~later).all()) else itself
        if bool((rest & ~others).any()) or (others is itself and not bool(low.diagonal(dim1=-2, dim2=-1).all())):
            return None
    if not bool((~low & whole.unsqueeze(-2)).any()):
        # Filler behind the end of a sequence is hidden from all of it, as the later steps are.
        return None
    return whole if runs_out(whole.reshape(-1, whole.shape[-1])) else None


def _where_filled(step: Step, node: Node) -> Node:
    """The operation that made whole rows of the scores low, or columns."""
    place, ref = node, node.parents[0]
    for _ in range(_HOPS):
        if step.is_leaf(ref):
            break
        made = step.node(ref.node)
        before = [parent for parent in made.parents if parent in step.learned]
        if made.spot is not None:
            place = made
        low = step.value(before[0]) < _LOW if len(before) == 1 else None
        if low is None or low.ndim < 2 or not bool(low.all(-1).any() | low.all(-2).any()):
            break
        ref = before[0]
    return place


def _turned_mask(step: Step, place: Node, node: Node) -> tuple[Edit, ...]:
    """The edit that turns the mask where the scores are filled, if it then hides keys as it hid queries before."""
    if place.name != "masked_fill" or len(place.parents) < 2 or node.name not in SOFTMAXES:
        return ()

    def turned(values: Tensor, mask: Tensor, *rest: object) -> Tensor:
        return values.masked_fill(mask.transpose(-1, -2), *rest)  # type: ignore[call-overload, no-any-return]

    scores = node.parents[0]
    before = step.value(scores) < _LOW
    try:
        after = step.run_with({place.index: turned})[scores] < _LOW
    except Exception:
        return ()
    return with_call(place, 1, ".transpose(-1, -2)") if torch.equal(after, before.transpose(-1, -2)) else ()


def _comes_out_differently(step: Step, index: int, run: Run) -> bool:
    base, after = step.run_with(None), step.run_with({index: run})
    terms = [term.ref for term in step.terms if term.ref in after]
    return any(bool(difference(base[ref], after[ref]).any()) for ref in terms) and all(
        bool(after[ref].isfinite().all()) for ref in terms
    )


PROBE = Probe(
    "masks of an attention hide keys",
    lambda look: masks_on_queries(look.step),
)
