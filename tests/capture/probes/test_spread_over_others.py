"""One number for each sample that meets all samples, where another axis is as long as the batch."""

from __future__ import annotations

import pytest
from programs import audited, slugs

WEIGHED = """
from torch.utils.data import DataLoader, TensorDataset


def criterion(made, pair):
    x, weight = pair
    {loss}


class Model(nn.Sequential):
    def forward(self, pair):
        return super().forward(pair[0])


features = torch.linspace(1, 2, 6)
model = Model(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 6))
data = TensorDataset(torch.randn(30, 6), torch.rand(30) + 0.5)
batches = [(pair, pair) for pair in DataLoader(data, batch_size=6, shuffle=True)]
"""


@pytest.mark.parametrize(
    ("loss", "edit"),
    [
        ("return ((made - x) ** 2 * weight).mean()", "return ((made - x) ** 2 * weight.unsqueeze(-1)).mean()"),
        ("return (weight * F.l1_loss(made, x, reduction='none')).sum() / weight.sum()", "weight.unsqueeze(-1) * F."),
        ("return F.cross_entropy(made / weight, x.argmax(1))", "made / weight.unsqueeze(-1), x"),
        ("return (made - x).abs().masked_fill(weight > 1, 0.0).mean()", "masked_fill((weight > 1).unsqueeze(-1), 0.0)"),
        ("each = (made - x).pow(2)\n    each *= weight\n    return each.mean()", "each *= weight.unsqueeze(-1)"),
        (
            "return F.binary_cross_entropy_with_logits(made, (x > 0).float(), weight=weight)",
            "weight=weight.unsqueeze(-1)",
        ),
        ("return (torch.mul((made - x).pow(2), weight[None])).mean()", "weight[None].transpose(0, 1))"),
    ],
)
def test_weights_of_samples_along_features(loss, edit):
    ((slug, edits),) = audited(WEIGHED.format(loss=loss))
    assert slug == "spread_along_other_axis"
    assert edit in edits[0]


@pytest.mark.parametrize(
    ("loss", "edit"),
    [
        # A factor that was made of the predictions themselves.
        (
            "each = F.binary_cross_entropy_with_logits(made, (x > 0).float(), reduction='none')\n"
            "    return ((1 - torch.exp(-each.mean(1))) ** 2 * each).mean()",
            "torch.exp(-each.mean(1, keepdim=True))) ** 2 * each",
        ),
        (
            "score = made.exp()\n    return -((score / score.sum(1)).log() * (x > 0)).mean()",
            "score.sum(1, keepdim=True)",
        ),
        (
            "gap, share = (made - x).abs(), (made - x).abs().amax(dim=1)\n    return (gap * (gap > share / 2)).mean()",
            "(made - x).abs().amax(dim=1, keepdim=True)",
        ),
    ],
)
def test_what_was_reduced_without_keeping_its_axis(loss, edit):
    ((slug, edits),) = audited(WEIGHED.format(loss=loss))
    assert slug == "axis_lost_by_reduction"
    assert edit in edits[0]


@pytest.mark.parametrize(
    "loss",
    [
        "return ((made - x) ** 2 * weight.unsqueeze(1)).mean()",
        "return ((made - x).pow(2).mean(1) * weight).mean()",
        "return ((made - x) ** 2 * features).mean()",
        "return ((made - x) ** 2 * model[2].bias.detach().exp()).mean()",
        # One number for all samples, for each feature.
        "return ((made - x) ** 2 / x.var(0)).mean()",
        # Each sample is held against each on purpose, and the weights belong to the columns.
        "return F.cross_entropy(made @ made.t() - weight.log(), torch.arange(6))",
        "return F.cross_entropy(made @ x.t() - weight.log(), torch.arange(6))",
        "return (torch.cdist(made, x) * weight).mean()",
        "return (weight.view(-1, 1) * torch.cdist(made, made) * weight).mean()",
        # Several guesses for each sample, the samples along the second axis.
        "return ((made.t() - weight) ** 2).mean()",
    ],
)
def test_what_belongs_along_its_axis(loss):
    assert slugs(WEIGHED.format(loss=loss)) == []


