"""Graphs with loops that were made outside of torch: by which degrees they were scaled, their numbers say."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Fix

_PRODUCTS = frozenset(["matmul", "mm", "bmm", "einsum", "spmm", "addmm"])
_FEWEST, _MOST = 4, 4096
_EXACT = 1e-3


def degrees_in_numbers(step: Step) -> Iterator[Sighting]:
    """``d = adj.sum(1)`` for ``adj + np.eye(n)``: each node passes on more than it was given."""
    seen: set[Ref] = set()
    for node in step.all_of_loss:
        for ref in node.parents[:2] if node.name in _PRODUCTS else ():
            shape = step.tape.shape(ref)
            is_square = len(shape) in (2, 3) and shape[-1] == shape[-2] and _FEWEST <= shape[-1] <= _MOST
            _, made = origin(step.tape, ref, CONVERTS)
            if ref in seen or ref in step.learned or not is_square or made.function is not None:
                continue
            seen.add(ref)
            degrees = _degrees(step.known(ref))
            if degrees is not None:
                yield _told(node, made, degrees)
                return


def _degrees(value: Tensor | None) -> Tensor | None:
    """By which degrees a matrix with loops was scaled, if each is one too small; None if they are not, or are equal.

    The loop of a node was 1 and has become one over its degree, so that all that stood there before is known again:
    it adds up to the degree, and to one more where the loop was not counted.
    """
    if value is None or not value.is_floating_point():
        return None
    matrix = value.to_dense() if value.layout != torch.strided else value
    matrix = (matrix[0] if matrix.ndim == 3 else matrix).double()
    loops = matrix.diagonal()
    if not bool(torch.isfinite(matrix).all()) or bool((loops <= 0).any()) or bool((matrix < 0).any()):
        return None
    degrees = 1 / loops
    if float(degrees.max() - degrees.min()) < _EXACT * float(degrees.max()):
        return None
    before = (
        matrix * degrees.sqrt()[:, None] * degrees.sqrt(),
        matrix * degrees[:, None],
        (matrix * degrees).t(),
    )
    found = (torch.allclose(one.sum(1), degrees + 1, rtol=_EXACT, atol=0.0) for one in before)
    return degrees if any(found) else None


def _told(node: Node, made: Node, degrees: Tensor) -> Sighting:
    least = int(degrees.argmin())
    text = (
        f"node {least} of {len(degrees)} has edges that add up to {float(degrees[least]):.4g} and a loop of 1 beside "
        f"them: it was scaled by {float(degrees[least]):.4g}, and not by {float(degrees[least]) + 1:.4g}, which is "
        "what its row adds up to with the loop; it is so at each of them"
    )
    fix = Fix("the degrees of the matrix with the loops", (), "no")
    return sighted("degrees_without_loops", made if made.spot is not None else node, text, (fix,))


PROBE = Probe(
    "what scales a graph of numbers counts its loops",
    lambda look: degrees_in_numbers(look.step),
    needs_no_run=True,
)
