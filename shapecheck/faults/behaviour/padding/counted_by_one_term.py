"""One term of the loss counts padding that another one leaves out."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.linear = nn.Linear(8, 9)

    def forward(self, words):
        return self.linear(self.embedding(words))


def loss(scores, labels):
    wrong = nn.functional.cross_entropy(scores.transpose(1, 2), labels, ignore_index=0)
    logs = scores.log_softmax(-1)
    entropy = -(logs.exp() * logs).sum(-1)
    return wrong - 0.1 * entropy.mean()


words = torch.randint(1, 9, (4, 6))
words[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
report = audit(Model(), loss, (words, words))
"""
)

GOOD = BAD.replace("entropy.mean()", "entropy[labels != 0].mean()")

FAULT = Fault(
    code="SC877",
    slug="counted_by_one_term",
    headline="one term of the loss counts padding that another one leaves out",
    why=(
        "The terms are about the same positions. What lies behind the end of a sequence is no part of it for one of "
        "them, and as good as any other position for the next: how much a word counts depends on how long the longest "
        "sequence beside it is."
    ),
    recognise=sees("counted_by_one_term"),
    bad=BAD,
    good=GOOD,
    lesson="A mask belongs to every term of a loss.",
)
