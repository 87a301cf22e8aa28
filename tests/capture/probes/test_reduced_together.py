"""Several reductions along the samples that belong together, and the same along the steps; statistics of a batch."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.key, self.value, self.out = nn.Linear(4, 6), nn.Linear(4, 6), nn.Linear(6, 3)

    def forward(self, x):
        k, v = self.key(x), self.value(x)
        {body}
        return self.out(h.tanh()).mean(1)


model, criterion = Model(), nn.CrossEntropyLoss()
data = torch.utils.data.TensorDataset(torch.randn(15, 7, 4), torch.randint(0, 3, (15,)))
batches = torch.utils.data.DataLoader(data, batch_size=5, shuffle=True)
"""
AVERAGED = "w = k.exp(); low = w.sum({axis}); h = k.sigmoid() * ((w * v).sum({axis}) / low)"
CONTEXT = "h = v + torch.mean(v, {axis}, keepdim=True)"


@pytest.mark.parametrize("body", [AVERAGED, CONTEXT])
def test_all_that_run_along_the_samples_change_together(body):
    assert slugs(PROGRAM.format(body=body.format(axis=0))) == ["reduced_along_batch"]
    assert slugs(PROGRAM.format(body=body.format(axis="1, keepdim=True" if body is AVERAGED else 1))) == []


def test_each_of_them_is_edited():
    ((_, lines),) = audited(PROGRAM.format(body=AVERAGED.format(axis=0).replace("; ", "\n        ")))
    kept = AVERAGED.format(axis="1, keepdim=True").split("; ")
    assert [line.strip() for line in lines[:2]] == kept[1:]


@pytest.mark.parametrize(
    "body",
    [
        # A norm of the batch, for each place of it or for the features of all steps.
        "h = (k - k.mean(0, keepdim=True)) / (k.std(0, keepdim=True) + 1e-5)",
        "h = (k - k.mean((0, 1))) / (k.std((0, 1)) + 1e-5)",
        # What is centred by the batch may be meant.
        "h = k - k.mean(0, keepdim=True).detach()",
    ],
)
def test_statistics_of_the_batch(body):
    assert slugs(PROGRAM.format(body=body)) == []


BOTH = """
model = nn.Linear(4, 6)

def criterion(out, target):
    p, q = F.softmax(target, dim={axis}), F.log_softmax(out, dim={axis})
    return F.kl_div(q, p, reduction="batchmean")

batches = [(torch.randn(5, 4), torch.randn(5, 6)) for _ in range(3)]
"""


def test_both_sides_of_a_divergence():
    assert [bool(slugs(BOTH.format(axis=axis))) for axis in (0, 1)] == [True, False]


FORECAST = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        low, wide = x.mean({axis}, keepdim=True), x.std({axis}, keepdim=True)
        out = self.linear(((x - low) / wide).transpose(1, 2)).transpose(1, 2)
        return out * wide{cut} + low{cut}


model, criterion = Model(), nn.MSELoss()
data = torch.utils.data.TensorDataset(torch.randn(15, 8, 2), torch.randn(15, 3, 2))
batches = torch.utils.data.DataLoader(data, batch_size=5, shuffle=True)
"""


def test_what_is_put_back_on_a_forecast_is_cut_to_its_length():
    assert slugs(FORECAST.format(axis=0, cut="[:, :3]")) == ["reduced_along_batch"]
    assert slugs(FORECAST.format(axis=1, cut="")) == []


MATCHED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(4, 5), nn.Linear(3, 5)

    def forward(self, pair):
        left, right = self.left(pair[0]), self.right(pair[1])
        return F.normalize(left, dim=-1) @ F.normalize(right, dim=-1).T


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    scores = model((torch.randn(5, 4), torch.randn(5, 3)))
    loss = -(scores.log_softmax(0).diag().mean() + scores.log_softmax(1).diag().mean())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_a_table_of_pairs_of_as_many_samples_as_features():
    assert slugs(MATCHED, "") == []
