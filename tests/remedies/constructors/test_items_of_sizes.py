"""A width that is an item of a list of sizes, at another place of it than is wanted."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Deep(nn.Module):
        def __init__(self, widths, kinds):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])
            self.head = nn.Linear(widths[{at}], kinds)

        def forward(self, x):
            for layer in self.layers:
                x = torch.tanh(layer(x))
            return self.head(x)


    print(round(Deep({widths}, 3)(torch.randn(6, 4)).sum().item(), 4))
"""


@pytest.mark.parametrize("at", ["0", "1", "-2"])
@pytest.mark.parametrize("widths", ["[4, 9, 5, 7]", "(4, 9, 7)"])
def test_it_is_taken_at_the_place_that_is_wanted(at, widths):
    found = mended(PROGRAM.format(at=at, widths=widths), most=1)
    assert found.changed == ["self.head = nn.Linear(widths[-1], kinds)"]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(at="-1", widths=widths))


@pytest.mark.parametrize("widths", ["[4, 7, 9, 7]", "list(range(4, 8))"])
def test_a_size_that_is_there_twice_or_not_written_is_left(widths):
    found = mended(PROGRAM.format(at="0", widths=widths), most=1)
    assert not any("widths[" in fix.title for fix in found.diagnoses[0].fixes)
