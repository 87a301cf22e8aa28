"""Divergences between choices that hold the logarithm of one probability against another probability itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, TOTALS
from shapecheck.findings import Edit, Fix

_CLOSE = 1e-4
_SMALL = 1e-3


@dataclass(frozen=True, slots=True)
class _Held:
    """What a logarithm is held against.

    Args:
        node: Where it is taken off.
        text: What it is.
    """

    node: Node
    text: str


def prior_without_log(step: Step) -> Iterator[Sighting]:
    """``(q * (log_q - 1 / k)).sum()`` for ``(q * (log_q - log(1 / k))).sum()``, with ``k`` choices.

    Told where the probabilities by which it is weighed add up to one along an axis, and so does what is taken off, be
    it one number for each of that many choices.
    """
    for node in step.all_of_loss:
        if node.name != "mul" or len(node.parents) != 2 or not _is_added_up(step, node):
            continue
        for weight, other in (node.parents, node.parents[::-1]):
            held = _held(step, weight, other)
            if held is not None:
                yield _told(held)
                return


def _held(step: Step, weight: Ref, other: Ref) -> _Held | None:
    """What the logarithm of probabilities is held against, where that is a probability; None where it is not."""
    ref, made = origin(step.tape, other, CONVERTS, first=step.first)
    value = step.known(weight)
    if made.name != "sub" or len(made.args) != 2 or ref.node < step.first or value is None or not value.ndim:
        return None
    log, taken = made.args
    axes = _sums_to_one(value)
    if not axes or not isinstance(log, Ref) or not _is_log_of(step, log, value):
        return None
    if isinstance(taken, Ref):
        prior = step.known(taken)
        if prior is not None and not prior.ndim and any(_is_share(float(prior), value.shape[axis]) for axis in axes):
            return _Held(made, f"{float(prior):.4g}, one of as many as there are choices")
        is_of_choices = prior is not None and prior.shape[-1:] == value.shape[-1:] and value.ndim - 1 in axes
        if prior is None or not is_of_choices or prior.ndim - 1 not in _sums_to_one(prior):
            return None
        return _Held(made, "a probability itself, which adds up to one along the same axis")
    if isinstance(taken, float) and any(_is_share(taken, value.shape[axis]) for axis in axes):
        return _Held(made, f"{taken:.4g}, one of as many as there are choices")
    return None


def _sums_to_one(value: Tensor) -> list[int]:
    """The axes along which numbers are probabilities of several choices."""
    if not value.is_floating_point() or not value.numel() or bool((value < 0).any()):
        return []
    axes = [axis for axis in range(value.ndim) if value.shape[axis] > 1]
    return [axis for axis in axes if bool(((value.sum(axis) - 1).abs() < _CLOSE).all())]


def _is_share(number: float, count: int) -> bool:
    return abs(number * count - 1) < _CLOSE


def _is_log_of(step: Step, ref: Ref, weight: Tensor) -> bool:
    """Whether a tensor holds the logarithms of these probabilities, but for what keeps them from being of nothing."""
    value = step.known(ref)
    if value is None or value.shape != weight.shape or ref not in step.learned:
        return False
    return bool(((value.exp() - weight).abs() < _SMALL).all()) and bool((value < 0).any())


def _is_added_up(step: Step, node: Node) -> bool:
    return any(reader.name in TOTALS for reader in step.readers(node, to_loss=True))


def _told(held: _Held) -> Sighting:
    text = (
        f"from the logarithm of probabilities is taken {held.text}, and not its logarithm: weighed by the "
        "probabilities and added up, this is no divergence, and falls below zero"
    )
    fix = Fix("the logarithm of what is taken off", _edits(held.node), "no")
    return sighted("prior_without_log", held.node, text, (fix,))


def _edits(node: Node) -> tuple[Edit, ...]:
    found = node_at(node, ast.BinOp)
    if not isinstance(found, ast.BinOp) or not isinstance(found.op, ast.Sub) or node.spot is None:
        return ()
    right = found.right
    new = f"torch.log(torch.tensor({ast.unparse(right)}))"
    if isinstance(node.args[1], Ref):
        new = f"{as_primary(right)}.log()"
    return replaced_text(node.spot.code.co_filename, right, new)


PROBE = Probe(
    "a divergence between choices takes the logarithms of both",
    lambda look: prior_without_log(look.step),
)
