"""A network is given its target in the place of its input."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

def net(x, weight):
    return nn.functional.linear(torch.tanh(nn.functional.linear(x, weight[0])), weight[1])


weight = [torch.randn(8, 1, requires_grad=True), torch.randn(1, 8, requires_grad=True)]
optimizer = torch.optim.SGD(weight, 0.01)
for step in range(3):
    x = torch.rand(20, 1)
    seen, query = (x[:12], x[:12].sin()), (x[12:], x[12:].sin())
    loss = nn.functional.mse_loss(net(seen[0], weight), seen[1])
    loss = loss + nn.functional.mse_loss(net(query[1], weight), query[1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("net(query[1], weight)", "net(query[0], weight)")

FAULT = Fault(
    code="SC1095",
    slug="given_its_target",
    headline="a network is given its target in the place of its input",
    why=(
        "Given its target, a network only has to hand on what it reads, and the loss is zero. Elsewhere in the "
        "same step it is given one thing and asked for another, so that this call teaches it something else than "
        "the others do."
    ),
    recognise=sees("given_its_target"),
    bad=BAD,
    good=GOOD,
    lesson="A pair is (x, y): net(pair[0]) against pair[1].",
)
