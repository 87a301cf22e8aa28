"""Statistics that an object keeps for other data: one for each column, not for each row of the first data."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np

    class Scaler:
        def fit(self, x):
            {fit}
            return self

        def apply(self, x):
            return (x - self.low) / self.wide

    g = np.random.default_rng(0)
    scaler = Scaler().fit({data})
    print(round(float(scaler.apply({data}).sum() + scaler.apply({more}).sum()), 3))
"""
ARRAYS = {"data": "g.normal(3, 2, (40, 6))", "more": "g.normal(3, 2, (11, 6))"}
TENSORS = {"data": "torch.arange(240.0).view(40, 6)", "more": "torch.arange(66.0).view(11, 6)"}


@pytest.mark.parametrize(
    ("fit", "data"),
    [
        ("self.low, self.wide = x.mean(axis={0}), x.std(axis={0}) + 1e-8", ARRAYS),
        ("self.low = np.mean(x, axis={0}); self.wide = np.std(x, axis={0})", ARRAYS),
        ("self.low, self.wide = x.mean({0}), x.std(dim={0})", TENSORS),
        ("self.low = x.amin(dim={0}); self.wide = x.amax(dim={0}) - self.low", TENSORS),
    ],
)
def test_they_are_taken_along_the_rows(fit, data):
    found = mended(PROGRAM.format(fit=fit.format(1), **data), most=1)
    assert found.output == printed(PROGRAM.format(fit=fit.format(0), **data))
    assert not found.doubts


def test_what_is_scaled_at_once_may_be_scaled_row_by_row():
    program = "x = torch.rand(40, 6)\n    print((x - x.mean(1)).sum())"
    found = mended(f"    {program}", most=1)
    assert not any(fix.title.startswith("axis 0 for") for each in found.diagnoses for fix in each.fixes)


@pytest.mark.parametrize(("sizes", "is_sure"), [((3, 50), False), ((4, 3), False), ((50, 3), True)])
def test_rows_that_are_few_and_long_may_be_features(sizes, is_sure):
    program = PROGRAM[: PROGRAM.index("    print")] + "    print(scaler.apply(g.random({data})).shape)"
    fit = "self.low, self.wide = x.mean(axis=1), x.std(axis=1)"
    found = mended(program.format(fit=fit, data=f"np.ones({sizes}) * [[2.0]]").replace("g.random(np", "(np"), most=1)
    assert found.changed[0].startswith("self.low, self.wide = x.mean(axis=0)")
    assert bool(found.doubts) is not is_sure
