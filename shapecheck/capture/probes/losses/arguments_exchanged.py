"""Losses that are given the truth for a prediction, and what a model says for the truth."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.trials.operand_edits import in_exchange
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import AS_ANOTHER, IMAGES
from shapecheck.findings import Fix

# The losses whose two tensors are not alike. A divergence is taken in either direction.
_ASYMMETRIC = frozenset(
    [
        "cross_entropy",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "poisson_nll_loss",
        "soft_margin_loss",
        "multilabel_soft_margin_loss",
        "hinge_embedding_loss",
    ]
)
_SIGNS = frozenset(["soft_margin_loss", "multilabel_soft_margin_loss", "hinge_embedding_loss"])


def arguments_exchanged(step: Step) -> Iterator[Sighting]:
    """``F.binary_cross_entropy_with_logits(labels, model(x))``: what no model has made stands where scores belong.

    A target that a model made may be meant, beside scores that a model made, and beside logarithms or likelihoods
    that are the same for all samples: how far what it says is from what was expected beforehand.
    """
    returned: set[Ref] | None = None
    for node in step.recorded:
        if node.name not in _ASYMMETRIC or node.spot is None:
            continue
        given, target = node.argument(0, "input"), node.argument(1, "target")
        if not isinstance(given, Ref) or not isinstance(target, Ref):
            continue
        if returned is None:
            roots = (root for root in step.tape.roots if has_parameters(root.module))
            returned = {out for root in roots for out in root.outputs}
        if not _is_answered(step, target, returned) or _is_answered(step, given, returned):
            continue
        if not _may_be_truth(node.name, step.known(given)):
            continue
        text = (
            f"the first argument {step.tape.shape(given)} is data that no model has made, and the second "
            f"{step.tape.shape(target)} is what a model answers: the data is read as scores, and the answer as the "
            "truth that they are held against"
        )
        edits = in_exchange(node) if node.parents[:2] == (given, target) else ()
        yield sighted("arguments_exchanged", node, text, (Fix("the prediction first, the target second", edits, "no"),))
        return


def _is_answered(step: Step, ref: Ref, returned: set[Ref]) -> bool:
    """Whether numbers of a model's, or of a parameter, are in a tensor, and not only the shape of some."""
    open_refs, seen = [ref], set()
    while open_refs:
        at = open_refs.pop()
        if at in seen:
            continue
        seen.add(at)
        node = step.node(at.node)
        if at in returned or node.kind == "parameter" or at in step.tape.bare:
            return True
        open_refs += () if node.name in IMAGES else node.parents[:1] if node.name in AS_ANOTHER else node.parents
    return False


def _may_be_truth(loss: str, value: Tensor | None) -> bool:
    """Whether numbers are such as a loss has for its target, and not scores, logarithms, or what goes for all rows."""
    if value is None or not value.numel():
        return False
    if loss in _SIGNS:
        return bool((value.abs() <= 1).all()) and bool((value == value.round()).all())
    if loss == "poisson_nll_loss":
        return bool((value >= 0).all()) and bool((value == value.round()).all())
    if not bool(((value >= 0) & (value <= 1)).all()):
        return False
    is_same_for_all = value.ndim > 0 and bool((value == value[:1]).all())
    is_yes_or_no = loss != "cross_entropy" and bool((value == value.round()).all())
    return is_yes_or_no or not is_same_for_all


PROBE = Probe(
    "a loss is given the prediction first, and the target second",
    lambda look: arguments_exchanged(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
