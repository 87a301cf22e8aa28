"""Copies of two kinds of what was made of each sample, which meet: whole rows of them in one order, or in two."""

from __future__ import annotations

import pytest
from programs import lines_told

PROGRAM = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.told, self.last = nn.GRU(4, 4, batch_first=True), nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, words, x):
        steps, state = self.read(words)
        (b, t, d), whole = steps.shape, state[0]
        steps = {steps}
        whole = {whole}
        return self.last(((self.told(x) + whole)[:, None] * steps).mean(1))


model, criterion = Net(), nn.MSELoss()
batches = []
for _ in range(3):
    words = torch.randn(5, 6, 4)
    x = words.mean((1, 2)).repeat_interleave(3)[:, None] + torch.randn(15, 3)
    batches.append(((words, x), torch.randn(15, 2)))
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for (words, x), y in batches:
    loss = criterion(model(words, x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BESIDE = "steps.repeat(1, 3, 1).view(b * 3, t, d)"


@pytest.mark.parametrize(
    ("steps", "whole", "wrong"),
    [
        (BESIDE, "whole.repeat(1, 3, 1).view(b * 3, -1)", "whole"),
        ("steps.repeat_interleave(3, 0)", "whole.repeat(3, 1, 1).flatten(0, 1)", "whole"),
        ("steps.repeat(3, 1, 1)", "whole.tile(1, 3).reshape(b * 3, d)", "steps"),
        (BESIDE, "whole.repeat(1, 3).view(b * 3, -1)", ""),
        ("steps.repeat_interleave(3, 0)", "whole.repeat(1, 3).reshape(-1, d)", ""),
        # Parts of a row that come to stand in several are no copies of it.
        ("steps.repeat_interleave(3, 0)", "whole.repeat_interleave(3, 1).view(d, -1).t().reshape(b * 3, d)", ""),
    ],
)
def test_the_copies_that_lie_otherwise_than_the_data_are_told(steps, whole, wrong):
    found = lines_told(PROGRAM.format(steps=steps, whole=whole), TRAIN)
    assert found == ([f"{wrong} = {steps if wrong == 'steps' else whole}"] if wrong else [])
