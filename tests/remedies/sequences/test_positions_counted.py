"""Positions that are counted along the tokens, with padding in front."""

import pytest
from mended import mended, printed

PROGRAM = """
    ids = torch.tensor([[0, 0, 4, 7, 2], [0, 3, 8, 1, 6], [5, 9, 1, 1, 3]])
    places = {text}
    print(round(nn.Embedding(12, 4)(places)[ids != 0].sum().item(), 4))
"""


@pytest.mark.parametrize("text", ["(ids != 0).long().cumsum(1) - 1", "((ids != 0).cumsum(1) - 1).long()"])
def test_padding_is_held_at_the_first_place(text):
    found = mended(PROGRAM.format(text=text))
    assert found.output == printed(PROGRAM.format(text=f"({text}).clamp(min=0)"))
    assert not found.doubts


def test_numbers_below_zero_that_are_not_counted_are_left_in_doubt():
    found = mended(PROGRAM.format(text="ids - 1"))
    assert found.changed == ["print(round(nn.Embedding(12, 4)(places.clamp(min=0))[ids != 0].sum().item(), 4))"]
    assert found.doubts == ["it makes the call run, and nothing else speaks for it"]


@pytest.mark.parametrize(
    ("text", "is_sure"),
    [("(ids == 1).long()", False), ("starts", False), ("padding_mask", True), ("(ids != 0).long()", True)],
)
def test_parts_that_are_counted_by_their_marks_may_be_one_more(text, is_sure):
    program = PROGRAM.replace("places =", "starts = padding_mask = ids // 2 % 2\n    places =")
    found = mended(program.format(text=f"{text}.cumsum(1) - 1"))
    assert found.output != "crashed"
    assert bool(found.doubts) is not is_sure
