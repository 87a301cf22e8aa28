"""Long series that a script wrote one step after the other."""

from __future__ import annotations

from programs import slugs

from shapecheck.capture.instruments.rows import made_in_turn

SERIES = """
level = torch.zeros({steps}, 8)
for t in range(1, {steps}):
    level[t] = 0.9 * level[t - 1] + torch.rand(8)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(1, 6), nn.Linear(6, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0])


model, criterion = Model(), nn.MSELoss()
batches = [(level[at:at + 20, :, None], level[at + 1:at + 21, :, None]) for at in (0, 20, 40)]
"""


def test_a_long_series_is_followed_once_and_not_for_each_of_its_steps(monkeypatch):
    asked = []
    are_in_turn = made_in_turn._are_in_turn
    monkeypatch.setattr(made_in_turn, "_are_in_turn", lambda *given: asked.append(given) or are_in_turn(*given))
    assert set(slugs(SERIES.format(steps=120))) <= {"samples_or_steps"}
    few = len(asked)
    assert set(slugs(SERIES.format(steps=200))) <= {"samples_or_steps"}
    assert 0 < few == len(asked) - few
