"""Batches that a script stacks itself of single items, those of a replay memory, are what its model is given."""

from __future__ import annotations

import pytest
from programs import slugs

# Each state is made of the one before, so that no item enters the model by itself.
PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.level, self.each = nn.Linear(4, 9), nn.Linear(9, 1), nn.Linear(9, 3)

    def forward(self, state):
        hidden = self.body(state).relu()
        each = self.each(hidden)
        return self.level(hidden) + each - each.mean({axes})


model, memory, state = Model(), [], torch.randn(4)
for _ in range(12):
    after = state + 0.1 * torch.randn(4)
    memory.append((state, torch.tensor(len(memory) % 3), after.abs().sum(), after))
    state = after
batches = [(None, [memory[at] for at in at_once]) for at_once in torch.randperm(12)[:10].view(2, 5).tolist()]
"""
STEP = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _, picked in batches:
    states, actions, rewards, after = map(torch.stack, zip(*picked))
    with torch.no_grad():
        best = model(after).max(dim=1).values
    loss = F.mse_loss(model(states).gather(1, actions.unsqueeze(1)).squeeze(1), rewards + 0.9 * best)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(("axes", "expected"), [("", ["reduced_along_batch"]), ("1, keepdim=True", [])])
def test_their_samples_are_held_apart(axes, expected):
    assert slugs(PROGRAM.format(axes=axes), STEP) == expected
