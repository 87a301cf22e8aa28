"""A change writes what somebody would write: no factor of one, no half of a double, no cast behind a cast."""

import pytest
from mended import mended, printed

BOTH = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(3, 8, batch_first=True, bidirectional=True)
            self.head = nn.Linear(8 * 2, 5)

        def forward(self, x):
            _, (h, _) = self.lstm(x)
            return self.head(h[-1])

    print(Net()(torch.randn(4, 7, 3)).shape)
"""
LABELS = """
    import numpy as np
    y = np.arange(6.0) % 3
    y = torch.from_numpy(y).float()
    print(F.cross_entropy(torch.randn(6, 3), y).shape)
"""


def test_a_factor_goes_as_a_whole():
    found = mended(BOTH, most=1)
    fixes = found.diagnoses[0].fixes
    assert [fix.title for fix in fixes] == ["torch.cat([h[-2], h[-1]], dim=-1)", "8 * 2 -> 8"]
    assert [fix.verified for fix in fixes] == ["call", "call"]


def test_a_cast_takes_the_place_of_another():
    found = mended(LABELS, most=1)
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert titles == ["y.long()", "y = torch.from_numpy(y).long()"]


def test_a_model_is_not_called_once_more_for_its_shape():
    program = (
        "net, y = nn.Linear(3, 1), torch.rand(5)\nprint(F.binary_cross_entropy(net(torch.rand(5, 3)).sigmoid(), y))"
    )
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert "y.unsqueeze(1)" in titles
    assert not any("view_as" in title for title in titles)


def test_nothing_but_a_name_stands_in_front_of_an_assignment():
    program = """
    ended, token = torch.zeros(4, dtype=torch.bool), torch.tensor([[1], [0], [1], [1]])
    ended |= {}
    print(ended.tolist())
    """
    found = mended(program.format("token == 1"))
    assert found.output == printed(program.format("(token == 1).squeeze(1)"))
    assert not found.doubts


def test_the_largest_bucket_of_one_batch_is_not_all_that_there_are():
    words = "words = {'a': 0, 'b': 1}\ntable = nn.Embedding(len(words) + 1, 3)\n"
    found = mended(f"{words}print(table(torch.tensor([0, 3 + 37 % 11])))")
    assert found.changed == ["table = nn.Embedding(len(words) + 6, 3)"]
    assert found.doubts == [
        "the largest number of this batch need not be the largest that there is, and the rest may be reckoned"
    ]


def test_an_axis_of_a_softmax_is_no_number_of_samples():
    found = mended(
        """
    scores, label = nn.Linear(3, 5), torch.tensor(2)
    out = scores(torch.ones(1, 3)).log_softmax(1)
    print(F.nll_loss(out, label))
    """
    )
    assert found.changed == ["print(F.nll_loss(out, label.unsqueeze(0)))"]


@pytest.mark.parametrize("made", ["words, more = 10, 3", "words = 10; more = 3"])
def test_a_part_of_a_number_that_a_batch_goes_far_beyond_is_in_doubt(made):
    program = f"""
        {made}
        print(nn.Embedding(words + more, 4)(torch.randint(20, 40, (2, 5))).shape)
    """
    found = mended(program, most=1)
    assert "Embedding(words + more" in found.text
    assert found.output != "crashed"
    assert found.doubts
