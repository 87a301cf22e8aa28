"""One operand made of all steps, beside another that was made of all but one."""

import pytest
from mended import mended, printed

PROGRAM = """
    net = nn.Sequential(nn.Embedding(9, 6), nn.Linear(6, 9))

    def summed(ids):
        scores = net(ids{before}).log_softmax(2)
        picked = scores.gather(2, ids{after}.unsqueeze(2)).squeeze(2)
        mask = {mask} != 0
        return (picked * mask).sum(), mask.sum()

    ids = torch.randint(9, (7, 4))
    print(*(each.item() for each in summed(ids)))
"""


@pytest.mark.parametrize(("before", "after"), [("[:-1]", "[1:]"), ("[:, :-1]", "[:, 1:]")])
def test_the_mask_is_made_of_the_steps_that_were_picked(before, after):
    found = mended(PROGRAM.format(before=before, after=after, mask="ids"), most=1)
    assert found.diagnoses[0].slug == "one_step_more"
    assert found.output == printed(PROGRAM.format(before=before, after=after, mask=f"ids{after}"))
    assert not found.doubts


def test_every_row_with_every_row_is_in_doubt_where_a_step_is_missing():
    found = mended("print((torch.rand(6, 4) * torch.rand(7, 4)).shape)", most=1)
    doubts = {fix.title: fix.doubt for fix in found.diagnoses[0].fixes}
    assert all(doubts.values())
    assert any("unsqueeze(1)" in title for title in doubts)


def test_every_code_with_every_row_is_sure_where_they_are_other_numbers():
    found = mended("print((torch.rand(6, 4) - torch.rand(9, 4)).pow(2).sum(-1).shape)", most=1)
    assert found.diagnoses[0].fixes
    assert not found.doubts
