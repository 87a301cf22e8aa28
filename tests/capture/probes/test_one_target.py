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
