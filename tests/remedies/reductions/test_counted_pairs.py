"""Counts of pairs that are to make a table."""

import pytest
from mended import mended, printed

TABLE = """
    import numpy as np
    n, m = 4, 5
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 3, 30), rng.integers(0, 4, 30)
    print({line}.sum(1).tolist())
"""


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("np.bincount(n * a + b, minlength=n).reshape(n, n)", "np.bincount(n * a + b, minlength=n ** 2).reshape(n, n)"),
        ("np.bincount(m * a + b, minlength=n).reshape(n, m)", "np.bincount(m * a + b, minlength=n * m).reshape(n, m)"),
        (
            "torch.bincount(torch.from_numpy(n * a + b), minlength=n).view(n, n)",
            "torch.bincount(torch.from_numpy(n * a + b), minlength=n ** 2).view(n, n)",
        ),
        (
            "np.bincount(n * a + b, minlength=n).astype(float).reshape(n, n)",
            "np.bincount(n * a + b, minlength=n ** 2).astype(float).reshape(n, n)",
        ),
    ],
)
def test_pairs_are_as_many_as_both_together(line, right):
    found = mended(TABLE.format(line=line))
    assert found.output == printed(TABLE.format(line=right))
    assert not found.doubts


@pytest.mark.parametrize("line", ["np.bincount(b, minlength=7).reshape(n, n)", "np.arange(n).reshape(n, n)"])
def test_other_counts_are_left(line):
    found = mended(TABLE.format(line=line), most=1)
    assert not any("minlength" in fix.title for fix in found.diagnoses[0].fixes)
