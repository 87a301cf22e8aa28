"""One target that a loss holds against many predictions, and where that is meant."""

from __future__ import annotations

import pytest
from programs import slugs

STEPS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0])


def criterion(prediction, target):
    return {loss}


model = Model()
batches = [(torch.randn({rows}, 7, 3), torch.randn({rows}, 1)) for _ in range(3)]
"""


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("loss", "found"),
    [
        ("F.mse_loss(prediction, target.unsqueeze(1))", True),
        ("nn.L1Loss()(prediction.squeeze(-1), target)", True),
        ("F.smooth_l1_loss(target.unsqueeze(1), prediction)", True),
        ("F.mse_loss(prediction[:, -1], target)", False),
        ("F.mse_loss(prediction, target.unsqueeze(1).expand(-1, 7, -1))", False),
        # A label for all.
        ("F.mse_loss(prediction, torch.ones(1))", False),
        ("F.mse_loss(prediction, torch.full((len(target), 1, 1), 0.9))", False),
        ("F.mse_loss(prediction.mean(), target.mean())", False),
    ],
)
@pytest.mark.parametrize("rows", [1, 4])
def test_every_step_is_held_against_the_one_target(loss, found, rows):
    assert slugs(STEPS.format(loss=loss, rows=rows)) == (["one_target_for_many"] if found else [])


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("made", "scores"),
    [
        ("nn.Linear(3, 5)", "model(x)"),
        ("nn.ModuleList(nn.Linear(3, 1) for _ in range(5))", "torch.cat([part(x) for part in model], 1)"),
    ],
)
def test_columns_and_members_may_share_a_target(made, scores):
    program = f"model = {made}\nbatches = [(torch.randn(6, 3), torch.randn(6, 1)) for _ in range(3)]\n"
    train = f"""
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    loss = F.mse_loss({scores}, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    assert slugs(program, train) == []


GUESSES = """
class Dropped(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.drop, self.out = nn.Linear(3, 8), nn.Dropout(0.3), nn.Linear(8, 1)

    def forward(self, x):
        h = self.body(x).relu()
        return torch.stack([self.out(self.drop(h)) for _ in range(5)]).squeeze(-1)


class Members(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights, self.bias = nn.Parameter(torch.randn(5, 3, 1)), nn.Parameter(torch.zeros(5, 1, 1))

    def forward(self, x):
        return torch.baddbmm(self.bias, x.expand(5, -1, -1), self.weights).squeeze(-1)


class Levels(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.level, self.out = nn.Linear(3, 8), nn.Linear(1, 8), nn.Linear(8, 1)

    def forward(self, x, tau):
        return self.out(self.body(x).unsqueeze(0) * self.level(tau.t().unsqueeze(-1)).relu()).squeeze(-1)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.cell, self.out = nn.Linear(3, 8), nn.GRUCell(8, 8), nn.Linear(8, 1)

    def forward(self, x):
        h, guesses = self.first(x), []
        for _ in range(5):
            h = self.cell(h, h)
            guesses.append(self.out(h))
        return torch.stack(guesses).squeeze(-1)


model = {model}()
batches = [(torch.randn(6, 3), torch.randn(6)) for _ in range(3)]
"""


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("model", "scores", "found"),
    [
        ("Dropped", "model(x)", []),
        ("Members", "model(x)", []),
        ("Levels", "model(x, torch.rand(6, 5))", []),
        ("Decoder", "model(x)", ["one_target_for_many"]),
    ],
)
def test_several_guesses_of_one_number(model, scores, found):
    train = f"""
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    loss = F.mse_loss({scores}, y.unsqueeze(0))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    assert slugs(GUESSES.format(model=model), train) == found
