"""A routing by agreement shares each output out among the inputs."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Routing(nn.Module):
    def __init__(self):
        super().__init__()
        self.guess = nn.Parameter(torch.randn(6, 3, 4, 5))

    def forward(self, inputs):
        guesses = torch.einsum("iodk,bik->biod", self.guess, inputs)
        scores = torch.zeros(len(inputs), 6, 3)
        for _ in range(3):
            share = scores.softmax(dim=1)
            out = (share.unsqueeze(-1) * guesses).sum(1)
            out = out / (1 + out.norm(dim=-1, keepdim=True))
            scores = scores + (guesses * out.unsqueeze(1)).sum(-1)
        return out.norm(dim=-1)


model = Routing()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
loss = nn.functional.multi_margin_loss(model(torch.randn(4, 6, 5)), torch.tensor([0, 2, 1, 1]))
loss.backward()
optimizer.step()
"""
)

GOOD = BAD.replace("softmax(dim=1)", "softmax(dim=2)")

FAULT = Fault(
    code="SC737",
    slug="routed_along_inputs",
    headline="a routing shares each output out among the inputs",
    why=(
        "In a routing by agreement each input shares itself out among the outputs, and gives most to the one whose "
        "guess agrees with it. Weights that sum to one over the inputs make a mean of all guesses instead: no output "
        "can take an input from another one, and how many inputs agree is lost."
    ),
    recognise=sees("routed_along_inputs"),
    bad=BAD,
    good=GOOD,
    lesson="The weights of a routing sum to one over the outputs: softmax(scores, dim=2) of (sample, input, output).",
)
