"""Right guesses that are added sample by sample, and meet a last batch that is smaller."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.utils.data import DataLoader, TensorDataset
    data = TensorDataset(torch.randn(17, 5), torch.arange(17) % 3)
    net, {begin} = nn.Linear(5, 3), {zero}
    for x, y in DataLoader(data, batch_size={batch}):
        {line}
    print({shown})
"""


@pytest.mark.parametrize("line", ["right += (net(x).argmax(1) == y).int()", "right += net(x).argmax(1).eq(y)"])
@pytest.mark.parametrize("batch", [7, 17])
def test_guesses_are_summed_up(line, batch):
    given = {"begin": "right", "zero": 0, "batch": batch, "shown": "int(right)"}
    found = mended(PROGRAM.format(line=line, **given))
    assert found.output == printed(PROGRAM.format(line=f"{line}.sum()", **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("zero", "line"),
    [
        # A number for each of a full batch's places, which the smaller one has not.
        ("torch.zeros(7)", "right += (net(x).argmax(1) == y).float()"),
        # Losses may be summed up or averaged.
        ("0", "right = right + F.cross_entropy(net(x), y, reduction='none')"),
    ],
)
def test_what_is_no_count_is_left(zero, line):
    found = mended(PROGRAM.format(begin="right", zero=zero, batch=7, line=line, shown="right"), most=1)
    assert not any(".sum()" in fix.title and not fix.doubt for each in found.diagnoses for fix in each.fixes)
