"""Weights that begin with zeros and hold the data still: what a reshape behind them does to samples cannot be seen."""

import pytest
from programs import slugs

PROGRAM = """
{told}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.place = nn.Linear(2, 6)
        self.look, self.weigh = nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 3, padding=1)
        nn.init.zeros_(self.place.weight)
        nn.init.zeros_(self.place.bias)

    def moved(self, x, by):
        same = {same}
        grid = F.affine_grid((0.1 * by + same).view(-1, 2, 3), x.shape, align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)

    def forward(self, x, z):
        one, two = self.look(x), self.look(z)
        mask = torch.sigmoid(self.weigh(x))
        by = self.place(torch.cat([one, two], 1).mean((2, 3)))
        return one, two, self.look(self.moved(x, by)), self.moved(mask, by) * torch.sigmoid(self.weigh(z))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    one, two, there, mask = model(torch.rand(6, 1, 9, 9), torch.rand(6, 1, 9, 9))
    near, far = ((two - other).abs().sum(1) for other in (there, one))
    loss = (F.relu(near - far + 1) * mask.squeeze(1)).sum() / mask.sum().clamp_min(1e-6)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SAME = "[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]"


@pytest.mark.parametrize(("told", "same"), [("", f"torch.tensor({SAME})"), (f"SAME = torch.tensor({SAME})", "SAME")])
def test_a_constant_as_long_as_the_batch(told, same):
    assert slugs(PROGRAM.format(told=told, same=same), "") == []
