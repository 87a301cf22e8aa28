"""Rows with all steps of a sample are laid as their twin before both go through the same function."""

import pytest
from mended import mended, printed

SCALED = """
    import numpy as np


    class Scaler:
        def __init__(self, width):
            self.wide = {wide}

        def back(self, table):
            return table {sign} self.wide


    scaler, truth = Scaler({width}), torch.rand(6, 3, 4)
    guess = nn.Linear(5, 12)(torch.rand(6, 5)).detach()
    one, two = scaler.back({guess}), scaler.back({truth})
    gap = {gap}
    print(round(float(abs(gap).mean()), 4))
"""
ARRAYS, TENSORS = ("guess.numpy()", "truth.numpy()"), ("guess", "truth")


@pytest.mark.parametrize("given", [ARRAYS, TENSORS])
@pytest.mark.parametrize(
    ("gap", "is_sure"),
    [("one.reshape(two.shape) - two", True), ("one - two", False), ("one - two.reshape(one.shape)", False)],
)
def test_it_is_laid_as_its_twin(given, gap, is_sure):
    guess, truth = given
    wide = "np.arange(1.0, width + 1)" if given is ARRAYS else "torch.arange(1.0, width + 1)"
    fields = {"width": 4, "wide": wide, "sign": "*", "truth": truth, "gap": gap}
    found = mended(SCALED.format(guess=guess, **fields))
    laid = guess.replace("guess", "guess.reshape(truth.shape)")
    assert found.output == printed(SCALED.format(guess=laid, **fields))
    assert bool(found.doubts) is not is_sure


def test_a_width_of_nobody_is_no_reason_to_lay_rows_otherwise():
    fields = {
        "width": 5,
        "wide": "np.arange(width) + 1",
        "sign": "*",
        "guess": "guess.numpy()",
        "truth": "truth.numpy()",
        "gap": "one - two",
    }
    found = mended(SCALED.format(**fields), most=1)
    assert not any(fix.title.startswith("guess.reshape") for each in found.diagnoses for fix in each.fixes)
