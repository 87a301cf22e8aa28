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


@pytest.mark.parametrize(("kernel", "padding"), [(5, "0"), (4, "0")])
def test_other_padding_is_another_matter(kernel, padding):
    found = mended(PROGRAM.format(kernel=kernel, padding=padding))
    assert not any('"same"' in line for line in found.changed)
