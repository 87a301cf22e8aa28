"""CTC takes the samples of the batch for the steps of one sequence."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.linear = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 4)

    def forward(self, x):
        return self.linear(self.gru(x)[0]).log_softmax(2)


def loss(log_probs, letters):
    steps, counts = torch.full((7,), 7), torch.full((7,), 2)
    return nn.functional.ctc_loss(log_probs, letters, steps, counts)


report = audit(Model(), loss, (torch.randn(7, 7, 3), torch.tensor([[1, 2], [2, 3], [3, 1]] * 2 + [[1, 3]])))
"""
)

GOOD = BAD.replace("ctc_loss(log_probs, letters", "ctc_loss(log_probs.transpose(0, 1), letters")

FAULT = Fault(
    code="SC710",
    slug="ctc_along_batch",
    headline="the loss of CTC reads the samples of the batch as the steps of a sequence",
    why=(
        "CTC takes (steps, batch_size, classes), whatever batch_first says elsewhere. With as many samples as steps "
        "nothing raises, and the letters of each sample are looked for in one step of all samples."
    ),
    recognise=sees("ctc_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="Turn the scores in front of CTC: log_probs.transpose(0, 1).",
)
