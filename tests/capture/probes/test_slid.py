"""Convolutions over sequences that slide along the samples of a batch."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
gru, smooth, linear = nn.GRU(3, 6), nn.Conv1d(6, 6, {kernel}, padding={kernel} // 2), nn.Linear(6, 2)
model = nn.ModuleList([gru, smooth, linear])
optimizer = torch.optim.SGD(model.parameters(), 0.1)
data = torch.randn(20, 7, 3)
for rows in torch.randperm(20).split(5):
    x = torch.stack([data[int(row)] for row in rows], 1)
    out, _ = gru(x)
    out = smooth(out.{there}).{back}
    loss = F.mse_loss(linear(out), x[..., :2])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
WRONG = {"there": "permute(0, 2, 1)", "back": "permute(0, 2, 1)"}
RIGHT = {"there": "permute(1, 2, 0)", "back": "permute(2, 0, 1)"}


@pytest.mark.parametrize(
    ("axes", "kernel", "found"),
    [
        (WRONG, 3, True),
        (RIGHT, 3, False),
        # A kernel of one joins nobody.
        (WRONG, 1, False),
    ],
)
def test_a_convolution_slides_along_the_steps(axes, kernel, found):
    program = PROGRAM.format(kernel=kernel, **axes)
    assert slugs(program, "") == (["convolution_along_batch"] if found else [])
