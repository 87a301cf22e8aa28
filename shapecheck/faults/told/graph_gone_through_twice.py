"""backward() goes through a graph that an earlier backward() has gone through."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

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
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="One forward, one backward: what a loss is made of is made in the same round.",
    messages=(r"Trying to backward through the graph a second time",),
    see="Ask of each name that the loss is made of in which line, and in which round, it was made.",
    speaks_for=lambda message: -1.0,
)
