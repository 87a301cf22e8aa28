"""Floats that stand in an index: of zeros and ones they may be marks, where an axis has as many places."""

import pytest
from mended import mended, printed

CHOSEN = """
    import numpy as np

    torch.manual_seed(4)
    taken = torch.tensor(np.array({actions}, dtype=np.float32))
    values = torch.randn({rows}, {choices})
    rows = torch.arange({rows})
    print(values[rows, {taken}].sum().item())
"""


def text_of(actions, choices, taken="taken"):
    text = CHOSEN.replace("{actions}", repr(actions)).replace("{rows}", str(len(actions)))
    return text.replace("{choices}", str(choices)).replace("{taken}", taken)


@pytest.mark.parametrize(("actions", "choices"), [([0, 1, 1, 0, 1], 2), ([1, 0, 0], 4)])
def test_what_no_axis_has_as_many_places_for_are_positions(actions, choices):
    found = mended(text_of(actions, choices))
    assert not found.doubts
    assert found.output == printed(text_of(actions, choices, "taken.long()"))


def test_what_an_axis_has_as_many_places_for_may_be_marks():
    found = mended(text_of([0, 1, 1], 3))
    assert found.changed == ["print(values[rows, taken.long()].sum().item())"]
    assert found.doubts == ["zeros and ones may be positions, or marks of what is to be taken"]
