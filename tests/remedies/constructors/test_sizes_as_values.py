"""A tensor that was made of the sizes that it was to have."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np
    rows, steps, width = 4, 3, 5
    x = torch.randn(rows, steps, width)
    buffer = {made}
    {filled}
    print(buffer.sum().item())
"""
ROW_BY_ROW = "for at in range(rows): buffer[at] = x[at]"
COPIED = "for at in range(rows): buffer[at].copy_(x[at])"
EACH = """for row in range(rows):
        for at in range(width):
            buffer[row, at] = x[row, 0, at].item()"""


@pytest.mark.parametrize(
    ("wrong", "right", "filled"),
    [
        ("torch.tensor((rows, steps, width), dtype=torch.float)", "torch.zeros(4, 3, 5)", COPIED),
        ("torch.Tensor([rows, steps, width])", "torch.zeros(4, 3, 5)", ROW_BY_ROW),
        ("torch.tensor([rows, 3, 5])", "torch.zeros(4, 3, 5)", "buffer[:, 1] = x[:, 1]"),
        ("torch.tensor([rows, width, steps])", "torch.zeros(4, 5, 3)", "buffer[:, :, 2] = x[:, 2]"),
        ("torch.tensor((rows, width))", "torch.zeros(4, 5)", EACH),
        ("np.array((rows, width))", "np.zeros((4, 5))", EACH),
        (
            "torch.tensor((2, 3, 6), dtype=torch.float)",
            "torch.zeros(2, 3, 6)",
            "buffer = nn.GRU(5, 6, 2)(x, buffer)[0]",
        ),
    ],
)
def test_zeros_of_these_sizes_are_made(wrong, right, filled):
    found = mended(PROGRAM.format(made=wrong, filled=filled), most=1)
    assert found.diagnoses[0].slug == "sizes_as_values"
    assert found.output == printed(PROGRAM.format(made=right, filled=filled))
    assert not found.doubts


def test_numbers_that_nothing_counts_leave_a_doubt():
    found = mended(PROGRAM.format(made="torch.tensor([7, 2, 9])", filled="buffer[0, 1] = 2"), most=1)
    assert found.diagnoses[0].slug != "sizes_as_values" or found.doubts


@pytest.mark.parametrize(
    ("made", "filled"),
    [
        ("torch.tensor([7, 2])", "buffer[0] = x[0]"),
        ("torch.tensor([1.5, 3, 5])", "buffer[0] = x[0]"),
        ("torch.tensor([[4, 3], [5, 2]])", "buffer[0] = x[0]"),
        ("torch.tensor([4, 3, 5])", "buffer[7] = 1"),
    ],
)
def test_other_numbers_are_no_sizes(made, filled):
    assert mended(PROGRAM.format(made=made, filled=filled), most=1).diagnoses[0].slug != "sizes_as_values"
