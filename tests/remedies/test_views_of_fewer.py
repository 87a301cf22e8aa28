"""Views by the size of a full batch, indices wider than what they take from, scores of which a size was left out."""

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


TOPICS = """
    class Topics(nn.Module):
        def __init__(self, topics):
            super().__init__()
            self.rnn, self.fc = nn.GRU(5, 6, batch_first=True), nn.Linear(6, topics)

        def forward(self, x):
            out = self.fc(self.rnn(x)[0].reshape(-1, 6))
            return out.view(x.size(0), -1{size})[:, -1]


    net, labels = Topics(4), torch.tensor([{last}, 0, 2])
    print(round(F.cross_entropy(net(torch.randn(3, 7, 5)), labels).item(), 4))
"""


def test_the_last_step_keeps_all_its_scores():
    found = mended(TOPICS.format(size="", last=3))
    assert found.output == printed(TOPICS.format(size=", 4", last=3))
    assert not found.doubts


def test_where_labels_lie_beyond_the_scores_it_is_not_a_size_that_is_missing():
    found = mended(TOPICS.format(size="", last=5), most=1)
    assert not any("out.size(-1)" in fix.title for fix in found.diagnoses[0].fixes)
