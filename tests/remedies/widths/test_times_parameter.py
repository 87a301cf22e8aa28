"""A width that was told one of two sizes which the input was merged of."""

import pytest
from mended import mended, printed

CUT = """
    class Cut(nn.Module):
        def __init__(self, kinds=3, size=4, width={width}):
            super().__init__()
            self.size, self.read = size, nn.Linear({told}, width)

        def forward(self, x):
            {made}
            return self.read(x)

    print(round(Cut()(torch.randn(2, 3, 20)).sum().item(), 4))
"""
MADE = [
    "x = x.unfold(2, self.size, self.size).transpose(1, 2).flatten(2)",
    "x = x.reshape(2, 3, 5, self.size).permute(0, 2, 1, 3).reshape(2, 5, -1)",
]


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("width", [12, 7])
def test_the_other_one_is_there_as_well(made, width):
    found = mended(CUT.format(width=width, told="kinds", made=made))
    assert found.output == printed(CUT.format(width=width, told="kinds * size", made=made))
    assert not found.doubts


def test_what_was_not_merged_has_no_second_factor():
    program = CUT.replace("torch.randn(2, 3, 20)", "torch.randn(2, 12)")
    found = mended(program.format(width=7, told="kinds", made="x = x + 1"), most=1).diagnoses[0]
    assert "kinds -> kinds * size" not in [fix.title for fix in found.fixes]
