"""Targets that begin with steps of the input, where the model foretells those behind them."""

import pytest
from mended import mended, printed

PROGRAM = """
def window(series, begin, past, known, ahead):
    {lines}


series = torch.randn(60, 2)
pairs = [window(series, begin, 9, {known}, 4) for begin in range(0, 40, 8)]
x, y = (torch.stack(each) for each in zip(*pairs))
told = nn.Linear(9, 4)(x.transpose(1, 2)).transpose(1, 2)
print(F.l1_loss(told, y{cut}).item())
"""
WINDOWS = [
    "end = begin + past; return series[begin:end], series[end - known:end + ahead]",
    "end = begin + past; first = end - known; return series[begin:end], series[first:first + known + ahead]",
    "first = (end := begin + past) - known; last = first + known + ahead; return series[begin:end], series[first:last]",
]


@pytest.mark.parametrize("lines", WINDOWS)
def test_the_last_steps_of_the_target_are_compared(lines):
    found = mended(PROGRAM.format(lines=lines, known=3, cut=""), most=1)
    assert found.output == printed(PROGRAM.format(lines=lines, known=3, cut="[:, -4:]"))
    assert "y[:, -told.size(1):]" in found.text
    assert not found.doubts


def test_a_target_of_steps_behind_alone_is_not_cut():
    lines = "end = begin + past; return series[begin:end], series[end:end + ahead + known]"
    found = mended(PROGRAM.format(lines=lines, known=3, cut=""), most=1)
    assert not any("[:, -" in fix.title for each in found.diagnoses for fix in each.fixes)