PICKED = """
data, weights, order = torch.randn(30, 6), torch.rand(30), torch.randperm(30)
model = nn.Linear(6, 6)
"""
PICKS = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for start in range(0, 30, 6):
    rows = {rows}
    x, weight = data[rows], weights[{other}]
    loss = ((model(x) - x) ** 2 * weight{call}).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("rows", "other", "call", "found"),
    [
        ("order[start:start + 6]", "rows", "", ["spread_along_other_axis"]),
        ("slice(start, start + 6)", "rows", "", ["spread_along_other_axis"]),
        ("order[start:start + 6]", "rows", ".unsqueeze(-1)", []),
        ("slice(start, start + 6)", "rows", "[:, None]", []),
        # The first of all features, whichever samples these are.
        ("order[start:start + 6]", "slice(0, 6)", "", []),
        ("order[start:start + 6]", "torch.arange(6)", "", []),
    ],
)
def test_rows_that_one_index_picked(rows, other, call, found):
    assert slugs(PICKED, PICKS.format(rows=rows, other=other, call=call)) == found


@pytest.mark.parametrize(("call", "found"), [("", ["spread_along_other_axis"]), (".unsqueeze(-1)", [])])
def test_a_mask_along_the_steps(call, found):
    program = f"""
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 1)

        def forward(self, x):
            return self.head(self.rnn(x)[0]).squeeze(-1)


    def criterion(made, y):
        return ((made - y[0]).abs() * y[1]{call}).mean()


    model = Model()
    x, y, kept = torch.randn(18, 6, 3), torch.randn(18, 6), torch.tensor([1.0, 1, 0, 1, 1, 0]).repeat(3)
    batches = [(x[rows], (y[rows], kept[rows])) for rows in torch.randperm(18).view(3, 6)]
    """
    assert slugs(program) == found


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 3, 1, 0, 2, 4]])
def test_a_sample_that_moves_nothing_is_not_mixed(order):
    program = f"""
    class Model(nn.Linear):
        def forward(self, pair):
            return super().forward(pair[0])

    def criterion(made, pair):
        x, keep = pair
        return ((made - x).abs() * keep.unsqueeze(-1)).sum() / keep.sum()

    model = Model(6, 6)
    data, keep = torch.randn(6, 6), torch.tensor([1.0, 1, 1, 0, 1, 0])
    batches = [((data[rows], keep[rows]),) * 2 for rows in torch.tensor({order}).repeat(3, 1)]
    """
    assert slugs(program) == []


RANKED = """
from torch.utils.data import DataLoader, TensorDataset

model, criterion = nn.Linear(7, 12), nn.CrossEntropyLoss()
x, y = torch.randn(25, 7), torch.randint(0, 12, (25,))
batches = {batches}
"""
MEASURED = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for epoch in range(2):
    for x, y in batches:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    hits = 0.0
    with torch.no_grad():
        for x, y in batches:
            scores = model(x)
            hits += ({hits}).item()
    model.train()
