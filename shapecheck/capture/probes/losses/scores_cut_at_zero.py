"""Scores that an activation keeps from being negative, right in front of a loss that takes scores."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.made import placed
from shapecheck.capture.instruments.trials.activation_edits import taken_out
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, LOGIT_LOSSES, REARRANGES
from shapecheck.findings import Fix

_CUTS = frozenset(["relu", "relu6"])
# Softly: a distribution over classes can still be any, since it only counts how far scores lie apart.
_KEEPS_ABOVE = frozenset(["softplus", "abs", "square", "exp"])
_LAYERS = frozenset(["linear", "conv1d", "conv2d", "conv3d", "addmm", "matmul"])
_NORMS = frozenset(["batch_norm", "layer_norm", "dropout"])


def cut_at_zero(step: Step) -> Iterator[Sighting]:
    """What a layer made, cut at zero, and handed on to the loss as it is.

    Where it is pooled, scaled or held against something on the way, the cut scores are a measure of their own, and
    where another layer reads them as well, they are features.
    """
    for node in step.of_loss:
        made = _activation(step, node) if node.name in CLASS_LOSSES | LOGIT_LOSSES and node.parents else None
        if made is None or not _is_of_layer(step, made.parents[0]) or _is_read_by_layers(step, made):
            continue
        given = step.value(made.parents[0])
        share = float((given < 0).double().mean())
        if not share or not given.shape[-1]:
            continue
        yield placed(
            step, made, sighted("scores_cut_at_zero", made, _text(node, made, share), (_left_out(step, made),))
        )
        return


def _activation(step: Step, node: Node) -> Node | None:
    """What a loss is fed with, behind what only moves it, and behind the logarithm of a softmax."""
    names = REARRANGES | {"log_softmax"} if node.name == "nll_loss" else REARRANGES
    logarithms = 0
    for _, made in backwards(step.tape, node.parents[0], names, first=step.first):
        logarithms += made.name == "log_softmax"
        if made.name in _CUTS or (made.name in _KEEPS_ABOVE and node.name in LOGIT_LOSSES):
            is_fed = node.name != "nll_loss" or logarithms == 1
            return made if is_fed and made.parents and made.ref in step.learned else None
    return None


def _is_of_layer(step: Step, ref: Ref) -> bool:
    """Whether a layer made it, perhaps with a norm behind."""
    for _, made in backwards(step.tape, ref, REARRANGES | _NORMS, first=step.first):
        if made.name in _LAYERS:
            return step.tape.has_parameter(made)
    return False


def _is_read_by_layers(step: Step, made: Node) -> bool:
    """Whether what comes out meets parameters once more, so that it is made of features."""
    reached: set[Ref] = {made.ref}
    for node in step.nodes:
        if node.index <= made.index or not reached.intersection(node.parents):
            continue
        if step.tape.has_parameter(node):
            return True
        reached |= set(node.outs)
    return False


def _text(node: Node, made: Node, share: float) -> str:
    if made.name in _CUTS:
        lost = "these get no gradient, and a class whose score stays below for all samples is never learned again"
        return (
            f"{node.name} takes scores of either sign; {made.name} makes zeros of what is negative, {share:.0%} of "
            f"what the layer in front returned: {lost}"
        )
    return (
        f"{node.name} takes scores of either sign, of which its sigmoid makes one half and less below zero; what "
        f"{made.name} returns is never negative, so that nothing is ever thought less likely than a half"
    )


def _left_out(step: Step, made: Node) -> Fix:
    def as_given(given: Tensor, *_: object, **__: object) -> Tensor:
        return given

    return Fix(f"without the {made.name}", taken_out(step, made), tried(step, {made.index: as_given}), "the step runs")


PROBE = Probe(
    "the scores that a loss takes may be negative",
    lambda look: cut_at_zero(look.step),
)
