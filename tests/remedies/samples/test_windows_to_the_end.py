"""Windows that are slid to the very end, beside what follows each of them."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np
    from torch.utils.data import TensorDataset
    series, lag = {series}, 6
    X = {windows}
    y = series[{begin}:]
    print(len(TensorDataset({given})))
"""
CASES = [
    (
        "np.arange(50.0)",
        "np.lib.stride_tricks.sliding_window_view({x}, lag)",
        "torch.tensor(X.copy()), torch.tensor(y)",
    ),
    ("torch.arange(50.0)", "{x}.unfold(0, lag, 1)", "X.clone(), y.clone()"),
]


@pytest.mark.parametrize(("series", "windows", "given"), CASES)
def test_the_last_window_has_nothing_behind_it(series, windows, given):
    found = mended(PROGRAM.format(series=series, windows=windows.format(x="series"), given=given, begin="lag"), most=1)
    assert found.diagnoses[0].slug == "tensors_of_other_lengths"
    right = windows.format(x="series[:-1]")
    assert found.output == printed(PROGRAM.format(series=series, windows=right, given=given, begin="lag"))
    assert not found.doubts


@pytest.mark.parametrize(("series", "windows", "given"), CASES)
def test_targets_that_begin_elsewhere_say_nothing_of_the_windows(series, windows, given):
    text = windows.format(x="series")
    found = mended(PROGRAM.format(series=series, windows=text, given=given, begin="lag + 3"), most=1)
    assert not any("[:-1]" in fix.title for fix in found.diagnoses[0].fixes)
