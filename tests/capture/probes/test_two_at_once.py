"""Two mistakes in one model that both mix samples, so that either alone mended would leave them mixed."""

import pytest
from programs import audited, slugs

LOADER = """
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(1)
data = TensorDataset(torch.randn(48, 11, 4), torch.randint(3, (48,)))
batches = DataLoader(data, batch_size=8, shuffle=True)
criterion = nn.CrossEntropyLoss()
"""
ATTENDS = (
    """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(4, 6{first})
        self.attn = nn.MultiheadAttention(6, 2{second})
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        steps, _ = self.rnn(x)
        seen, _ = self.attn(steps, steps, steps)
        return self.head(seen[:, -1])

model = Model()
"""
    + LOADER
)
WEIGHS = (
    """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.score, self.head = nn.GRU(4, 6{first}), nn.Linear(6, 1), nn.Linear(6, 3)

    def forward(self, x):
        steps, _ = self.gru(x)
        weights = torch.softmax(self.score(steps), dim={second})
        return self.head((weights * steps).sum(1))

model = Model()
"""
    + LOADER
)
SCRAMBLES = (
    """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.both, self.rnn = nn.LSTM(4, 5, bidirectional=True), nn.GRU(4, 3{first})
        self.head = nn.Linear(10, 3)

    def forward(self, x):
        _, (h, _) = self.both(x.transpose(0, 1))
        return self.head(h{second}.reshape(x.size(0), -1)) + self.rnn(x)[0][:, -1]

model = Model()
"""
    + LOADER
)
RIGHT = ", batch_first=True"


@pytest.mark.parametrize(
    ("program", "wrong", "right", "slug"),
    [
        (ATTENDS, ("", ""), (RIGHT, RIGHT), "recurrent_along_batch"),
        (WEIGHS, ("", "0"), (RIGHT, "1"), "recurrent_along_batch"),
        (SCRAMBLES, ("", ""), (RIGHT, ".transpose(0, 1)"), "reshaped_instead_of_permuted"),
    ],
)
def test_both_are_told(program, wrong, right, slug):
    found = audited(program.format(first=wrong[0], second=wrong[1]))
    assert [each for each, _ in found] == [slug]
    assert len(found[0][1]) == 2
    assert slugs(program.format(first=right[0], second=right[1])) == []


def test_samples_that_are_compared_behind_a_right_layer_are_no_mistake():
    """Whoever holds each sample against each other, as for pictures and their texts, mixes them on purpose."""
    program = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, 6, batch_first=True)

    def forward(self, x):
        return F.normalize(self.rnn(x)[0][:, -1], dim=-1)

model = Model()
"""
    told = program + LOADER.replace("nn.CrossEntropyLoss()", "lambda rows, y: F.cross_entropy(rows @ rows.T, y)")
    assert "recurrent_along_batch" not in slugs(told)


def test_steps_in_front_that_a_loader_of_the_scripts_own_gives_are_right():
    program = WEIGHS.format(first="", second="0").replace("(weights * steps).sum(1)", "(weights * steps).sum(0)")
    program = program.replace(
        "batches = DataLoader(data, batch_size=8, shuffle=True)",
        "batches = [(x.transpose(0, 1), y) for x, y in DataLoader(data, batch_size=8, shuffle=True)]",
    )
    assert slugs(program) == []
