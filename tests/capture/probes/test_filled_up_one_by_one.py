"""Sequences that a model takes one by one, and fills up to the longest behind what it made of each."""

import pytest
from programs import slugs

BAGS = """
from torch.nn.utils.rnn import pad_sequence


class Bags(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.wide, self.top = nn.Embedding(31, 12), nn.Linear(12, 10), nn.Linear({width}, 3)

    def forward(self, bags):
        rows = pad_sequence([{each} for bag in bags], batch_first=True)
        sizes = torch.tensor([len(bag) for bag in bags])
        return self.top(rows.sum({axis}) / sizes[:, None])


model, criterion = Bags(), nn.CrossEntropyLoss()
sizes = [[5, 3, 7, 4], [6, 8, 3, 9]]
batches = [([torch.randint(0, 31, (n,)) for n in row], torch.randint(0, 3, (4,))) for row in sizes]
"""


@pytest.mark.parametrize(
    ("each", "width"),
    [("self.emb(bag)", 12), ("self.wide(self.emb(bag))", 10), ("torch.tanh(self.wide(self.emb(bag)))", 10)],
)
def test_the_steps_of_each_are_no_samples(each, width):
    assert slugs(BAGS.format(each=each, width=width, axis=1)) == []
