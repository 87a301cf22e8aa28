"""A module sorts its rows by length and gives them back so, to a loss that pairs them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
from torch.nn.utils.rnn import pack_padded_sequence


class Pairs(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.gru = nn.GRU(8, 6, batch_first=True)
        self.linear = nn.Linear(3, 6)

    def titles(self, words, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(self.embedding(words[order]), lengths, batch_first=True)
        _, last = self.gru(packed)
        return last[0]

    def forward(self, words, lengths, photos):
        return self.linear(photos) @ self.titles(words, lengths).t()


def loss(scores, labels):
    return nn.functional.cross_entropy(scores, torch.arange(len(scores)))


words, lengths = torch.randint(1, 9, (5, 7)), torch.tensor([3, 7, 2, 5, 4])
report = audit(Pairs(), loss, ((words, lengths, torch.randn(5, 3)), torch.arange(5)))
"""
)

GOOD = BAD.replace("return last[0]", "return last[0][order.argsort()]")

FAULT = Fault(
    code="SC846",
    slug="rows_left_sorted",
    headline="rows were sorted and not put back, and meet rows in another order",
    why=(
        "What is packed is sorted by length first, and so is what comes out. The loss pairs row k of it with row k of "
        "something that nobody has sorted: two different samples. The sizes agree, so nothing complains."
    ),
    recognise=sees("rows_left_sorted"),
    bad=BAD,
    good=GOOD,
    lesson="Put the rows back before they are returned: out[order.argsort()].",
)
