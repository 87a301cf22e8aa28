"""Rows that are told apart along several axes."""

import pytest
from mended import mended, printed

WINDOWS = """
    def together(win, size, high, wide):
        b = {count}
        x = win.view(b, high // size, wide // size, size, size, {last})
        return x.permute(0, 1, 3, 2, 4, 5).reshape(b, high, wide, -1)

    win = torch.randn(2 * 2 * 3, 4, 4, 5)
    y = together(win, 4, 8, 12)
    print(y.shape, round((y * torch.arange(5)).sum().item(), 3))
"""
RIGHT = "win.shape[0] // ((high // size) * (wide // size))"


@pytest.mark.parametrize("count", ["win.shape[0] // (high // size)", "len(win) // (wide // size)"])
@pytest.mark.parametrize("last", ["-1", "5"])
def test_rows_are_divided_by_all_that_they_are_made_of(count, last):
    found = mended(WINDOWS.format(count=count, last=last))
    assert found.output == printed(WINDOWS.format(count=RIGHT, last=last))
    assert not found.doubts


@pytest.mark.parametrize(
    ("count", "last"),
    [
        # Another number altogether, what is no quotient, and axes behind the rows that are others.
        ("win.shape[0] // size", "-1"),
        ("win.shape[0]", "-1"),
        ("win.shape[0] // (high // size)", "7"),
    ],
)
def test_other_counts_are_left(count, last):
    found = mended(WINDOWS.format(count=count, last=last), most=1)
    assert not any("//" in fix.title for fix in found.diagnoses[0].fixes)


def test_steps_of_samples_are_told_apart():
    text = """
        x, steps, parts = torch.randn(2 * 3 * 4, 5), 3, 4
        b = {}
        y = x.view(b, steps, parts, 5)
        print(y.shape, round(y[1].sum().item(), 3))
    """
    found = mended(text.format("x.size(0) // steps"))
    assert found.output == printed(text.format("x.size(0) // (steps * parts)"))
    assert not found.doubts
