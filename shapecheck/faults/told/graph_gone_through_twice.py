"""backward() goes through a graph that an earlier backward() has gone through."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says
from shapecheck.reading.going_back import going_back


def _recognise(evidence: Evidence) -> Recognition | None:
    """Two calls of one value; what else it surfaces as, its remedies name."""
    if failed(evidence, "backward") is None or not says(evidence, r"backward through the graph a second time"):
        return None
    found = going_back(evidence)
    before = found.gone_through() if found is not None else None
    if found is None or before is None:
        return None
    text = found.source.span(found.call).text
    line = found.source.span(before.call).line
    return Recognition(f"{text} went through the same graph in line {line} already, and it is freed since", "likely")


BAD = """\
import torch
from torch import nn

model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
total = 0
for batch in torch.randn(3, 8, 4):
    loss = model(batch).pow(2).mean()
    total = total + loss
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
print(total.item())
"""

GOOD = BAD.replace("total.backward()", "loss.backward()")

FAULT = Fault(
    code="SC539",
    slug="graph_gone_through_twice",
    headline="backward() goes through a graph that an earlier backward() has gone through",
    why=(
        "backward() frees the graph that it goes through. A total of all rounds, a tensor that was made once in front "
        "of the loop, and a tensor that two losses share lead back into a graph that is gone. Each backward() needs a "
        "graph of its own: of the loss of this round alone, made anew in it, cut off where nothing is to be learned "
        "there, or kept by retain_graph=True for a second loss of the same round."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One forward, one backward: what a loss is made of is made in the same round.",
    messages=(r"Trying to backward through the graph a second time",),
    see="Ask of each name that the loss is made of in which line, and in which round, it was made.",
    speaks_for=lambda message: -1.0,
)
