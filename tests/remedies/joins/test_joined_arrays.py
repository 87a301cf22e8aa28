"""One row that numpy is to put to several."""

import pytest
from mended import mended, printed

ROLLED = """
    import numpy as np

    rows = np.arange(12.0).reshape(4, 3)
    for k in range(3):
        rows = {call}
    print(torch.from_numpy(rows).sum(0).tolist())
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("np.concatenate([rows[1:], np.ones(3) * k])", "np.concatenate([rows[1:], np.ones((1, 3)) * k])"),
        ("np.concatenate((rows[1:], rows[0]), axis=0)", "np.concatenate((rows[1:], rows[:1]), axis=0)"),
    ],
)
def test_it_gets_the_axis_of_the_rows(wrong, right):
    found = mended(ROLLED.format(call=wrong))
    assert found.output == printed(ROLLED.format(call=right))
    assert not found.doubts
