"""Why the numbers of a tensor do not fit the sizes that view was given, in words."""

import pytest
from mended import mended


@pytest.mark.parametrize(
    ("sizes", "because"),
    [
        ("7, 13", "and (7, 13) holds 91"),
        ("-1, 3", "which is no multiple of 3, so that nothing can stand for the -1 of (-1, 3)"),
        ("3, -1, 11", "which is no multiple of 3 * 11 = 33, so that nothing can stand for the -1 of (3, -1, 11)"),
    ],
)
def test_what_the_tensor_holds_and_what_was_asked_for(sizes, because):
    found = mended(f"x = torch.zeros(2, 5, 7)\nprint(x.view({sizes}).shape)\n", most=1).diagnoses[0]
    assert (found.code, found.explanation) == ("SC314", f"the tensor (2, 5, 7) holds 70 numbers, {because}")
