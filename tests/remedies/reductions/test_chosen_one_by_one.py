"""Conditions on all numbers of a tensor at once, where each was to be chosen by itself."""

import pytest
from mended import mended, printed

PROGRAM = """
    def act(x, slope):
        {text}
    print(act(torch.randn(4, 3), 0.1))
"""
RIGHT = "return torch.where(x > 0, x, slope * x)"


@pytest.mark.parametrize(
    "text",
    [
        "return x if x > 0 else slope * x",
        "if x > 0: return x\n        return slope * x",
        "if x > 0:\n            return x\n        else:\n            return slope * x",
        "if x > 0: y = x\n        else: y = slope * x\n        return y",
        "y = x if x > 0 else slope * x\n        return y",
    ],
)
def test_each_number_is_chosen_by_itself(text):
    found = mended(PROGRAM.format(text=text))
    assert found.output == printed(PROGRAM.format(text=RIGHT))
    assert not found.doubts


def test_a_number_may_be_one_of_the_two():
    found = mended(PROGRAM.format(text="return torch.exp(x) if x < 0 else 0.0"))
    assert found.output == printed(PROGRAM.format(text="return torch.where(x < 0, torch.exp(x), 0.0)"))
    assert not found.doubts


@pytest.mark.parametrize(
    "text",
    [
        # A whole tensor that is scaled where any of it is too large.
        "return x / x.norm() if x > slope else x",
        # What does not read what it asks about.
        "rate = 0.1 if x > 1 else 0.01\n        return rate * slope",
        "assert x > -9\n        return x",
        "while x > 9: x = x / 2\n        return x",
    ],
)
def test_what_asks_about_a_tensor_as_a_whole_is_in_doubt(text):
    found = mended(PROGRAM.format(text=text), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "sum" not in fix.title)


def test_texts_are_no_numbers():
    found = mended(PROGRAM.format(text="return 'up' if x > 0 else 'down'"), most=1)
    assert not any("torch.where" in fix.title for fix in found.diagnoses[0].fixes)


def test_the_best_so_far_may_be_one_number():
    program = """
    best = 1e9
    for step in range(2):
        loss = torch.tensor([1.0, 2.0]) / (step + 1)
        best = loss if loss < best else best
    print(best)
    """
    found = mended(program, most=1)
    assert found.changed == ["best = torch.where(loss < best, loss, best)"]
    assert found.doubts == [
        "the branches may have been meant for the tensor as a whole, by what all or any of its numbers are"
    ]
