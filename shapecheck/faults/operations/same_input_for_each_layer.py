"""Every layer of a loop is given the input of the first one."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.layers.layer_loops import same_input


def _recognise(evidence: Evidence) -> Recognition | None:
    found = same_input(evidence)
    if found is None:
        return None
    return Recognition(
        f"each round of the loop gives {found.given.text} to its layer, and what the round before has left in "
        f"{found.returned} is read by nobody",
        weight=8,
        place=found.given,
    )


BAD = """\
import torch
from torch import nn

layers = nn.ModuleList([nn.Linear(10, 16), nn.Linear(16, 24)])
x = torch.randn(5, 10)
out = x
for layer in layers:
    out = layer(x).relu()
print(out.shape)
"""

GOOD = BAD.replace("layer(x)", "layer(out)")

FAULT = Fault(
    code="SC564",
    slug="same_input_for_each_layer",
    headline="every layer of a loop is given the input of the first one",
    why=(
        "In a stack each layer reads what the one below it returned. A loop that never hands this on calls all of "
        "them with the raw input, and where their widths are the same it runs: only the last layer then counts."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A loop over layers reads the name that it assigns.",
    messages=(r"mat1 and mat2 shapes cannot be multiplied", r"input\.size\(-1\) must be equal to input_size"),
    see="Print the shape of what each layer is given: it must be that of what the layer before returned.",
)
