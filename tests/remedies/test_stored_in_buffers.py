"""A place in a buffer that is told by a name, or by a number, and what does not fit it."""

import pytest
from mended import mended, printed

PROGRAM = """
    classes = 5
    scores = torch.zeros(6, {size})
    scores[:4] = torch.rand(4, 30)
    print(scores.shape)
"""


@pytest.mark.parametrize(("size", "is_doubted"), [("classes", True), ("5", False)])
def test_a_number_over_a_name_is_in_doubt(size, is_doubted):
    found = mended(PROGRAM.format(size=size), most=1)
    assert [each.slug for each in found.diagnoses] == ["stored_in_other_shape"]
    (fix,) = (fix for fix in found.diagnoses[0].fixes if fix.title == "(6, 30)")
    assert bool(fix.doubt) == is_doubted


def test_what_a_call_gives_is_stored_along_the_axis_that_it_lacks():
    program = """
        layer, said = nn.Linear(4, 9), torch.zeros(3, 5, 9)
        for step in range(5):
            said[step] = layer(torch.randn(3, 4))
    """
    (found,) = mended(program, most=1).diagnoses
    assert any(
        edit.replacement.strip() == "said[:, step] = layer(torch.randn(3, 4))"
        for fix in found.fixes
        for edit in fix.edits
    )


QUEUE = """
    kept, keys = torch.zeros(5, 12), torch.randn(4, 5)
    kept[:, {at}] = {keys}
    print(kept.sum(0))
"""


def test_columns_are_stored_turned():
    found = mended(QUEUE.format(at="3:7", keys="keys"))
    assert found.output == printed(QUEUE.format(at="3:7", keys="keys.t()"))
    assert not found.doubts


def test_what_fills_the_whole_buffer_may_be_right_and_the_buffer_wrong():
    found = mended("kept = torch.zeros(5, 3)\nkept[:] = torch.randn(3, 5)\nprint(kept.shape)", most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if ".t()" in fix.title)


@pytest.mark.parametrize("buffer", ["np.zeros(20)", "np.zeros((20, 3))"])
def test_what_is_stored_at_many_places_has_an_axis_of_one_too_many(buffer):
    program = """
        import numpy as np
        kept, places, errors = {buffer}, np.array([2, 5, 11, 7]), np.arange(4.0)
        kept[places{column}] = {errors} + 1
        print(kept.sum())
    """
    column = ", 1" if "3" in buffer else ""
    found = mended(program.format(buffer=buffer, column=column, errors="errors[:, None]"), most=1)
    assert found.diagnoses[0].slug == "stored_in_other_shape"
    assert found.output == printed(program.format(buffer=buffer, column=column, errors="errors"))
    assert not found.doubts