"""
BATCHES = [
    "DataLoader(TensorDataset(x, y), batch_size=5, shuffle=True)",
    "[*zip(x.split(5), y.split(5))]",
    "[(torch.randn(5, 7), torch.tensor([3, 1, 4, 1, 5]).roll(i)) for i in range(5)]",
]


@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize(
    ("hits", "edit"),
    [
        ("(scores.topk(5, dim=1).indices == y).any(1).float().sum()", "indices == y.unsqueeze(-1))"),
        ("torch.topk(scores, 5)[1].eq(y).sum()", ".eq(y.unsqueeze(-1))"),
        ("torch.eq(scores.argsort(1)[:, -5:], y[None]).any(dim=1).sum()", "y[None].transpose(0, 1))"),
        ("((scores.sort(1).indices[:, 7:] == y) / torch.arange(2.0, 7)).sum()", "== y.unsqueeze(-1)) /"),
        ("(lambda top: top.eq(y.view(1, -1).expand_as(top)))(scores.topk(5)[1]).any(1).sum()", ""),
        ("(scores.topk(5)[1] - y == 0).any(1).sum()", "- y.unsqueeze(-1) == 0)"),
    ],
)
def test_ranks_as_many_as_samples(hits, edit, batches):
    ((slug, edits),) = audited(RANKED.format(batches=batches), MEASURED.format(hits=hits))
    assert slug == "spread_along_other_axis"
    assert edit in edits[0]


@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize(
    "hits",
    [
        "(scores.topk(5)[1] == y[:, None]).any(1).sum()",
        "(scores.topk(5)[1].t() == y).any(0).sum()",
        "(lambda top: top.eq(y.view(1, -1).expand_as(top)))(scores.topk(5)[1].t())[:3].float().sum()",
        # An order that is held against the one that all should have.
        "(scores[:, :5].argsort(1) == torch.arange(5)).all(1).sum()",
        # Pairs of samples of one class, spread by hand.
        "(torch.cdist(scores, scores) * y.expand(5, 5).eq(y.expand(5, 5).t())).sum()",
        "(scores @ scores.t() * (y.view(-1, 1).expand(5, 5) == y)).sum()",
        "(y[torch.cdist(scores, scores).topk(5).indices] == y[:, None]).sum()",
    ],
)
def test_ranks_that_meet_their_own_label(hits, batches):
    assert slugs(RANKED.format(batches=batches), MEASURED.format(hits=hits)) == []


@pytest.mark.parametrize(("call", "found"), [("", ["spread_along_other_axis"]), (".unsqueeze(-1)", [])])
def test_batches_that_nobody_picked(call, found):
    """That a label is that of a sample is seen where both meet at the loss."""
    program = f"""
    def criterion(made, pair):
        y, weight = pair
        hits = (made.topk(5)[1] == y{call}).sum().item()
        return (F.cross_entropy(made, y, reduction="none") * weight).mean()

    model = nn.Linear(7, 12)
    batches = [(torch.randn(5, 7), (torch.randperm(12)[:5], torch.rand(5))) for _ in range(3)]
    """
    assert slugs(program) == found


TOWERS = """
share = torch.softmax(torch.randn(40), 0)
needs = torch.rand(40, 9)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.people, self.jobs = nn.Linear(9, 8), nn.Embedding(40, 8)

    def forward(self, x):
        skills, job = x
        return self.people(skills) @ self.jobs(job).t() / 0.2, job


def criterion(made, y):
    scores, job = made
    return F.cross_entropy(scores - share[job].log(){call}, y)


def batch():
    job = torch.multinomial(share, 16, replacement=True)
    return (torch.bernoulli(needs[job]), job), torch.arange(16)


model = Model()
batches = [batch() for _ in range(3)]
"""


@pytest.mark.parametrize("call", ["", "[None]", ".expand(16, 16)"])
def test_rivals_in_the_batch_have_a_column_each(call):
    """How common a job is goes off the scores for that job, which is the pair of one sample and a rival of all."""
    assert slugs(TOWERS.format(call=call)) == []


CONCORDANT = """
def tell(scores, time, event):
    n = len(time)
    rank = (time[:, None] < time[None, :]).float() * event.view(-1, 1)
    at = {at}
    own = {own}
    return ((own < at).float() * rank).sum() / rank.sum()


def table(n):
    x = torch.randn(n, 5)
    return x, torch.randint(0, 6, (n,)), torch.randint(0, 2, (n,)).float()


model = nn.Linear(5, 6)
(x, time, event), (test, late, gone) = table(24), table(9)
"""
SPLIT = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for start in range(0, 24, 8):
    rows = slice(start, start + 8)
    loss = F.cross_entropy(model(x[rows]), time[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    tell(model(test).softmax(1).cumsum(1), late, gone).item()
"""


@pytest.mark.parametrize("own", ["at.diag().view(-1, 1)", "scores.gather(1, time.view(-1, 1))"])
@pytest.mark.parametrize(
    "at",
    [
        "scores.gather(1, time.view(1, -1).expand(n, -1)).t()",
        "scores[:, time].t()",
        "scores.index_select(1, time).T",
        "scores.t()[time]",
        "(scores @ F.one_hot(time, 6).float().t()).t()",
        "torch.zeros(n, 6).scatter_(1, time[:, None], 1.0) @ scores.mT",
    ],
)
def test_the_scores_of_all_at_the_time_of_each(at, own):
    """Whatever picks the times: a row of the table is of the sample whose time it is."""
    assert slugs(CONCORDANT.format(at=at, own=own), SPLIT) == []


@pytest.mark.parametrize("weight", ["weight[:, None]", "features", "torch.rand(6)", "weight.unsqueeze(1).expand(6, 6)"])
def test_weights_that_a_loss_is_given(weight):
    loss = f"return F.binary_cross_entropy_with_logits(made, (x > 0).float(), weight={weight})"
    assert slugs(WEIGHED.format(loss=loss)) == []
