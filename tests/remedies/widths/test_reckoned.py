"""A number that the script works out is mended where it is worked out, and stays worked out."""

import pytest
from mended import mended, printed

NET = """
    def left_of(count, kernels):
        for kernel in kernels:
            count = {step}
        return count


    class Net(nn.Module):
        def __init__(self, count=23, width=6, kernels=(5, 3)):
            super().__init__()
            self.body = nn.Sequential(*[nn.Conv1d(width, width, kernel) for kernel in kernels], nn.MaxPool1d(2))
            left = left_of(count, kernels)
            flat = {flat}
            self.top = nn.Linear(flat, 4)

        def forward(self, rows):
            return self.top(self.body(rows).flatten(1))


    print(round(Net()(torch.randn(3, 6, 23)).sum().item(), 4))
"""
STEP, FLAT = "count - (kernel - 1)", "width * (left // 2)"


@pytest.mark.parametrize(
    ("step", "flat", "where"),
    [
        ("count - kernel", FLAT, "count = count"),
        ("count - (kernel + 1)", FLAT, "count = count"),
        (STEP, "width * left", ""),
        (STEP, "left // 2", "flat = left // 2 * width"),
        (STEP, "width * (left // 2 - 1)", "flat = width * (left // 2)"),
    ],
)
def test_a_small_edit_of_the_arithmetic(step, flat, where):
    found = mended(NET.format(step=step, flat=flat))
    assert found.output == printed(NET.format(step=STEP, flat=FLAT))
    assert where.split(" = ")[0] in found.changed[0]
    assert "Linear" not in found.changed[0]
    assert not found.doubts


def test_without_such_an_edit_the_number_is_written_where_it_was_worked_out():
    found = mended(NET.format(step=STEP, flat="width * width * 7"))
    assert found.output == printed(NET.format(step=STEP, flat=FLAT))
    assert found.changed == ["flat = 48"]


def test_what_cannot_be_worked_out_is_left_to_others():
    flat = "int(torch.zeros(1, width, left).numel())"
    found = mended(NET.format(step=STEP, flat=flat))
    assert found.output == printed(NET.format(step=STEP, flat=FLAT))
