"""A last layer that was told the number of another parameter."""

import pytest
from mended import mended, printed

POINTS = """
    class Points(nn.Module):
        def __init__(self, axes=3, wide={wide}, deep=9):
            super().__init__()
            self.read, self.rnn = nn.Linear(axes, wide), nn.GRU(wide, deep, batch_first=True)
            self.out = nn.Linear(deep, {outputs})

        def forward(self, x):
            return self.out(self.rnn(self.read(x))[0]{taken})

    x = torch.randn(4, 6, 3)
    print(round(F.mse_loss(Points()(x), x{taken}).item(), 4))
"""


@pytest.mark.parametrize("taken", ["", "[:, -1]"])
@pytest.mark.parametrize("wide", [5, 2])
def test_the_parameter_of_as_many_is_told(taken, wide):
    found = mended(POINTS.format(outputs="wide", taken=taken, wide=wide))
    assert found.output == printed(POINTS.format(outputs="axes", taken=taken, wide=wide))
    assert not found.doubts


def test_a_number_that_nothing_else_is_made_with_may_be_another_one():
    program = POINTS.replace("deep=9", "deep=9, many=5").format(outputs="many", taken="", wide=7)
    found = mended(program, most=1)
    assert "many -> axes" not in [fix.title for fix in found.diagnoses[0].fixes]
