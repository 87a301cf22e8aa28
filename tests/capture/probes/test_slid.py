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


READ = """
gru, linear = nn.GRU(6, 6), nn.Linear(6, 4)
conv, other = nn.Conv1d(2, 6, 3, padding=1), nn.Conv1d(6, 6, 5, padding=2)
model = nn.ModuleList([conv, other, gru, linear])
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(4):
    symbols = torch.randint(1, 4, ({batch}, 3))
    x = torch.stack([symbols.repeat_interleave(3, 1) + torch.randn({batch}, 9) for _ in range(2)], -1)
    x = x.transpose(0, 1).contiguous()
    h = conv(x.{there}).relu()
    out, _ = gru(other(h).{back})
    lengths = torch.full(({batch},), 9), torch.full(({batch},), 3)
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
CTC = "F.ctc_loss(linear(out).log_softmax(-1), symbols, *lengths)"
SUMMED = "nn.CTCLoss(reduction='sum')(linear(out).log_softmax(-1), symbols, *lengths)"
# Each step has terms of its own, and of what they are nobody says.
STEPS = "F.mse_loss(linear(out)[..., :2], x)"


@pytest.mark.parametrize(
    ("axes", "loss", "batch", "found"),
    [
        (WRONG, CTC, 7, True),
        (WRONG, SUMMED, 5, True),
        (RIGHT, CTC, 7, False),
        (RIGHT, CTC, 9, False),
    ],
)
def test_several_convolutions_slide_along_the_steps_of_what_is_read(axes, loss, batch, found):
    program = READ.format(loss=loss, batch=batch, **axes)
    assert slugs(program, "") == (["convolution_along_batch"] if found else [])


def test_where_each_step_has_terms_of_its_own_nobody_says_which_axis_holds_the_samples():
    assert "convolution_along_batch" not in slugs(READ.format(loss=STEPS, batch=7, **WRONG), "")
