"""Truths of many numbers that Python's words make one of."""

import pytest
from mended import mended, printed

PROGRAM = """
x, y = torch.arange(12.0).view(3, 4) - 3, torch.full((3, 4), 2.0)
mask, low = x > 1, 0
print({line})
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x[low <= x < 4]", "x[(low <= x) & (x < 4)]"),
        ("x[x > low and not mask]", "x[(x > low) & ~mask]"),
        ("(x < -1 or x > 4 or mask).float().mean()", "((x < -1) | (x > 4) | mask).float().mean()"),
        ("torch.where(not (x > 1), x, y)", "torch.where(~(x > 1), x, y)"),
        ("x.masked_fill(not mask.long(), 0)", "x.masked_fill(mask.long() == 0, 0)"),
        ("max(x, y).sum()", "torch.maximum(x, y).sum()"),
        ("max(y - x, 0).mean()", "(y - x).clamp(min=0).mean()"),
        ("min(1, x).mean()", "x.clamp(max=1).mean()"),
    ],
)
def test_each_number_has_its_own(wrong, right):
    found = mended(PROGRAM.format(line=wrong))
    assert found.output == printed(PROGRAM.format(line=right))
    assert found.diagnoses[0].slug == "truths_joined_by_words"
    assert not found.doubts


@pytest.mark.parametrize(
    ("line", "right"),
    [("assert -4 < x < 9", "((-4 < x) & (x < 9)).all()"), ("assert x > -4 and x < 9", "((x > -4) & (x < 9)).all()")],
)
def test_all_of_them_are_asserted(line, right):
    found = mended(PROGRAM.format(line="0") + line)
    assert f"assert {right}" in found.text
    assert not found.doubts


@pytest.mark.parametrize(
    "lines",
    [
        "y = max(x, y)",
        "z = x or y",
        "assert x != y",
        "both = lambda: x > 0 and x < 2\nif both():\n    print(1)",
        "both = x > 0 and x < 2\nif both:\n    print(1)",
        "def both(x):\n    return x > 0 and x < 2\nwhile not both(x):\n    pass",
        "def both(x):\n    return 0 < x < 2\nprint(any(both(row) for row in x))",
        "def both(x):\n    return 0 < x < 2\nprint(list(map(lambda f: f(x), [both])), filter(both, x))",
        "class Box:\n    def __eq__(self, other):\n        return x == other and y == other\nBox() == 3",
        "print(int(x > 0 and x < 2))",
        "if max(x, y) > 1:\n    print(1)",
        "top = max(x, y)\ntop.backward()",
        # They do not go with each other.
        "a, b = x[:, 0], x[0]\nprint((a > 0 and b > 0).any())",
    ],
)
def test_what_may_be_meant_otherwise_is_in_doubt(lines):
    found = mended(PROGRAM.format(line="0") + lines, most=1)
    assert not found.diagnoses[0].fixes or found.doubts


def test_a_size_is_not_told_beside_a_part_of_one():
    program = "x = torch.rand(3)\ntop = max(x, 0.3)\nprint(f'{top:.2f}')"
    assert all("size" not in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


def test_a_size_is_no_larger_of_two_tensors():
    program = "x = torch.rand(3, 4)\nloss = max(0.3 - x, 0)\nprint(loss.mean())"
    assert all("size" not in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)
