"""Sums over the steps of each sample that are divided by the steps of all samples, and are held against each other."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.divided_by_all import division_by_all, has_own_part, of_each_row
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, one_for_each, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Fix

# What puts features of one thing beside features of another.
_MEETS = frozenset(["matmul", "mm", "bmm", "einsum", "cosine_similarity", "cdist", "pairwise_distance", "__matmul__"])


def divided_by_count_of_all(step: Step) -> Iterator[Sighting]:
    """``(h * mask).sum(1) / mask.sum()`` of which the rows are compared with others, as by a product of all pairs.

    Where a layer reads them, a sample that is moved tells it. Samples that are held against each other meet anyway,
    and a mean of each is meant all the same. A sum of losses may be divided by how many there are in all, and what is
    scaled to length one at once does not mind.
    """
    for node in step.of_loss:
        division = division_by_all(step, node) if node.name == "sum" else None
        if division is None or not has_own_part(step, division, node.parents[0]) or not _are_features(step, division):
            continue
        counts = _counts(step, node)
        if counts is None:
            continue
        found = _of_each(step, node, division, counts)
        if found is not None:
            text = (
                f"each of the {len(counts)} rows was summed up over its own {int(counts.min())} to {int(counts.max())} "
                f"steps, and all of them are divided by the {int(counts.sum())} steps of the whole batch: how large a "
                "row is depends on how many others there are, and on its length"
            )
            fix = Fix(f"sum({found.title})", one_for_each(node, found.title), "call", "each row is a mean of its own")
            yield sighted("reduced_along_batch", node, text, (fix,))
            return


def _are_features(step: Step, division: Node) -> bool:
    """Whether what is divided are vectors that meet others before anything is added up for a loss."""
    shape = division.shapes[0]
    if len(shape) < 2 or min(shape[0], shape[-1]) < 2 or division.ref not in step.learned:
        return False
    behind = map(step.node, descendants(step.tape, {division.ref}, sorted(step.to_loss)))
    return any(node.name in _MEETS and all(ref in step.learned for ref in node.parents) for node in behind)


def _counts(step: Step, node: Node) -> Tensor | None:
    """How many steps of each row a mask keeps; None where that is the same for all, or for none."""
    mask = step.value(node.parents[0])
    if not are_truths(mask):
        return None
    counts = mask.reshape(len(mask), -1).double().sum(1)
    return counts if bool((counts > 0).all()) and len(counts.unique()) > 1 else None  # type: ignore[no-untyped-call]


def _of_each(step: Step, node: Node, division: Node, counts: Tensor) -> Alternative | None:
    """The count of each row for itself, if it fits, divides each row by its own, and changes what is learned."""
    before = step.run()
    shares = counts / counts.sum()
    wanted = before[division.ref].double() / shares.view(-1, *[1] * (len(division.shapes[0]) - 1))
    for other in of_each_row(step, node):
        try:
            after = step.run_with(other.instead)
        except (RuntimeError, KeyError):
            continue
        got = after[division.ref].double()
        if got.shape == wanted.shape and torch.allclose(got, wanted, rtol=1e-3, atol=1e-6):
            return other if any_term_moved(step, before, after) else None
    return None


PROBE = Probe(
    "sums over steps are divided by a count of their own",
    lambda look: divided_by_count_of_all(look.step),
    turn=Turn.LAST,
)
