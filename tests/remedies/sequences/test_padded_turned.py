"""Sequences of several lengths that lie (features, steps), where the steps are wanted first."""

import pytest
from mended import mended, printed

PADDED = """
    from torch.nn.utils.rnn import pad_sequence, pack_sequence

    parts = [torch.rand({sizes}) for n in (4, 6, 5)]
    counts = [each.shape[1] for each in parts]
    x = pad_sequence({given}, batch_first=True)
    print(x.shape, counts, round(nn.GRU(3, 2, batch_first=True)(x)[0].sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("given", "right", "is_sure"),
    [
        ("parts", "[each.T for each in parts]", True),
        ("[torch.log1p(each) for each in parts]", "[torch.log1p(each).T for each in parts]", False),
    ],
)
def test_each_is_turned_where_they_are_padded(given, right, is_sure):
    found = mended(PADDED.format(sizes="3, n", given=given), most=1)
    assert found.output == printed(PADDED.format(sizes="3, n", given=right))
    assert bool(found.doubts) is not is_sure
    assert (found.diagnoses[0].fixes[0].verified == "call") is is_sure


def test_parts_that_differ_along_both_axes_are_left():
    found = mended(PADDED.format(sizes="2 * n, n", given="parts"), most=1)
    assert not any(".T for" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
