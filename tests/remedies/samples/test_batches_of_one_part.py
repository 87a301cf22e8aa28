"""Batches of one part that go on as lists."""

from mended import mended, printed

PROGRAM = """
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(torch.randn(6, 3)), batch_size=4)
    net, seen = nn.Linear(3, 2), 0
    for {target} in loader:
        net(x)
        seen += len(x)
    print(seen)
"""


def test_the_loop_takes_the_part_out():
    found = mended(PROGRAM.format(target="x"))
    assert found.changed == ["for (x,) in loader:"]
    assert found.output == printed(PROGRAM.format(target="(x,)"))
    assert found.doubts == []
