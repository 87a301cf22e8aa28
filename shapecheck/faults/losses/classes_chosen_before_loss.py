"""The loss got the classes that were chosen, not the scores that they were chosen from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import loss_pair
from shapecheck.pairs import are_classes, is_whole
from shapecheck.reading.edits import call_of, expression
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.joined.joined_classes import joined_classes
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import is_named, last_name


def _recognise(evidence: Evidence) -> Recognition | None:
    pair = loss_pair(evidence)
    if pair is None or pair[0] not in INDEX_LOSSES or joined_classes(evidence) is not None:
        return None
    _, given, target = pair
    candidates = tuple(_candidates(evidence))
    if are_classes(given, target):
        because = (
            f"the input is {given.shape} of {given.dtype}, one class index for each label, as argmax gives them; "
            "choosing has no gradient, so nothing could be learned either"
        )
    elif candidates or (_is_told(evidence) and is_whole(target)):
        because = (
            f"the input is {given.shape}, one number for each of the {target.shape} labels, where there is one score "
            "for each class and label before argmax"
        )
    else:
        return None
    return Recognition(because, "proved" if are_classes(given, target) else "likely", weight=8, candidates=candidates)


def _is_told(evidence: Evidence) -> bool:
    found = evidence.violation
    return found is not None and found.role == "input" and "argmax" in found.reason


def _candidates(evidence: Evidence) -> Iterator[Candidate]:
    """The scores in place of what was chosen from them, where argmax stands in the call or where its input was made."""
    operation = failed(evidence, *INDEX_LOSSES)
    given = operand(operation, "input")
    if given is None or given.span is None:
        return
    spans = [given.span, *(origin.span for origin in trace(evidence, given.span)[:3])]
    for far, span in enumerate(spans):
        scores = _chosen_from(expression(span.text)) if call_of(span) is not None else ""
        if scores:
            yield Candidate(f"{scores} instead of {span.text}", (Change(span, scores),), (), 0.05 + 0.1 * far)


def _chosen_from(node: ast.expr | None) -> str:
    """The text of the scores that argmax is applied to, casts behind it passed over."""
    while isinstance(node, ast.Call):
        name, owner = last_name(node.func), node.func.value if isinstance(node.func, ast.Attribute) else None
        if name == "argmax":
            is_function = is_named(owner, "torch")
            source = node.args[0] if is_function and node.args else owner
            return ast.unparse(source) if source is not None else ""
        node = owner
    return ""


BAD = """\
import torch
from torch import nn

linear = nn.Linear(10, 5)
labels = torch.tensor([3, 1, 4, 2])  # (batch_size,)
predicted = linear(torch.randn(4, 10)).argmax(dim=1)  # (batch_size,)
print(nn.functional.cross_entropy(predicted, labels).item())
"""

GOOD = BAD.replace(".argmax(dim=1)  # (batch_size,)", "  # (batch_size, num_classes)")

FAULT = Fault(
    code="SC423",
    slug="classes_chosen_before_loss",
    headline="the classes were chosen before the loss, which wants their scores",
    why=(
        "Cross entropy compares the scores of all classes with the right one, (N, C) against (N,). argmax leaves one "
        "class index for each row; torch then sees two tensors of the same shape, takes the labels for probabilities, "
        "and complains of their dtype. Casting what is left to float silences it and trains nothing: choosing has no "
        "gradient."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Scores go to the loss; argmax is for the accuracy.",
    messages=(
        r"Expected floating point type for target with class probabilities",
        r"For 1D input, 1D target must have size 1",
        r"not implemented for '(Long|Int)'",
    ),
)
