"""Rows that are sorted in front of a model, and picked behind it by the order or by its inverse."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.walk, self.out = nn.Embedding(20, 6), nn.GRU(6, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, words, lengths):
        return self.out(self.walk(pack_padded_sequence(self.words(words), lengths, batch_first=True))[1][0])


model = Reader()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    kind = torch.randint(0, 3, (6,))
    rows = [torch.randint(1, 20, (n,)) for n in (4, 7, 3, 6, 8, 5)]
    {sort}
    scores = {picked}
    loss = F.cross_entropy(scores, {labels})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
IN_A_LIST = """order = torch.tensor(sorted(range(6), key=lambda at: -len(rows[at])))
    words = pad_sequence([rows[at] for at in order.tolist()], batch_first=True)
    lengths = torch.tensor([len(rows[at]) for at in order.tolist()])"""
ON_THE_TAPE = """words, lengths = pad_sequence(rows, batch_first=True), torch.tensor([4, 7, 3, 6, 8, 5])
    lengths, order = lengths.sort(descending=True)
    words = words[order]"""


def found(sort, picked, labels="kind"):
    return slugs(PROGRAM.format(sort=sort, picked=picked, labels=labels), "")


@pytest.mark.parametrize("sort", [IN_A_LIST, ON_THE_TAPE])
def test_the_order_is_no_way_back(sort):
    assert found(sort, "model(words, lengths)[order]") == ["rows_in_another_order"]
    assert found(sort, "model(words, lengths).index_select(0, order)") == ["rows_in_another_order"]
    assert found(sort, "model(words, lengths)[order.argsort()]") == []
    assert found(sort, "torch.zeros(6, 3).index_copy(0, order, model(words, lengths))") == []
    assert found(sort, "model(words, lengths)", "kind[order]") == []


def test_the_inverse_takes_its_place():
    [(_, edits)] = audited(PROGRAM.format(sort=IN_A_LIST, picked="model(words, lengths)[order]", labels="kind"), "")
    assert edits[0].strip() == "scores = model(words, lengths)[order.argsort()]"
