"""Parts that were joined along an axis they have, where each of them has a place of its own in what they meet."""

import pytest
from mended import mended, printed

PROGRAM = """
    def unlike(guess, labels):
        marks = torch.{join}([(labels == kind).float() for kind in range(3)], {along})
        {met}


    guess, labels = torch.rand(2, 3, 4, 5), torch.arange(40).view(2, 4, 5) % 3
    print(round(unlike(guess, labels).item(), 4))
"""
MET = [
    "assert guess.shape == marks.shape; return (guess - marks).abs().mean()",
    "return (guess * marks).mean()",
    "return F.mse_loss(guess, marks)",
]


@pytest.mark.parametrize("met", MET)
@pytest.mark.parametrize("along", ["dim=1", "1"])
def test_the_parts_are_stacked(met, along):
    found = mended(PROGRAM.format(join="cat", along=along, met=met))
    assert found.diagnoses[0].fixes[0].title == "torch.stack"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(join="stack", along="dim=1", met=met))


def test_parts_that_no_axis_is_for_stay_joined():
    found = mended(PROGRAM.format(join="cat", along="dim=2", met=MET[1]))
    assert not any(fix.title == "torch.stack" for fix in found.diagnoses[0].fixes)
