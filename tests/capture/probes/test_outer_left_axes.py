"""A column against a row: where the column comes from, where the script shows it."""

from __future__ import annotations

import pytest
from programs import audited

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(4, 3), nn.Linear(4, 1)

    def forward(self, x):
        {forward}


def batch():
    return torch.randn(6, 4), torch.randn(6), torch.randint(0, 3, (6,))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    x, y, picked = batch()
    out = model(x)
    {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
HELD = "every_prediction_with_every_target"
MSE = "loss = F.mse_loss(out, y)"
PICKED = "out.gather(1, picked.unsqueeze(1))"


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("forward", "loss", "edit"),
    [
        # A squeeze along an axis of several items takes nothing.
        ("return self.head(x).squeeze(0)", MSE, "        return self.head(x).squeeze(-1)"),
        ("return torch.squeeze(self.head(x), dim=-2)", MSE, "        return torch.squeeze(self.head(x), dim=-1)"),
        ("return 2 * self.head(x).squeeze(0).tanh()", MSE, "        return 2 * self.head(x).squeeze(-1).tanh()"),
        (
            "return self.body(x).unsqueeze(1).mean(2).squeeze(0)",
            "loss = ((out - y) ** 2).mean()",
            "        return self.body(x).unsqueeze(1).mean(2).squeeze(-1)",
        ),
        # What is gathered by numbers that had an axis put in for it.
        (
            "return self.body(x)",
            f"q = {PICKED}\n    loss = F.smooth_l1_loss(q, y)",
            f"    q = {PICKED}.squeeze(-1)",
        ),
        (
            "return self.body(x).log_softmax(1)",
            f"p = {PICKED}\n    loss = -(p.exp() * y).mean()",
            f"    p = {PICKED}.squeeze(-1)",
        ),
        # Nothing else tells: it is the loss.
        ("return self.head(x)", MSE, "    loss = F.mse_loss(out.squeeze(-1), y)"),
    ],
)
def test_where_the_axis_comes_from(forward, loss, edit):
    ((slug, edits),) = audited(PROGRAM.format(forward=forward, loss=loss), "")
    assert (slug, [line.rstrip() for line in edits]) == (HELD, [edit])
