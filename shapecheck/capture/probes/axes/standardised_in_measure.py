"""Scores of single samples, for which what a model returns was standardised by statistics of all samples together."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.standardised import is_whole
from shapecheck.capture.instruments.trials.sighting import Sighting, one_for_each, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS, DEVIATIONS, DISTANCES, TOTALS
from shapecheck.findings import Fix

_BY_NUMBERS = frozenset(["add", "sub", "mul", "div", "pow", "square", "abs", "neg", "sqrt"])
_SHAPES = CONVERTS | CUTS


def standardised_in_measure(step: Step) -> Iterator[Sighting]:
    """``out = (out - out.mean()) / out.std()``, then ``(out - y).pow(2).mean((1, 2, 3)).tolist()``.

    Errors may be held against those of all samples on purpose; these are standardised once they are known. Here it is
    what the model returned, before it meets what was asked for.
    """
    for node in step.recorded:
        if node.name not in DEVIATIONS or node.index in step.to_loss or node.root >= 0 or not is_whole(step, node):
            continue
        source = node.parents[0]
        shape = step.tape.shape(source)
        if len(shape) < 3 or shape[0] < 2 or not _is_returned(step, source):
            continue
        scaled = _standardised(step, node, source)
        if scaled is not None and _scores_each(step, scaled, shape):
            axes = tuple(range(1, len(shape)))
            text = (
                f"one mean and one deviation of all {shape[0]} samples standardise what the model returned, and "
                f"{shape[0]} scores are read of it, one for each: the score of a sample depends on which others are "
                "in the batch"
            )
            edits = one_for_each(node, f"dim={axes}, keepdim=True")
            fix = Fix(f"mean and std with dim={axes}, keepdim=True", edits, "no")
            yield sighted("standardised_in_measure", node, text, (fix,))
            return


def _is_returned(step: Step, ref: Ref) -> bool:
    """Whether it is what a model has returned, as it is."""
    outputs = {output for root in step.roots for output in root.outputs}
    node = step.node(ref.node)
    while ref not in outputs and node.name in CONVERTS and node.parents:
        ref = node.parents[0]
        node = step.node(ref.node)
    return ref in outputs


def _standardised(step: Step, spread: Node, source: Ref) -> Ref | None:
    """What has the mean of all taken off, and is divided by the spread of all then."""
    later = step.tape.nodes[source.node + 1 : step.last]
    means = {node.ref for node in later if node.name == "mean" and node.parents == (source,) and is_whole(step, node)}
    centred = {
        node.ref
        for node in later
        if node.name == "sub" and len(node.parents) == 2 and node.parents[0] == source and node.parents[1] in means
    }
    spreads = {spread.ref}
    for node in later:
        if node.name in ("add", "clamp", "clamp_min", "sqrt") and node.parents in {(ref,) for ref in spreads}:
            spreads.add(node.ref)
        if node.name == "div" and node.parents and node.parents[0] in centred and spreads & set(node.parents[1:]):
            return node.ref
    return None


def _scores_each(step: Step, scaled: Ref, shape: tuple[int, ...]) -> bool:
    """Whether it meets other data number by number, and one number for each sample is read of that."""
    alone, met, scores = {scaled}, set[Ref](), set[Ref]()
    for node in step.tape.nodes[scaled.node + 1 : step.last]:
        known = alone | met
        if scores & set(node.parents[:1]) and node.name in CONVERTS:
            scores.add(node.ref)
        if not known & set(node.parents) or not node.shapes:
            continue
        others = [ref for ref in node.parents if ref not in known and step.tape.shape(ref) == shape]
        is_met = bool(met & set(node.parents)) or bool(others)
        if node.name in _BY_NUMBERS | _SHAPES | DISTANCES and node.shapes[0][:1] == shape[:1]:
            (met if is_met else alone).add(node.ref)
        elif node.name in TOTALS and is_met and node.shapes[0] == shape[:1]:
            scores.add(node.ref)
        else:
            return False
    return not scores.isdisjoint(step.tape.escaped)


PROBE = Probe(
    "scores of single samples are not standardised together",
    lambda look: standardised_in_measure(look.step),
    in_evaluation=True,
    of_samples=True,
)
