"""A mask leaves nothing out, although the rows are padded."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

def padded(words, size=8):
    ids = words + [0] * (size - len(words))
    mask = torch.zeros(size)
    mask[:len(ids)] = 1
    return torch.tensor(ids), mask


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.head = nn.Embedding(9, 6), nn.Linear(6, 3)

    def forward(self, ids, mask):
        found = self.words(ids) * mask.unsqueeze(-1)
        return self.head(found.sum(1) / mask.sum(1, keepdim=True))


texts = [[5, 7, 2], [6, 2], [7, 5, 6, 2, 4], [5, 6, 6, 8, 7, 2, 1]]
ids, mask = (torch.stack(each) for each in zip(*map(padded, texts)))
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
loss = nn.functional.cross_entropy(model(ids, mask), torch.tensor([0, 2, 1, 1]))
loss.backward()
optimizer.step()
"""
)

GOOD = BAD.replace("mask[:len(ids)]", "mask[:len(words)]")

FAULT = Fault(
    code="SC719",
    slug="mask_leaves_nothing_out",
    headline="a mask says the same of padding as of everything else",
    why=(
        "A mask that is made behind the padding, of what is as long as the longest by then, or that is all ones, hides "
        "nothing. What fills the rows up is pooled and attended to as if somebody had written it."
    ),
    recognise=sees("mask_leaves_nothing_out"),
    bad=BAD,
    good=GOOD,
    lesson="Make the mask of the lengths before the rows are filled up, or of where the filler stands: ids != padding.",
)
