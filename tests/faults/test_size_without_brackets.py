"""Sizes that stand without brackets, and calls that are refused for other reasons."""

import pytest
from mended import mended


@pytest.mark.parametrize(
    ("call", "right", "is_sure"),
    [
        ("torch.randint(0, 9, 5)", "torch.randint(0, 9, (5,))", True),
        ("torch.randint(0, 9, 5, 4)", "torch.randint(0, 9, (5, 4))", True),
        ("torch.full(5, 0.5)", "torch.full((5,), 0.5)", True),
        # The second number may be the one above the largest.
        ("torch.randint(9, 12)", "torch.randint(9, (12,))", False),
        ("torch.randint(0, 12)", "", False),
        # The brackets would not help.
        ("torch.randint(0, 9.0, 5)", "", False),
    ],
)
def test_they_are_put_into_brackets_where_they_are_sizes(call, right, is_sure):
    found = mended(f"print({call}.shape)", most=1)
    assert found.text.strip().endswith(f"print({right or call}.shape)")
    assert (found.doubts == []) is (is_sure or not right)
