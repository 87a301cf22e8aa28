"""Prototypes of episodes that count the examples first and the classes second, as many of one as of the other."""

from __future__ import annotations

from programs import slugs

EPISODES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 6)

    def forward(self, episode):
        support, queries = episode
        rows = self.embed(support.flatten(0, 1)).tanh().view(5, 5, -1)
        return -torch.cdist(self.embed(queries.flatten(0, 1)).tanh(), rows.mean(0))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [((torch.randn(5, 5, 3), torch.randn(2, 5, 3)), torch.arange(5).repeat(2)) for _ in range(3)]
"""


def test_the_examples_may_stand_first():
    assert slugs(EPISODES) == []
