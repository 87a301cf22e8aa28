"""A layer is computed for nothing."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(9, 4)
        self.tags = nn.Embedding(6, 4)
        self.linear = nn.Linear(8, 6)

    def forward(self, words, tags):
        word = self.words(words)
        tag = self.tags(tags)
        return self.linear(torch.cat([word, word], dim=1)), tags


def loss(out, target):
    scores, tags = out
    return nn.functional.cross_entropy(scores, target, reduction="none").mul(tags + 1).mean()


batch = (torch.tensor([1, 5, 7]), torch.tensor([0, 2, 4])), torch.tensor([3, 5, 0])
report = audit(Model(), loss, batch)
"""
)

GOOD = BAD.replace("torch.cat([word, word], dim=1)", "torch.cat([word, tag], dim=1)")

FAULT = Fault(
    code="SC790",
    slug="layer_without_influence",
    headline="a layer is computed and its result is never read",
    why=(
        "The result has a name that nobody reads, and another tensor of its shape is read in its place. Everything "
        "fits, and the layer has no influence: one that the optimizer holds never learns, and one that was to make the "
        "goals of another makes none."
    ),
    recognise=sees("layer_without_influence"),
    bad=BAD,
    good=GOOD,
    lesson="Each name that a forward gives is read in it.",
)
