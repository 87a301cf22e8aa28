"""Convolutions whose even kernel adds a place to what it is given."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Cell(nn.Module):
        def __init__(self, width, kernel):
            super().__init__()
            self.gates = nn.Conv2d(3 + width, 2 * width, kernel, padding={padding})

        def forward(self, x, h):
            gate, new = self.gates(torch.cat([x, h], dim=1)).chunk(2, dim=1)
            return torch.sigmoid(gate) * h + new.tanh()


    torch.manual_seed(1)
    print(Cell(4, {kernel})(torch.randn(2, 3, 9, 7), torch.randn(2, 4, 9, 7)).sum().item())
"""


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("kernel", [2, 4])
def test_as_large_as_what_came_in(kernel):
    found = mended(PROGRAM.format(kernel=kernel, padding="kernel // 2"))
    assert found.changed == ['self.gates = nn.Conv2d(3 + width, 2 * width, kernel, padding="same")']
    assert found.output == printed(PROGRAM.format(kernel=kernel, padding='"same"'))
    assert found.doubts == ["an odd kernel, with which nothing is added on one side only, may be meant"]


def test_where_nothing_is_added_an_odd_kernel_is_padded_by_half():
    found = mended(PROGRAM.format(kernel=5, padding="0"))
    assert found.changed == ["self.gates = nn.Conv2d(3 + width, 2 * width, kernel, padding=kernel // 2)"]
    assert found.output == printed(PROGRAM.format(kernel=5, padding="kernel // 2"))


def test_an_even_kernel_that_adds_nothing_is_another_matter():
    fixes = mended(PROGRAM.format(kernel=4, padding="0"), most=1).diagnoses[0].fixes
    assert not any('"same"' in each.title for each in fixes)
