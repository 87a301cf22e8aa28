"""Labels of pairs beside gaps that were not summed up to distances."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Pairs(nn.Module):
        def forward(self, left, right, alike):
            gaps = {gaps}
            near, far = {first} * gaps, F.relu(1 - gaps)
            return near.mean() + {second}.mean()

    alike = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    print(Pairs()(torch.randn(6, 8), torch.randn(6, 8), alike).shape)
"""


@pytest.mark.parametrize("gaps", ["(left - right) ** 2", "torch.abs(left - right)", "(left - right).pow(2)"])
@pytest.mark.parametrize(
    ("first", "second"), [("alike", "((1 - alike).unsqueeze(1) * far)"), ("(1 - alike)", "(alike[:, None] * far)")]
)
def test_one_distance_each_may_be_meant(gaps, first, second):
    assert mended(PROGRAM.format(gaps=gaps, first=first, second=second), most=1).doubts


def test_what_weighs_rows_goes_with_its_row():
    program = PROGRAM.format(gaps="(left - right) ** 2", first="alike{rows}", second="far")
    found = mended(program.format(rows=""), most=1)
    assert found.output == printed(program.format(rows=".unsqueeze(1)"))
    assert not found.doubts


def test_marks_that_keep_one_of_two_rows_go_with_them():
    program = PROGRAM.format(gaps="left * right", first="alike{rows}", second="((1 - alike).unsqueeze(1) * far)")
    found = mended(program.format(rows=""), most=1)
    assert found.output == printed(program.format(rows=".unsqueeze(1)"))
    assert not found.doubts
