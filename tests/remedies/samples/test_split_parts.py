"""Parts of a data set that do not add up to it."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.utils.data import TensorDataset, random_split
    ds = TensorDataset(torch.randn(57, 4))
    {counted}
    parts = random_split(ds, {lengths})
    print([len(each) for each in parts])
"""


@pytest.mark.parametrize(
    ("counted", "lengths", "right"),
    [
        ("a = int(0.8 * len(ds)); b = int(0.2 * len(ds))", "[a, b]", "[a, len(ds) - a]"),
        ("a, b = int(0.7 * 57), int(0.2 * 57)\n    c = round(0.1 * 57)", "(a, b, c)", "(a, b, len(ds) - a - b)"),
        ("", "[int(0.7 * len(ds)), int(0.3 * len(ds))]", "[int(0.7 * len(ds)), len(ds) - int(0.7 * len(ds))]"),
        ("n = len(ds)\n    sizes = [n // 2, n // 4, n // 4]", "sizes", "[28, 14, 15]"),
    ],
)
def test_the_last_part_is_the_rest(counted, lengths, right):
    found = mended(PROGRAM.format(counted=counted, lengths=lengths), most=1)
    assert found.diagnoses[0].slug == "parts_do_not_make_whole"
    assert found.output == printed(PROGRAM.format(counted=counted, lengths=right))
    assert not found.doubts


def test_numbers_written_out_leave_open_which_is_wrong():
    found = mended(PROGRAM.format(counted="", lengths="[40, 10]"), most=1)
    assert found.output == "crashed" or found.doubts


def test_a_part_that_is_the_rest_already_is_not_reckoned_again():
    counted = "a = int(0.7 * len(ds)); b = len(ds) - a - 3"
    found = mended(PROGRAM.format(counted=counted, lengths="[a, b]"), most=1)
    assert found.output == "crashed"
