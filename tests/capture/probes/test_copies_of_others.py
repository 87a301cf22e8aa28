"""Rewards of several tries of each sample: held against the tries of the same sample, or against those of others."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Linear(3, 5)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    samples = torch.randn(4, 3)
    x = {copied}
    scores = {scores}
    choice = {drawn}
    reward = {reward}
    table = {table}
    gain = {gain}
    loss = -(gain.flatten() * scores.log_softmax(-1).gather(1, choice).squeeze(1)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = {
    "copied": "samples.repeat_interleave(6, dim=0)",
    "scores": "model(x)",
    "drawn": "torch.multinomial(scores.detach().softmax(-1), 1)",
    "reward": "(choice.squeeze(1) == x.argmax(1)).float()",
    "table": "reward.view(4, 6)",
    "gain": "table - table.mean(0, keepdim=True)",
}
TILED = {"copied": "samples.repeat(6, 1)", "table": "reward.view(6, 4)"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"gain": "(table - table.mean(0)) / (table.std(0) + 1e-4)"}, True),
        ({"copied": "samples[:, None].expand(-1, 6, -1).reshape(24, 3)", "table": "reward.unflatten(0, (4, 6))"}, True),
        (TILED | {"gain": "table - table.mean(1, keepdim=True)"}, True),
        (TILED, False),
        ({"gain": "table - table.mean(1, keepdim=True)"}, False),
        ({"gain": "table - table.mean()"}, False),
        # What every k-th try is given makes it comparable with the k-th ones of others.
        ({"scores": "model(x) / torch.linspace(0.5, 2, 6).repeat(4)[:, None]"}, False),
        ({"scores": "(model(x).view(4, 6, 5) / torch.linspace(0.5, 2, 6)[None, :, None]).view(24, 5)"}, False),
        ({"scores": "model(x * (1 + torch.arange(24) % 6)[:, None])"}, False),
        # What a model made of the copies may have its mean over the samples taken off.
        ({"reward": "model(x + torch.randn(24, 3)).amax(1)"}, False),
        ({"drawn": "scores.argmax(1, keepdim=True)"}, False),
        # No try of anything.
        ({"copied": "torch.randn(24, 3)"}, False),
        ({"reward": "(choice.squeeze(1) == x.argmax(1)).float()[torch.randperm(24)]"}, False),
    ],
)
def test_tries_of_a_sample_are_held_against_each_other(changes, found):
    assert slugs(PROGRAM.format(**PLAIN | changes), "") == (["copies_of_others"] if found else [])


def test_the_change_goes_along_the_tries_for_all_of_the_statistics():
    gain = "(table - table.mean(0)) / (table.std(0) + 1e-4)"
    ((_, lines),) = audited(PROGRAM.format(**PLAIN | {"gain": gain}), "")
    assert lines == ["    gain = (table - table.mean(1, keepdim=True)) / (table.std(1, keepdim=True) + 1e-4)\n"]
