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


SORTED = """
model = nn.Linear(6, 8)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    table = model(torch.randn(8, 6))
    for _ in range({turns}):
        table = {first}
        table = {second}
    loss = -(table.exp() * torch.eye(8)).sum() / 8
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
STEPS = ["table.log_softmax({})", "table - table.logsumexp({}, keepdim=True)"]


@pytest.mark.parametrize("step", STEPS)
def test_scores_that_are_made_to_add_up_along_both_axes_in_turn_are_meant_so(step):
    assert slugs(SORTED.format(turns=3, first=step.format(0), second=step.format(1)), after="") == []


def test_along_the_samples_once_is_told_as_before():
    program = SORTED.format(turns=1, first=STEPS[0].format(0), second="table * 2")
    assert "reduced_along_batch" in slugs(program, after="")


ROUTED = """
class Router(nn.Module):
    def __init__(self):
        super().__init__()
        self.route, self.experts = nn.Linear(8, 3), nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, tokens):
        weights = self.route(tokens).softmax(0)
        {choice}
        out = torch.zeros_like(tokens)
        for at, expert in enumerate(self.experts):
            rows = chosen{of_expert}
            out = out.index_add(0, rows, expert(tokens[rows]) * weights[rows, at].unsqueeze(1))
        return out


model = Router()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    tokens = torch.randn(30, 8)
    loss = (model(tokens) - tokens.flip(1)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("choice", "of_expert"),
    [("chosen = weights.topk(6, dim=0).indices", "[:, at]"), ("chosen = torch.multinomial(weights.t(), 6)", "[at]")],
)
def test_experts_may_choose_among_the_samples(choice, of_expert):
    assert slugs(ROUTED.format(choice=choice, of_expert=of_expert), after="") == []


def test_experts_that_are_chosen_for_each_sample_are_weighed_for_each():
    choice = "chosen = weights.argmax(1)"
    program = ROUTED.format(choice=choice, of_expert=".eq(at).nonzero().flatten()")
    assert "reduced_along_batch" in slugs(program, after="")


GATES = """
class Gates(nn.Module):
    def __init__(self):
        super().__init__()
        self.gates = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))

    def forward(self, x):
        for gate, axis in zip(self.gates, (1, 0, 1)):
            x = x * gate(x).softmax(axis)
        return x


model, criterion = Gates(), nn.CrossEntropyLoss()
batches = [(torch.randn(8, 6), torch.randint(0, 6, (8,))) for _ in range(3)]
"""


def test_one_gate_of_three_along_the_samples_takes_no_turns():
    assert "reduced_along_batch" in slugs(GATES)
