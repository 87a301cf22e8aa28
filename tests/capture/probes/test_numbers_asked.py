"""Losses of numbers over rows of several lengths that count what the rows were filled up with."""

from __future__ import annotations

import pytest
from programs import how_certain, slugs

PROGRAM = """
from torch.nn.utils.rnn import pad_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 8, batch_first=True), nn.Linear(8, {kinds})

    def forward(self, x):
        return self.out(self.rnn(x)[0]){squeezed}


def padded():
    lengths = torch.tensor([11, 4, 8, 6, 5])
    keep = torch.arange(11) < lengths[:, None]
    {made}
    return x, y, keep.float()


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for x, y, keep in [padded() for _ in range(3)]:
    guess = model(x)
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
MASKED = "x = torch.randn(5, 11, 3) * keep[..., None]; y = (2 + x.sum(-1)) * keep"
FILLED = "x = torch.randn(5, 11, 3).masked_fill(~keep.unsqueeze(2), 0.0); y = (1 + x[..., 0]).masked_fill(~keep, 0)"
LISTED = (
    "rows = [torch.randn(n, 3) for n in lengths.tolist()]; x = pad_sequence(rows, batch_first=True); "
    "y = pad_sequence([3 + row.mean(1) for row in rows], batch_first=True)"
)
COUNTED = [
    "((guess - y) ** 2).mean()",
    "F.mse_loss(guess, y)",
    "nn.SmoothL1Loss()(guess, y)",
    "(guess - y).abs().sum() / y.numel()",
]


def found(loss, made=MASKED, kinds=1, squeezed="[..., 0]"):
    return slugs(PROGRAM.format(loss=loss, made=made, kinds=kinds, squeezed=squeezed), "")


@pytest.mark.parametrize(
    ("loss", "made"), [*((loss, MASKED) for loss in COUNTED), (COUNTED[0], FILLED), (COUNTED[1], LISTED)]
)
def test_the_filler_is_asked_for(loss, made):
    assert found(loss, made) == ["padding_asked_for"]


def test_of_several_numbers_a_step():
    made = "x = torch.randn(5, 11, 3) * keep[..., None]; y = (x[..., :2] + 4) * keep.unsqueeze(-1)"
    assert found("F.mse_loss(guess, y)", made, 2, "") == ["padding_asked_for"]
    right = "(F.mse_loss(guess, y, reduction='none') * keep[..., None]).sum() / (2 * keep.sum())"
    assert found(right, made, 2, "") == []


@pytest.mark.parametrize("made", [MASKED, FILLED, LISTED])
@pytest.mark.parametrize(
    "loss",
    [
        "(((guess - y) ** 2) * keep).sum() / keep.sum()",
        "F.mse_loss(guess[keep.bool()], y[keep.bool()])",
        "((guess - y) ** 2)[keep > 0].mean()",
    ],
)
def test_the_filler_is_left_out(loss, made):
    assert found(loss, made) == []


@pytest.mark.parametrize(
    "made",
    [
        # What is asked for behind the end of an input is measured as well, or is zero elsewhere too.
        "x = torch.randn(5, 11, 3) * keep[..., None]; y = torch.randn(5, 11)",
        "x = torch.randn(5, 11, 3) * keep[..., None]; y = torch.randn(5, 11).relu() * keep",
        # One feature says where anything is: behind the end a value of zero is meant.
        "x = torch.randn(5, 11, 3); x[..., 2] = 1; x = x * keep[..., None]; y = (2 + x.sum(-1)) * keep",
        # Zeros that nobody has filled in for want of something.
        "x = torch.randn(5, 11, 3) * (torch.rand(5, 11, 1) < 0.7); y = x.sum(-1)",
    ],
)
def test_zeros_that_may_be_meant(made):
    assert found(COUNTED[0], made) == []


@pytest.mark.parametrize(("made", "said"), [(MASKED, ("possible", "note")), (LISTED, ("likely", "error"))])
def test_what_a_mask_has_blanked_may_stand_still_there(made, said):
    assert how_certain(PROGRAM.format(made=made, kinds=1, squeezed="[..., 0]", loss=COUNTED[0]), "") == [said]
