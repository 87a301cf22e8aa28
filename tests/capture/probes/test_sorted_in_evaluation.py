"""A model that sorts its rows, and an evaluation that holds its guesses against labels as they came."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence


class Reviews(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.head = nn.Embedding(30, 8), nn.{kind}(8, 12, batch_first=True), nn.Linear(12, 4)

    def forward(self, words, sizes):
        {order}
        packed = pack_padded_sequence(self.embed(words)[order], sizes[order], batch_first=True)
        state = self.rnn(packed)[1]
        return self.head({state}[-1]){back}, order


def batch():
    sizes = torch.randint(2, 9, (10,))
    {sizes}
    words = torch.randint(1, 30, (10, int(sizes.max())))
    return words * (torch.arange(words.size(1)) < sizes[:, None]), sizes, torch.randint(0, 4, (10,))


model = Reviews()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(4):
    words, sizes, labels = batch()
    scores, order = model(words, sizes)
    loss = F.cross_entropy(scores, {trained})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    right = 0
    for _ in range(2):
        words, sizes, labels = batch()
        scores, order = model(words, sizes)
        {measure}
"""
PLAIN = {
    "kind": "GRU",
    "order": "order = sizes.argsort(descending=True)",
    "state": "state",
    "back": "",
    "sizes": "pass",
    "trained": "labels[order]",
    "measure": "right += (scores.argmax(-1) == labels).sum().item()",
}
WRONG = [
    {},
    {"order": "order = sizes.sort(descending=True)[1]"},
    {"kind": "LSTM", "state": "state[0]"},
    {"measure": "right += int(labels.eq(scores.max(1)[1]).sum())"},
    {"measure": "guess = scores.softmax(-1).argmax(-1)\n        right += (guess == labels).float().mean().item()"},
    {"order": "order = sizes.topk(len(sizes)).indices"},
]
RIGHT = [
    {"measure": "right += (scores.argmax(-1) == labels[order]).sum().item()"},
    {"measure": "right += (scores[order.argsort()].argmax(-1) == labels).sum().item()"},
    {"measure": "right += (scores.argmax(-1)[torch.argsort(order)] == labels).sum().item()"},
    {"back": "[order.argsort()]", "trained": "labels"},
    # Sorted by who made the batch, and labels that were made then: the model finds them in order.
    {"sizes": "sizes = sizes.sort(descending=True)[0]"},
    {
        "measure": "labels = torch.tensor([labels.tolist()[k] for k in order])\n        "
        "right += (scores.argmax(-1) == labels).sum().item()"
    },
    {
        "measure": "guess = torch.empty_like(labels)\n        guess[order] = scores.argmax(-1)\n        "
        "right += (guess == labels).sum().item()"
    },
    {
        "measure": "guess = torch.zeros(10, 4).index_copy(0, order, scores).argmax(-1)\n        "
        "right += (guess == labels).sum().item()"
    },
    {
        "measure": "guess = torch.zeros(10, 4).scatter(0, order[:, None].expand(-1, 4), scores).argmax(-1)\n        "
        "right += (guess == labels).sum().item()"
    },
]


@pytest.mark.parametrize("how", WRONG)
def test_guesses_in_the_order_of_a_sort_are_held_against_labels_as_they_came(how):
    assert slugs(PROGRAM.format(**{**PLAIN, **how}), "") == ["rows_in_another_order"]


@pytest.mark.parametrize("how", RIGHT)
def test_both_in_one_order(how):
    assert slugs(PROGRAM.format(**{**PLAIN, **how}), "") == []


BY_HAND = """
class Pings(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRUCell(3, 8), nn.Linear(8, 4)

    def forward(self, pings):
        sizes = torch.tensor([len(each) for each in pings])
        sizes, order = sizes.sort(descending=True)
        pings = [pings[i] for i in order.tolist()]
        h = torch.zeros(len(pings), 8)
        for t in range(int(sizes[0])):
            left = int((sizes > t).sum())
            h = torch.cat([self.cell(torch.stack([each[t] for each in pings[:left]]), h[:left]), h[left:]])
        return self.head(h[order.argsort()])


def batch(n):
    return [torch.randn(int(torch.randint(2, 9, ())), 3) for _ in range(n)], torch.randint(0, 4, (n,))


model = Pings()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(4):
    pings, labels = batch(6)
    loss = F.cross_entropy(model(pings), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    pings, labels = batch(7)
    right = (model(pings).argmax(1) == labels).sum().item()
"""


def test_the_sort_of_an_order_is_the_way_back_from_a_list_that_was_sorted():
    assert slugs(BY_HAND, after="") == []
