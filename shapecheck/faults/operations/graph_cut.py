"""backward() was called on a loss from which no way leads back to a parameter."""

from __future__ import annotations

from shapecheck.evidence import Cut, Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says

_WHY = {
    "positions": "{} gives positions, whole numbers that have no gradient",
    "truths": "{} gives True or False, which has no gradient",
    "whole numbers": "{} gives whole numbers, which have no gradient",
    "taken out": "{} takes the tensor out of the graph",
    "numbers": "{} gives bare numbers, which do not know what they were computed from",
    "drawn": "{} is drawn by chance, and what is drawn has no gradient",
    "switched off": "{} keeps no graph of what is computed in it",
    "frozen": "no parameter of {} asks for a gradient: requires_grad is False for each of them",
}


def _recognise(evidence: Evidence) -> Recognition | None:
    if not says(evidence, r"element \d+ of tensors does not require grad"):
        return None
    if not evidence.cuts:
        return Recognition("nothing that the loss was computed from asks for a gradient", "likely", weight=5)
    texts = list(dict.fromkeys(_WHY[each.kind].format(_short(each)) for each in evidence.cuts))
    because = f"{'; '.join(texts[:2])}, so no way leads back from the loss to the parameters"
    return Recognition(because, weight=6, place=evidence.cuts[-1].span)


def _short(cut: Cut) -> str:
    text = " ".join(cut.name.split())
    return text if len(text) <= 60 else f"{text[:57]}..."


BAD = """\
import torch
from torch import nn

linear = nn.Linear(10, 1)
prediction = (torch.sigmoid(linear(torch.randn(4, 10))) > 0.5).float()
loss = nn.functional.binary_cross_entropy(prediction, torch.tensor([[1.0], [0.0], [1.0], [1.0]]))
loss.backward()
"""

GOOD = BAD.replace(
    "(torch.sigmoid(linear(torch.randn(4, 10))) > 0.5).float()",
    "torch.sigmoid(linear(torch.randn(4, 10)))",
)

FAULT = Fault(
    code="SC535",
    slug="graph_cut",
    headline="the loss has no grad_fn: no gradient leads back to a parameter",
    why=(
        "backward() goes back from the loss through all that it was computed from. argmax, a comparison with a "
        "threshold and whole numbers have no gradient; detach(), .data, .item(), torch.tensor(...) of what was "
        "computed, and torch.no_grad() leave the way back out. Classes and accuracies are for reading: the loss takes "
        "the scores that they were made from. Where every parameter is frozen, nothing is left to learn."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The loss takes what the model gives; argmax, thresholds and detach() are for what is printed.",
    messages=(r"element \d+ of tensors does not require grad",),
    see="print `requires_grad` of each step from the model's output to the loss: the first False is the cut.",
)
