"""A level that is taken off the rewards of several tries of each sample: that of the sample, or that of all."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
model = nn.Embedding(20, 20)
optimizer = torch.optim.SGD(model.parameters(), 0.1)

def advantage(rewards, {told}):
    {level}

begun = {begun}
for _ in range(3):
    written = torch.cat([begun, torch.randint(0, 20, (20, 5))], 1)
    rewards = begun[:, 0] / 5 + (written[:, 3:] == begun[:, :1]).float().sum(1)
    likely = model(written[:, :-1]).log_softmax(-1).gather(-1, written[:, 1:, None]).squeeze(-1)
    loss = -(advantage(rewards, {given}) * likely).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = {
    "told": "tries=4",
    "given": "4",
    "level": "return ((rewards - rewards.mean()) / (rewards.std() + 1e-4)).unsqueeze(1)",
    "begun": "torch.randint(0, 20, (5, 3)).repeat_interleave(4, dim=0)",
}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"level": "return rewards[:, None] - rewards[:, None].mean(0, keepdim=True)"}, True),
        ({"told": "tries", "given": "tries=4"}, True),
        # Each has its own level, or that of all is meant: nobody says anything else.
        (
            {"level": "rows = rewards.view(-1, tries); return (rows - rows.mean(1, True)).view(-1, 1)"},
            False,
        ),
        ({"told": "scale=2.0", "given": "2.0"}, False),
        # The number counts something else, or there are no copies of anything.
        ({"told": "tries=5", "given": "5"}, False),
        ({"begun": "torch.randint(0, 20, (20, 3))"}, False),
        ({"begun": "torch.randint(0, 20, (1, 3)).repeat_interleave(20, dim=0)"}, False),
    ],
)
def test_tries_of_a_sample_have_a_level_of_their_own(changes, found):
    assert slugs(PROGRAM.format(**PLAIN | changes), "") == (["copies_of_others"] if found else [])


CLASS = """
class Loss(nn.Module):
    def __init__(self, copies=3, scale=0.5):
        super().__init__()
        self.copies, self.scale = copies, scale

    def forward(self, out, rewards):
        gain = {gain}
        return -(gain * out.squeeze(1)).mean()

model, criterion = nn.Linear(6, 1), Loss()
batches = [(torch.randn(4, 6).repeat_interleave(3, 0), torch.randn(12)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("gain", "found"),
    [
        ("rewards - rewards.mean()", True),
        ("(rewards.view(-1, self.copies) - rewards.view(-1, self.copies).mean(1, True)).flatten()", False),
    ],
)
def test_a_loss_that_was_told_of_copies_when_it_was_made(gain, found):
    assert slugs(CLASS.format(gain=gain)) == (["copies_of_others"] if found else [])
