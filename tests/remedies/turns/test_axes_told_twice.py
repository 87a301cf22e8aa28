"""A permute that names one axis twice: the missing one takes the place with which the lines behind go on."""

import pytest
from mended import mended, printed

STEPS = """
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.fc = nn.LSTM(6, 9), nn.Linear(9, 4)

        def forward(self, x):
            out, _ = self.lstm(x.permute({axes}))
            return self.fc(out[-1])

    out = Tagger()(torch.randn(5, 7, 6))
    print(out.shape, round(out.std().item(), 4))
"""
IMAGES = """
    images = torch.randn(4, 9, 8, 3)
    lying = images.permute({axes})
    print(lying.shape, round(lying.std((0, 2, 3)).sum().item(), 4))
"""
STACKED = """
    gru, rows = nn.GRU(6, 9), [torch.randn(7, 6) for _ in range(5)]
    out, _ = gru(torch.stack([each for each in rows]).permute({axes}))
    print((out[-1] @ torch.ones(9, 2) + torch.ones(5, 1)).std().item())
"""
READ_LATER = """
    weight = torch.randn(11, 6)
    def last(x):
        return x.permute({axes})
    def scored(x):
        turned = last(x)
        return turned @ weight
    print(scored(torch.randn(5, 11, 7)).shape)
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (STEPS, "1, 0, 1", "1, 0, 2"),
        (STEPS, "1, 1, 2", "1, 0, 2"),
        (STEPS, "0, 0, 2", "1, 0, 2"),
        (STEPS, "1, 0, 0", "1, 0, 2"),
        (STEPS, "(1, 0, 1)", "(1, 0, 2)"),
        (STEPS, "-2, 0, -2", "-2, 0, -1"),
        (STACKED, "1, 0, 1", "1, 0, 2"),
        (STACKED, "0, 0, 2", "1, 0, 2"),
        (READ_LATER, "2, 0, 2", "2, 0, 1"),
        (READ_LATER, "0, 2, 2", "0, 2, 1"),
    ],
)
def test_what_is_missing_takes_the_place_that_the_lines_behind_read(program, wrong, right):
    found = mended(program.format(axes=wrong))
    assert found.output == printed(program.format(axes=right))
    assert not found.doubts


@pytest.mark.parametrize("wrong", ["0, 3, 2, 2", "0, 3, 1, 1"])
def test_where_the_lines_behind_take_both_there_is_a_doubt(wrong):
    found = mended(IMAGES.format(axes=wrong))
    assert found.output == printed(IMAGES.format(axes="0, 3, 1, 2"))
    assert found.doubts


@pytest.mark.parametrize("wrong", ["0, 0, 0", "1, 1, 4"])
def test_others_are_left(wrong):
    assert mended(STEPS.format(axes=wrong)).output == "crashed"
