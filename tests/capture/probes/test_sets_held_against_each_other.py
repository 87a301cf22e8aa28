"""Two sets held against each other along both axes of a table mix what they hold, and are meant to."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
def plan_cost(x, y, eps=0.1):
    cost = {table}
    f, g = torch.zeros(len(x)), torch.zeros(len(y))
    for _ in range(4):
        f = -eps * torch.logsumexp((g[None] - cost) / eps, dim=1)
        g = -eps * torch.logsumexp((f[:, None] - cost) / eps, dim={axis})
    return (((f[:, None] + g[None] - cost) / eps).exp() * cost).sum()


def nearest(x, y):
    cost = {table}
    return cost.min(1).values.mean() + cost.min({axis}).values.mean()


model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    noise, drawn = torch.randn(12, 4), torch.randn(12, 2) + 2
    loss = {loss}(model(noise), drawn)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("loss", ["plan_cost", "nearest"])
@pytest.mark.parametrize("table", ["torch.cdist(x, y) ** 2", "(x[:, None] - y[None]).pow(2).sum(-1)"])
def test_sets_are_told_apart_along_both_axes(loss, table):
    assert slugs(PROGRAM.format(loss=loss, table=table, axis=0), after="") == []


WEIGHED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.score, self.head = nn.Linear(6, 5), nn.Linear(5, 5)

    def forward(self, x):
        scores = self.score(x)
        return self.head(scores - scores.logsumexp(1, keepdim=True) - scores.logsumexp(0, keepdim=True))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(8, 6), torch.randint(0, 5, (8,))) for _ in range(3)]
"""


def test_what_is_no_table_of_pairs_is_told_as_before():
    assert slugs(WEIGHED) == ["reduced_along_batch"]


VIEWS = """
pictures, texts = nn.Linear(8, 16), nn.Linear(6, 16)
model = nn.ModuleList([pictures, texts])
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    both = torch.randn(12, 4)
    x, y = torch.cat([both, torch.randn(12, 4)], 1), torch.cat([both, torch.randn(12, 2)], 1)
    table = F.normalize(pictures(x), dim=-1) @ F.normalize(texts(y), dim=-1).t() / 0.1
    same = torch.arange(12)
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    "loss",
    [
        "F.nll_loss(table.log_softmax(1), same) + F.nll_loss(table.log_softmax(0).t(), same)",
        "-(table.log_softmax(1).diagonal() + table.log_softmax(0).diagonal()).mean()",
    ],
)
def test_a_softmax_of_each_side_over_the_other(loss):
    assert slugs(VIEWS.format(loss=loss), after="") == []


def test_a_softmax_of_classes_over_the_samples_beside_one_over_the_classes():
    weighed = WEIGHED.replace("scores.logsumexp(1, keepdim=True)", "scores.log_softmax(1)")
    assert slugs(weighed.replace("scores.logsumexp(0, keepdim=True)", "scores.log_softmax(0)")) == [
        "reduced_along_batch"
    ]
