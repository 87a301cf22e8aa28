"""One sample is taken of what a model returns, as if that were the first of several things."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.score = nn.Linear(3, size)

        def forward(self, x):
            return self.score(x){column}


    net, x = Net({size}), torch.randn(5, 3)
    told = net(x)
    print({loss}.item())
"""


@pytest.mark.parametrize(
    ("size", "column", "wrong", "right"),
    [
        (4, "", "F.cross_entropy(net(x)[0], torch.arange(5) % 4)", "F.cross_entropy(net(x), torch.arange(5) % 4)"),
        (4, "", "F.nll_loss(told[0].log_softmax(-1), x.argmax(1))", "F.nll_loss(told.log_softmax(-1), x.argmax(1))"),
        (
            1,
            ".squeeze(1)",
            "nn.BCEWithLogitsLoss()(net(x)[0], x[:, 0].sigmoid())",
            "nn.BCEWithLogitsLoss()(net(x), x[:, 0].sigmoid())",
        ),
    ],
)
def test_the_scores_of_all_samples_meet_their_targets(size, column, wrong, right):
    found = mended(PROGRAM.format(size=size, column=column, loss=wrong))
    assert (found.output, found.doubts) == (printed(PROGRAM.format(size=size, column=column, loss=right)), [])


def test_what_has_no_target_for_each_sample_is_left_as_it_is():
    found = mended(PROGRAM.format(size=4, column="", loss="F.cross_entropy(net(x)[0], torch.arange(3))"), most=1)
    assert "net(x)[0]" in found.text
