"""A gradient of many numbers is asked with weights that lie otherwise than these numbers."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.compared.weights_of_gradients import weighed_otherwise


def _recognise(evidence: Evidence) -> Recognition | None:
    said = weighed_otherwise(evidence)
    if said is None:
        return None
    because = f"the gradient is asked of {said.many.expression} {said.shape}, and its weights are {said.other}"
    return Recognition(because, "proved", weight=6)


BAD = """\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
place = torch.rand(5, 3, requires_grad=True)
height = net(place)
slope = torch.autograd.grad(height, place, grad_outputs=torch.ones_like(place))[0]
print(slope.shape)
"""

GOOD = BAD.replace("torch.ones_like(place)", "torch.ones_like(height)")

FAULT = Fault(
    code="SC588",
    slug="gradient_weighed_in_other_shape",
    headline="the weights of a gradient lie otherwise than what it is asked of",
    why=(
        "grad(outputs, inputs, grad_outputs) multiplies each number of the outputs by its weight before it goes back "
        "to the inputs. The weights lie as the outputs do, with one number for each of theirs; the gradient that comes "
        "back lies as the inputs do."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="grad_outputs has the shape of the outputs: torch.ones_like(outputs).",
    messages=(r"Mismatch in shape: grad_output\[\d+\] has a shape of",),
)
