"""Predictions that an activation keeps in a range, held against targets that lie outside of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor, nn

from shapecheck.capture.instruments.tensors.joined import parts_of
from shapecheck.capture.instruments.tensors.made import placed
from shapecheck.capture.instruments.trials.activation_edits import taken_out
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import DISTANCES
from shapecheck.findings import Fix

_RANGES: dict[str, tuple[float, float | None]] = {
    "sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, None), "lstm": (-1.0, 1.0),
}  # fmt: skip
_FEWEST = 8
_NEAR = 1e-3
# The far ends of a standardised series are given up by who predicts with a tanh.
_SHARE = 0.25
# Noise about what can be said, a few broken readings and a mark of what is missing are fewer.
_MOST = 0.6


def out_of_reach(step: Step) -> Iterator[Sighting]:
    """Losses that keep a quarter of what the targets vary, and more, whatever the layers in front of an activation say.

    Most of the targets must lie outside: what a prediction is to come near is their mean, which may lie inside.

    Only data are asked: a target that a network made moves with it.
    """
    for node in step.all_of_loss:
        pair = _pair(step, node)
        if pair is None:
            continue
        guess, target = pair
        wanted = step.value(target).detach().double()
        if wanted.numel() < _FEWEST or wanted.shape != step.tape.shape(guess):
            continue
        spread = float((wanted - wanted.mean()).square().sum())
        made = _maker(step, guess, node)
        lost = _lost(made, wanted) if made is not None and spread > 0 else None
        if made is not None and lost is not None and lost.squares > _SHARE * spread and lost.share > _MOST:
            yield _told(step, node, made, lost.text)
            return


def _pair(step: Step, node: Node) -> tuple[Ref, Ref] | None:
    """What a loss holds against what, if one of the two is learned and the other one is data."""
    known = DISTANCES | {"binary_cross_entropy"}
    refs = [arg for arg in node.args[:2] if isinstance(arg, Ref)] if node.name in known else []
    learned = [ref for ref in refs if ref in step.learned]
    if len(refs) != 2 or len(learned) != 1 or "none" in map(str, (*node.args, *node.kwargs.values())):
        return None
    if node.kwargs.get("weight") is not None:
        return None
    return learned[0], next(ref for ref in refs if ref not in step.learned)


def _maker(step: Step, guess: Ref, node: Node) -> Node | None:
    """The activation that made all numbers of a prediction."""
    made = {step.node(part.node) for part in parts_of(step, guess)}
    found = next(iter(made)) if len(made) == 1 else None
    if found is None or (node.name == "binary_cross_entropy" and found.name != "softmax"):
        return None
    if found.name == "lstm":
        module = found.module
        return found if isinstance(module, nn.LSTM) and not module.proj_size else None
    return found if found.name in _RANGES or found.name == "softmax" else None


class _Lost(NamedTuple):
    """How far the targets lie from what can be said at least, in squares; the share of them outside; what is told."""

    squares: float
    share: float
    text: str


def _lost(made: Node, wanted: Tensor) -> _Lost | None:
    if made.name in _RANGES:
        low, high = _RANGES[made.name]
        outside = (wanted < low) | (wanted > high) if high is not None else wanted < low
        share = float(outside.double().mean())
        reach = "at least 0" if high is None else f"from {low:g} to {high:g}"
        text = (
            f"{reach}, and {share:.0%} of the targets lie outside: they run from "
            f"{float(wanted.min()):.2g} to {float(wanted.max()):.2g}"
        )
        return _Lost(float((wanted - wanted.clamp(low, high)).square().sum()), share, text)
    shape = made.shapes[0]
    axis = axis_of(made, len(shape))
    # What only lost or got axes of size one on its way lies as it did.
    if axis is None or [size for size in wanted.shape if size > 1] != [size for size in shape if size > 1]:
        return None
    wanted = wanted.reshape(shape)
    # Rows of zeros stand for nothing, such as padding.
    sums = wanted.sum(axis)[(wanted != 0).any(axis)]
    text = (
        f"numbers with the sum 1 along axis {axis} of {shape}, and the targets have sums from "
        f"{float(sums.min()):.2g} to {float(sums.max()):.2g} there"
    )
    beside = float((sums - 1).square().sum()) / shape[axis]
    share = float(((sums - 1).abs() > _NEAR).double().mean())
    return _Lost(max(beside, float((wanted - wanted.clamp(0, 1)).square().sum())), share, text)


def _told(step: Step, node: Node, made: Node, what: str) -> Sighting:
    who = "an LSTM" if made.name == "lstm" else made.name
    text = f"{who} returns {what}. {node.name} can never come near zero, whatever the layers in front say"
    if made.name == "lstm":
        return sighted("targets_out_of_reach", made, text, (Fix("a Linear behind the LSTM", (), "no"),))
    if node.name == "binary_cross_entropy":
        fix = Fix("a sigmoid in the place of the softmax", (), "no")
        return placed(step, made, sighted("targets_out_of_reach", made, text, (fix,)))
    run = tried(step, {made.index: lambda given, *_, **__: given})
    fix = Fix(f"without the {made.name}", taken_out(step, made), run, "the step runs")
    return placed(step, made, sighted("targets_out_of_reach", made, text, (fix,)))


PROBE = Probe(
    "targets lie where the predictions can come to",
    lambda look: out_of_reach(look.step),
)
