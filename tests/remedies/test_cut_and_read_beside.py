"""What is cut, read or put together otherwise than what stands beside it: windows, targets, steps, heads, samples."""

import pytest
from mended import mended, printed

SERIES = """
row = torch.randn(40, 2)
before, behind = [], []
for i in range(20):
    before.append(row[i:i + 6])
    behind.append(row[{begin}:{end}, 0])
x, y = torch.stack(before), torch.stack(behind)
x_held, y_held = x[12:], y[12:]
x, y = x[:12], y[:12]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(2, 5, batch_first=True)
        self.head = nn.Linear(5, 3)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.head({step})


net = Net()
F.mse_loss(net(x), y).backward()
print(F.mse_loss(net(x_held), {held}).item())
"""
TOKENS = """
codes = torch.randint(7, (60,))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.look, self.out = nn.Embedding(7, 6), nn.Linear(6, 7)
        self.mixed = nn.Linear(6, 6)

    def forward(self, ids):
        B, T = ids.shape
        heads = self.look(ids).view(B, T, 3, 2).transpose(1, 2)
        seen = torch.softmax(heads @ heads.transpose(-2, -1), dim=-1) @ heads
        return self.out(self.mixed({joined}))


net = Net()
x = torch.stack([codes[i:i + 8] for i in range(5)])
y = torch.stack([codes[i + 1:{end}] for i in range(5)])
print(F.cross_entropy(net(x).reshape(-1, 7), y.reshape(-1)).item())
ids = torch.tensor({begun})
for _ in range(2):
    scores = net(ids[:, -4:])
    ids = torch.cat((ids, scores[:, -1, :].argmax(-1, keepdim=True)), dim=1)
print(ids[0].tolist())
"""
RIGHT = {
    SERIES: {"begin": "i + 6", "end": "i + 6 + 3", "step": "out[:, -1, :]", "held": "y_held"},
    TOKENS: {"joined": "seen.transpose(1, 2).flatten(2)", "end": "i + 8 + 1", "begun": "[[1, 2, 3]]"},
}


@pytest.mark.parametrize(
    ("program", "wrong"),
    [
        (SERIES, {"end": "i + 3"}),
        (SERIES, {"step": "out[:, :, -1]"}),
        (SERIES, {"held": "y"}),
        (TOKENS, {"joined": "seen"}),
        (TOKENS, {"end": "i + 8"}),
        (TOKENS, {"begun": "[1, 2, 3]"}),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_it_is_cut_as_what_stands_beside_it(program, wrong):
    found = mended(program.format(**RIGHT[program] | wrong))
    assert found.output == printed(program.format(**RIGHT[program]))
    assert found.doubts == []


def test_without_a_layout_the_last_step_may_lie_along_another_axis():
    program = SERIES.format(**RIGHT[SERIES] | {"step": "out[:, :, -1]"}).replace(", batch_first=True", "")
    assert mended(program, most=1).doubts != []


OTHERWISE_MEANT = {
    "steps behind a convolution": """
        conv, head = nn.Conv1d(4, 5, 3, padding=1), nn.Linear(7, 1)
        rnn = nn.GRU(2, 4, batch_first=True)
        out = conv(rnn(torch.randn(3, 7, 2))[0].transpose(1, 2))
        print(head(out[:, :, -1]).shape)
    """,
    "as many heads as steps": """
        heads = torch.randn(2, 4, 4, 3)
        seen = torch.softmax(heads @ heads.transpose(-2, -1), dim=-1) @ heads
        print(nn.Linear(12, 12)(seen).shape)
    """,
    "weights beside targets": """
        x, x_held, net = torch.randn(8, 3), torch.randn(4, 3), nn.Linear(3, 1)
        y, y_held, weights = torch.rand(8, 1), torch.rand(4, 1), torch.ones(4, 1)
        print(y_held.mean(), F.binary_cross_entropy_with_logits(net(x_held), y))
    """,
    "windows that are cut elsewhere": """
        row, i, n = torch.randn(40), 0, 5
        steps = row[i + 1 : i + n] - row[i : i + n - 1]
        left, right = row[i : i + n], row[i + 1 : i + n]
        print(F.mse_loss(nn.Linear(1, 1)(torch.randn(8, 1)), torch.randn(7, 1)))
    """,
    "a list of as many texts, and features that lie along another axis": """
        classes, features = ["a", "b", "c"], 7
        print(nn.LSTM(features, 5, batch_first=True)(torch.randn(4, 7, 3))[0].shape)
    """,
    "a count that numbers are drawn by": """
        COUNT = 10
        PAD, END = 10, 11
        look = nn.Embedding(COUNT, 4)
        print(look(torch.cat([torch.randint(0, COUNT, (3, 5)), torch.full((3, 1), END)], dim=1)).shape)
    """,
}


@pytest.mark.parametrize("program", OTHERWISE_MEANT.values(), ids=OTHERWISE_MEANT)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_what_may_be_meant_otherwise_has_a_doubt(program):
    assert mended(program, most=1).doubts != []
