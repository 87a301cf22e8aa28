"""The last batch of a loader is left out only where it may be what failed."""

import pytest
from mended import mended

PROGRAM = """
    from torch.utils.data import DataLoader, TensorDataset
    x, y = torch.randn({count}, 5), torch.randn({count}, 3, 2)
    net = nn.Linear(5, 3)
    for a, b in DataLoader(TensorDataset(x, y), batch_size=4):
        {line}
        print(loss.shape)
"""


@pytest.mark.parametrize("count", [8, 11])
def test_a_full_batch_that_fails_is_not_mended_by_leaving_out_the_last_one(count):
    found = mended(PROGRAM.format(count=count, line="loss = F.mse_loss(net(a), b)"), most=1)
    assert not any("drop_last" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_last_batch_that_fails_may_be_left_out():
    line = "loss = net(a).view(4, 3).sum() if a is not None else None"
    found = mended(PROGRAM.format(count=11, line=line), most=1)
    assert any("drop_last" in fix.title for fix in found.diagnoses[0].fixes)
