"""A norm over the batch that got one sample."""

from mended import mended, printed

ROWS = """
    from torch.utils.data import DataLoader

    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    {other}
    total = 0.0
    for rows in DataLoader(torch.randn(9, 3), batch_size=4{last}):
        total += net(rows).pow(2).sum().item()
    print(round(total, 3))
"""


def test_the_last_batch_of_one_is_left_out():
    found = mended(ROWS.format(last="", other=""))
    assert found.diagnoses[0].slug == "one_value_to_normalise"
    assert found.changed == ["for rows in DataLoader(torch.randn(9, 3), batch_size=4, drop_last=True):"]
    assert found.output == printed(ROWS.format(last=", drop_last=True", other=""))


def test_where_no_loader_made_the_batch_nothing_is_changed():
    program = "\n    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))\n    print(net(torch.randn(1, 3)).shape)\n"
    found = mended(program, most=1)
    assert found.diagnoses[0].slug == "one_value_to_normalise"
    assert not found.diagnoses[0].fixes
