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
        ("return (torch.mul((made - x).pow(2), weight[None])).mean()", "weight[None].transpose(0, 1))"),
        # A factor that was made of the predictions themselves.
        (
            "each = F.binary_cross_entropy_with_logits(made, (x > 0).float(), reduction='none')\n"
            "    return ((1 - torch.exp(-each.mean(1))) ** 2 * each).mean()",
            "((1 - torch.exp(-each.mean(1))) ** 2).unsqueeze(-1) * each",
        ),
        (
            "score = made.exp()\n    return -((score / score.sum(1)).log() * (x > 0)).mean()",
            "score.sum(1).unsqueeze(-1)",
        ),
    ],
)
def test_weights_of_samples_along_features(loss, edit):
    ((slug, edits),) = audited(WEIGHED.format(loss=loss))
    assert slug == "spread_along_other_axis"
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
