"""Numbers of classes that came as floats are made whole for one-hot columns."""

import pytest
from mended import mended, printed

PROGRAM = """
    def overlap(scores, masks):
        hot = F.one_hot({given}, 4).movedim(-1, 1)
        return (scores.softmax(1).flatten(2) * hot.flatten(2)).sum((0, 2))

    masks = {masks}
    print(overlap(torch.ones(2, 4, 3, 5), masks).mul(torch.arange(4.0)).sum().item())
"""
WHOLE = "torch.randint(4, (2, 3, 5)){cast}"


@pytest.mark.parametrize("cast", [".float()", ".int()", ".double()", ".to(torch.uint8)"])
@pytest.mark.parametrize("given", ["masks", "masks.flatten(1)"])
def test_they_are_made_whole(cast, given):
    masks = WHOLE.format(cast=cast)
    found = mended(PROGRAM.format(given=given, masks=masks))
    assert found.output == printed(PROGRAM.format(given=f"{given}.long()", masks=masks))
    assert not found.doubts


def test_numbers_that_are_not_whole_leave_a_doubt():
    found = mended(PROGRAM.format(given="masks", masks="torch.rand(2, 3, 5)"), most=1)
    assert found.output == "crashed" or found.doubts
