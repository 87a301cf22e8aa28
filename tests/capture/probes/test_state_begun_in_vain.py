"""States that a loop begins with, and that get a new value in each round which no call is given."""

from __future__ import annotations

import pytest
from programs import audited

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.new, self.old, self.out = nn.Linear(3, 6), nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x, {argument}=None):
        if {argument} is None:
            {argument} = x.new_zeros(len(x), 6)
        {argument} = torch.tanh(self.new(x) + self.old({argument}))
        return self.out({argument}), {argument}

def other(h):
    return h

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
steps, targets = torch.randn(5, 4, 3), torch.randn(5, 4, 2)
for _ in range(2):
    {begun}
    cost = 0.0
    {rounds}
        {call}
        {behind}
        cost = cost + F.mse_loss(out, y)
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()
"""
PLAIN = {
    "argument": "h",
    "begun": "h = None",
    "call": "out, h = model(x)",
    "behind": "pass",
    "rounds": "for x, y in zip(steps, targets):",
}


@pytest.mark.parametrize(
    ("change", "edit"),
    [
        ({}, "out, h = model(x, h=h)"),
        ({"argument": "state"}, "out, h = model(x, state=h)"),
        ({"begun": "last, h = 0, torch.zeros(4, 6)"}, "out, h = model(x, h=h)"),
        ({"call": "out, h = model(x, h)"}, None),
        ({"call": "out, h = model(x, h=h)"}, None),
        # It was never begun, is called something that nobody is to read, or is read for something else.
        ({"begun": "pass"}, None),
        ({"call": "out, _ = model(x)"}, None),
        ({"behind": "cost = cost + 0.01 * h.square().mean()"}, None),
        ({"call": "out = model(x)[0]"}, None),
        # All rounds so far are read anew, or the same each time.
        ({"rounds": "for k, y in enumerate(targets):", "call": "out, h = model(steps[:k + 1].flatten(1)[:, :3])",
          "behind": "y = y[0]; out = out[-1]"}, None),
        ({"call": "out, h = model(steps[0])"}, None),
        ({"rounds": "for k, y in enumerate(targets):", "call": "out, h = model(steps[k])"},
         "out, h = model(steps[k], h=h)"),
        # Each round learns by itself: of another sample, or of a step of the same ones.
        ({"behind": "F.mse_loss(model(x)[0], y).backward()"}, None),
        ({"rounds": "for k, y in enumerate(targets):", "call": "out, h = model(steps[:, k % 4])", "behind":
          "y = targets[:, 0]; F.mse_loss(model(steps[:, k % 4])[0], y).backward()"},
         "out, h = model(steps[:, k % 4], h=h)"),
    ],
)  # fmt: skip
def test_a_state_that_no_call_is_given(change, edit):
    found = [edits for slug, edits in audited(PROGRAM.format(**PLAIN | change), "") if slug == "state_not_handed_on"]
    assert [[text.strip() for text in edits] for edits in found] == ([] if edit is None else [[edit]])
