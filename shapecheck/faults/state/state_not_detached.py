"""The state carries the graph of the step before."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says
from shapecheck.reading.going_back import going_back


def _recognise(evidence: Evidence) -> Recognition | None:
    if failed(evidence, "backward") is None:
        return None
    found = going_back(evidence)
    is_kept = found is not None and any(each.arg == "retain_graph" for each in found.call.keywords)
    if is_kept and says(evidence, r"modified by an inplace operation"):
        return Recognition(
            "the graphs of the rounds before were kept by retain_graph=True, and the optimizer has changed the weights "
            "that they were made with since; a tensor that is kept from one step to the next, usually the state, leads "
            "there",
            "likely",
            weight=4,
        )
    if not says(evidence, r"backward through the graph a second time"):
        return None
    if found is not None and found.gone_through() is not None:
        # No state of an earlier step has a part in it.
        return None
    return Recognition(
        "the loss reaches back into a graph that an earlier backward() has freed; a tensor that is kept from then, "
        "usually the state of the step before, leads there",
        "likely",
        weight=5,
    )


BAD = """\
import torch
from torch import nn

gru = nn.GRU(10, 16, batch_first=True)
state = torch.zeros(1, 4, 16)
for step in range(3):
    out, state = gru(torch.randn(4, 7, 10), state)
    loss = out.pow(2).mean()
    loss.backward()
print(loss.item())
"""

GOOD = BAD.replace(
    "out, state = gru(torch.randn(4, 7, 10), state)",
    "out, state = gru(torch.randn(4, 7, 10), state.detach())",
)

FAULT = Fault(
    code="SC209",
    slug="state_not_detached",
    headline="the hidden state was not detached from the step before",
    why=(
        "A state that comes out of one step and goes into the next ties the two graphs together. After backward() "
        "the first graph is gone, and the next backward() wants it again. detach() keeps the numbers and cuts the "
        "tie; retain_graph=True would only make the graph grow with every step."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Carry the numbers, not the graph: state = state.detach().",
    messages=(
        r"Trying to backward through the graph a second time",
        # The weights have been changed by then where the optimizer made its step in between.
        r"one of the variables needed for gradient computation has been modified by an inplace operation",
    ),
)
