"""A column that a model moves by a step: the one that is asked for, or another one, with the answer left in sight."""

from __future__ import annotations

import pytest
from programs import slugs

BODY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.kind, self.gru, self.out = nn.Embedding(3, 4), nn.GRU(7, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, kinds, series):
        first = self.kind(kinds)[:, None].expand(-1, series.size(1), -1)
        given = torch.cat([first, series], dim=-1)
        {moved}
        return self.out(self.gru(given[:, 1:])[0]).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = []
for _ in range(3):
    series = torch.randn(5, 9, 3)
    batches.append(((torch.randint(0, 3, (5,)), series), {asked}))
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    loss = criterion(model(*x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
OWN = "series[:, 1:, 2].clone()"


@pytest.mark.parametrize(
    ("moved", "asked", "is_told"),
    [
        ("given[..., 2] = given[..., 2].roll(1, dims=1)", OWN, True),
        ("given[..., 5] = torch.roll(given[..., 5], 1, 1)", OWN, True),
        ("given[..., 6] = given[..., 6].roll(1, dims=1)", OWN, False),
        ("given[..., 4] = given[..., 4].roll(1, dims=1); given[..., 6] = given[..., 6].roll(1, dims=1)", OWN, False),
        ("given[..., 2] = given[..., 2].roll(1, dims=1)", "series[:, 1:].mean(-1)", False),
        ("given[..., 6] = 0", OWN, False),
        # Nobody moves anything: it may be meant to be copied.
        ("pass", OWN, False),
    ],
)
def test_the_column_that_is_asked_for_is_the_one_to_move(moved, asked, is_told):
    assert slugs(BODY.format(moved=moved, asked=asked), TRAIN) == ["target_not_shifted"] * is_told


def test_who_asks_for_the_column_that_is_moved_and_for_others_means_both():
    body = BODY.format(moved="given[..., 4] = given[..., 4].roll(1, dims=1)", asked=OWN)
    train = TRAIN.replace("criterion(model(*x), y)", "criterion(m := model(*x), y) + criterion(m, x[1][:, 1:, 0])")
    assert "target_not_shifted" not in slugs(body, train)
