"""Labels that were made a column are left a row where they are made, if they are compared elsewhere too."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.utils.data import DataLoader, Dataset


    class Rows(Dataset):
        def __init__(self, x, y):
            self.x = x
            self.y = {made}

        def __len__(self):
            return len(self.x)

        def __getitem__(self, i):
            return self.x[i], {taken}


    x, y = torch.randn(11, 4), torch.arange(11) % 3
    net = nn.Linear(4, 3)
    for features, labels in DataLoader(Rows(x[:6], y[:6]), batch_size=4):
        loss = F.cross_entropy(net(features), labels)
    right = 0
    for features, labels in DataLoader(Rows(x[6:], y[6:]), batch_size=4):
        guess = net(features).argmax(1)
        right += {count}
    print(round(loss.item(), 4), int(right))
"""
COUNTS = ["(guess == labels).sum()", "guess.eq(labels).sum()"]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    ("made", "taken", "good"),
    [
        ("y.reshape(-1, 1)", "self.y[i]", ("y", "self.y[i]")),
        ("y.view(len(y), 1)", "self.y[i]", ("y", "self.y[i]")),
        ("y.unsqueeze(1)", "self.y[i]", ("y", "self.y[i]")),
        ("y[:, None]", "self.y[i]", ("y", "self.y[i]")),
        ("y", "self.y[i:i + 1]", ("y", "self.y[i]")),
    ],
)
def test_labels_are_left_a_row_for_all_that_read_them(count, made, taken, good):
    found = mended(PROGRAM.format(made=made, taken=taken, count=count))
    assert found.output == printed(PROGRAM.format(made=good[0], taken=good[1], count=count))
    assert not found.doubts


def test_where_nothing_else_reads_them_the_loss_may_flatten_them():
    program = PROGRAM.format(made="y.unsqueeze(1)", taken="self.y[i]", count="len(guess)")
    found = mended(program)
    assert found.output == printed(PROGRAM.format(made="y", taken="self.y[i]", count="len(guess)"))


COLLECTED = """
    from torch.utils.data import DataLoader

    net, data = nn.Linear(4, 3), torch.randn({n}, 4)
    for epoch in range(2):
        found = []
        for rows in DataLoader(data, batch_size=4):
            found.append(net(rows){guess})
        found = torch.{join}(found)
    print(found.shape, round(found.sum().item(), 3))
"""


@pytest.mark.parametrize("guess", ["", ".argmax(1).float()"])
@pytest.mark.parametrize("n", [6, 11])
def test_batches_of_a_loader_are_joined_end_to_end(guess, n):
    found = mended(COLLECTED.format(n=n, guess=guess, join="stack"))
    assert found.output == printed(COLLECTED.format(n=n, guess=guess, join="cat"))
    assert not found.doubts


def test_one_feature_that_stands_last_is_not_turned_into_a_step():
    program = """
    layer = nn.LSTM({}, 8, batch_first=True)
    out, _ = layer(torch.randn(5, 7, 1))
    print(out.shape, round(out.sum().item(), 3))
    """
    found = mended(program.format(7))
    assert found.output == printed(program.format(1))
    assert not found.doubts
