"""A cell that is written out, of which one matrix was made with the width of one gate."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Cell(nn.Module):
        def __init__(self, i, h):
            super().__init__()
            self.w = nn.Parameter(torch.full((i, {w}), 0.1))
            self.u = nn.Parameter(torch.ones(h, {u}) * 0.1)
            self.b = nn.Parameter(torch.zeros({b}))
        def forward(self, x, h):
            r, z, n = {text}.chunk(3, 1)
            return torch.tanh(n) * r.sigmoid() * z.sigmoid()
    print(Cell(5, 6)(torch.randn(4, 5), torch.randn(4, 6)).sum(1))
"""


@pytest.mark.parametrize(
    "text", ["(x @ self.w + h @ self.u + self.b)", "(torch.mm(x, self.w) + torch.mm(h, self.u) + self.b)"]
)
def test_it_is_as_wide_as_the_matrix_beside_it_and_the_bias(text):
    found = mended(PROGRAM.format(w="3 * h", u="h", b="3 * h", text=text))
    assert found.output == printed(PROGRAM.format(w="3 * h", u="3 * h", b="3 * h", text=text))
    assert not found.doubts


def test_without_a_third_that_agrees_either_may_be_wrong():
    found = mended(PROGRAM.format(w="3 * h", u="h", b="1", text="(x @ self.w + h @ self.u)"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "->" in fix.title)
