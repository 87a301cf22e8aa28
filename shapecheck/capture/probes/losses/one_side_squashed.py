"""Probabilities that are held against scores, where the same layer, or a copy of it, made both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import expression_in
from shapecheck.capture.recording.vocabulary import CONVERTS, DISTANCES, FEATURE_LAYERS, PROBABILITIES, SCALES
from shapecheck.evidence import Span
from shapecheck.findings import Edit, Fix

_HANDS_ON = CONVERTS | {"view", "reshape", "flatten", "squeeze"}


def one_side_squashed(step: Step) -> Iterator[Sighting]:
    """``(student(x).softmax(1) - teacher(x)).pow(2)``: numbers between 0 and 1, and scores of any size.

    That both were to be the same is known where both come out of the same layer of the script, be it in two models.
    """
    for node in step.all_of_loss:
        if node.name not in DISTANCES | {"sub"} or len(node.parents) != 2 or node.spot is None:
            continue
        if len({step.tape.shape(ref) for ref in node.parents}) > 1:
            continue
        for ref, other in (node.parents, node.parents[::-1]):
            squashed = origin(step.tape, ref, _HANDS_ON, first=step.first)[1]
            raw = origin(step.tape, other, _HANDS_ON, first=step.first)[1]
            if squashed.name not in PROBABILITIES or raw.name not in FEATURE_LAYERS or raw.index < step.first:
                continue
            made = origin(step.tape, squashed.parents[0], _HANDS_ON | SCALES, first=step.first)[1]
            if made is raw or not made.repeats(raw) or _is_inside(step.known(other)):
                continue
            yield _told(step, node, squashed, raw)
            return


def _is_inside(value: Tensor | None) -> bool:
    return value is None or bool(((value >= 0) & (value <= 1)).all())


def _told(step: Step, node: Node, squashed: Node, raw: Node) -> Sighting:
    line = squashed.spot.line if squashed.spot is not None else 0
    text = (
        f"one side are probabilities, by the {squashed.name} in line {line}, the other the scores {raw.shapes[0]} that "
        "the same layer gave at another time: where both say the same, they are far apart all the same"
    )
    axis = axis_of(squashed, len(squashed.shapes[0])) if squashed.name == "softmax" else None
    call = f".{squashed.name}({'' if axis is None else f'dim={axis}'})"
    root = step.tape.roots[raw.root] if raw.root >= 0 else None
    seen = sighted("one_side_squashed", node, text, (Fix(call[1:], (), "no"),))
    if root is None or root.spot is None or raw.ref not in root.outputs:
        return seen
    return replace(seen, span=root.spot.span, fixes=(Fix(call[1:], _edit(root.spot.span, call), "no"),))


def _edit(span: Span, call: str) -> tuple[Edit, ...]:
    """What a model returns, with the same done to it."""
    found = expression_in(span)
    return () if found is None else replaced_text(span.file, found, f"{as_primary(found)}{call}")


PROBE = Probe(
    "probabilities are held against probabilities",
    lambda look: one_side_squashed(look.step),
    turn=Turn.LAST,
)
