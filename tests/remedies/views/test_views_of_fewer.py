"""Views by the size of a full batch, and indices wider than what they take from."""

import pytest
from mended import mended, printed

CLIPS = """
    net = nn.Linear(6, 7)
    rows, labels = torch.randn(13, 3, 6), torch.arange(13) % 7
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(rows, labels), batch_size=8)
    total = 0
    for x, y in loader:
        scores = net(x.flatten(0, 1))
        scores = scores.{view}
        total += F.cross_entropy(scores.mean(1), y, reduction="sum").item()
    print(round(total, 4))
"""


@pytest.mark.parametrize("name", ["view", "reshape"])
def test_the_last_batch_is_told_apart_as_the_others(name):
    found = mended(CLIPS.format(view=f"{name}(8, 3, -1)"))
    assert found.output == printed(CLIPS.format(view=f"{name}(-1, 3, 7)"))
    assert not found.doubts


def test_where_nothing_has_so_many_samples_no_size_is_put_there():
    found = mended("scores = torch.randn(15, 7)\nprint(scores.view(8, 3, -1).shape)", most=1)
    assert not any("scores.size(-1)" in fix.title for fix in found.diagnoses[0].fixes)


LAST = """
    rnn, x, lengths = nn.GRU(9, 4, batch_first=True), torch.randn(5, 7, 9), torch.tensor([3, 7, 1, 6, 2])
    steps, _ = rnn(x)
    at = (lengths - 1).view(-1, 1, 1).{wide}
    print(steps.gather(1, at).shape, round(steps.gather(1, at).sum().item(), 4))
"""


@pytest.mark.parametrize("wide", ["expand(-1, 1, x.size(2))", "repeat(1, 1, 9)"])
def test_an_index_is_as_wide_as_what_it_takes_from(wide):
    found = mended(LAST.format(wide=wide))
    assert found.output == printed(LAST.format(wide="expand(-1, 1, 4)"))
    assert not found.doubts
