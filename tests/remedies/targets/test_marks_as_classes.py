"""What is no class is marked by the number of classes, and made one-hot as one class more."""

import pytest
from mended import mended, printed


@pytest.mark.parametrize(
    "marked",
    ["found.masked_fill(found > 2, count)", "torch.where(found > 2, torch.full_like(found, count), found)"],
)
def test_the_mark_is_a_class_more(marked):
    program = """
        def encode(found, count):
            found = {marked}
            return F.one_hot(found, {classes})


        print(encode(torch.arange(6), 3).sum(0)[:3])
    """
    found = mended(program.format(marked=marked, classes="count"))
    assert (found.changed, found.doubts) == (["return F.one_hot(found, count + 1)"], [])
    assert found.output == printed(program.format(marked=marked, classes="count + 1"))


def test_other_labels_that_are_too_large_are_left_in_doubt():
    assert mended("count = 3\nprint(F.one_hot(torch.arange(4), count))", most=1).doubts
