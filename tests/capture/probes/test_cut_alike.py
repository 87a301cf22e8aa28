"""A prediction and a target that were reshaped in the same way before a loss that holds number against number."""

from __future__ import annotations

import pytest
from programs import slugs

SERIES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 6), nn.Linear(6, 3)

    def forward(self, x, state):
        seen, state = self.rnn(x, state)
        return self.out(seen){squashed}, state


steps, rows = {sizes}
series = torch.rand(rows, 4 * steps + 1, 3).transpose(0, 1).contiguous()
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
state = torch.zeros(1, rows, 6)
for at in range(0, 4 * steps, steps):
    given, wanted = series[at : at + steps], series[at + 1 : at + 1 + steps]
    out, state = model(given, state.detach())
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("loss", "squashed"),
    [
        ("F.mse_loss(out.view(rows, -1), wanted.reshape(rows, -1))", ""),
        ("F.l1_loss(out.reshape(rows, -1), wanted.reshape(rows, -1), reduction='sum')", ""),
        ("nn.BCELoss()(out.flatten(), wanted.flatten())", ".sigmoid()"),
    ],
)
def test_the_same_pairs_meet_whatever_their_rows_are_called(loss, squashed):
    assert slugs(SERIES.format(loss=loss, squashed=squashed, sizes="7, 4"), "") == []


@pytest.mark.parametrize(
    "loss",
    [
        "F.mse_loss(out.view(rows, -1), wanted.transpose(0, 1).reshape(rows, -1))",
        "(out.view(rows, -1).mean(1) - wanted.transpose(0, 1).reshape(rows, -1).mean(1)).square().mean()",
    ],
)
def test_a_prediction_alone_that_was_reshaped_is_found(loss):
    assert "reshaped_instead_of_permuted" in slugs(SERIES.format(loss=loss, squashed="", sizes="7, 4"), "")
