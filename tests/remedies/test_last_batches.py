"""A last batch that is left out: in doubt where the loop makes tensors for batches of any size."""

import pytest
from mended import mended

LOOP = """
    from torch.utils.data import DataLoader


    def drawn(n):
        return torch.rand(n)


    for x in DataLoader(torch.rand(7, 3), batch_size=4):
        {more}
        print(F.mse_loss(drawn(4), x.mean(1)).item())
"""


def doubts_of_dropping(more):
    found = mended(LOOP.format(more=more), most=1)
    doubts = [fix.doubt for fix in found.diagnoses[0].fixes if "drop_last" in fix.title]
    assert doubts
    return doubts


@pytest.mark.parametrize(
    "more",
    [
        "n = x.size(0); ones = torch.ones(n)",
        "n = len(x); ones = torch.ones(n, 1)",
        "ones = torch.zeros((x.shape[0], 2))",
    ],
)
def test_what_is_made_for_the_batch_of_the_round_speaks_for_smaller_ones(more):
    assert all(doubts_of_dropping(more))


@pytest.mark.parametrize("more", ["pass", "n = x.size(0)", "ones = torch.ones(4)"])
def test_a_count_alone_says_nothing(more):
    assert not any(doubts_of_dropping(more))
