"""Programs that tempt a remedy: the right change is another one, as the program itself says, or as may well be."""

import pytest
from mended import mended, printed

IN_DOUBT = {
    "an unread count of steps": r"""
    class Net(nn.Module):
        def __init__(self, features, steps, hidden, classes):
            super().__init__()
            self.lstm = nn.LSTM(features, hidden, batch_first=True)
            self.fc = nn.Linear(hidden, classes)

        def forward(self, x):
            out, _ = self.lstm(x)
            return self.fc(out[:, -1])

    x = torch.randn(8, 4, 10)
    y = torch.randint(0, 3, (8,))
    model = Net(features=4, steps=10, hidden=16, classes=3)
    print(F.cross_entropy(model(x), y).item())
""",
    "a feature of every step": r"""
    class Net(nn.Module):
        def __init__(self, seq_len, features, hidden):
            super().__init__()
            self.lstm = nn.LSTM(features, hidden, batch_first=True)
            self.fc = nn.Linear(hidden, 1)

        def forward(self, x):
            out, _ = self.lstm(x)
            return self.fc(out.transpose(1, 2)[:, :, -1:].squeeze(-1))

    class Bad(nn.Module):
        def __init__(self, seq_len, features, hidden):
            super().__init__()
            self.lstm = nn.LSTM(features, hidden, batch_first=True)
            self.fc = nn.Linear(hidden, 1)

        def forward(self, x):
            out, _ = self.lstm(x)
            return self.fc(out[:, :, -1])

    x = torch.randn(8, 7, 3)
    y = torch.randn(8, 1)
    model = Bad(7, 3, 16)
    print(F.mse_loss(model(x), y).item())
""",
    "an idle layer": r"""
    class Net(nn.Module):
        def __init__(self, vocab, embed, hidden, classes):
            super().__init__()
            self.project = nn.Linear(20, embed)
            self.rnn = nn.GRU(embed, hidden, batch_first=True)
            self.fc = nn.Linear(hidden, classes)

        def forward(self, x):
            out, h = self.rnn(x)
            return self.fc(h[-1])

    x = F.one_hot(torch.randint(0, 20, (8, 6)), 20).float()
    y = torch.randint(0, 2, (8,))
    model = Net(20, 5, 16, 2)
    print(F.cross_entropy(model(x), y).item())
""",
    "several tokens a step": r"""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(5, 8)
            self.lstm = nn.LSTM(8, 16, batch_first=True)
            self.fc = nn.Linear(16, 2)

        def forward(self, cards):
            x = self.embed(cards)
            out, _ = self.lstm(x)
            return self.fc(out[:, -1])

    # five cards in each of six rounds, each of one of five colours
    cards = torch.randint(0, 5, (8, 6, 5))
    y = torch.randint(0, 2, (8,))
    print(F.cross_entropy(Net()(cards), y).item())
""",
    "several marks a step": r"""
    class Net(nn.Module):
        def __init__(self, notes):
            super().__init__()
            self.embed = nn.Embedding(notes, 8)
            self.lstm = nn.LSTM(8, 16, batch_first=True)
            self.fc = nn.Linear(16, 2)

        def forward(self, x):
            x = self.embed(x.long())
            out, _ = self.lstm(x)
            return self.fc(out[:, -1])

    # which of the twelve notes are played at each step
    chords = (torch.rand(8, 6, 12) > 0.7).float()
    y = torch.randint(0, 2, (8,))
    print(F.cross_entropy(Net(12)(chords), y).item())
""",
    "a view in another order": r"""
    class Heads(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.fc = nn.Linear(width, width)

        def forward(self, x):
            batch, steps, width = x.shape
            out = self.fc(x).view(steps, batch, width)
            return (x + out).pow(2).sum() / batch

    x = torch.randn(4, 6, 8)
    print(Heads(8)(x).item())
""",
    "a loop along another axis": r"""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.GRUCell(3, 5)
            self.fc = nn.Linear(5, 1)

        def forward(self, x):
            batch, steps, features = x.shape
            h = torch.zeros(len(x), 5)
            total = 0
            for t in range(batch):
                h = self.cell(x[:, t], h)
                total = total + self.fc(h)
            return total / steps

    x = torch.randn(9, 4, 3)
    print(Net()(x).sum().item())
""",
    "counts beside an embedding": r"""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.day = nn.Embedding(7, 8)
            self.lstm = nn.LSTM(8, 16)
            self.fc = nn.Linear(24, 1)

        def forward(self, counts, day):
            out, _ = self.lstm(counts)
            return self.fc(torch.cat([out[-1], self.day(day)]))

    counts = torch.randint(0, 7, (5, 8))
    print(Net()(counts, torch.tensor(3)).item())
""",
    "lengths of other sequences": r"""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(3, 5, batch_first=True)
            self.fc = nn.Linear(5, 1)

        def forward(self, x, lengths):
            out, _ = self.lstm(x)
            return self.fc(out[torch.arange(len(x)), lengths - 1])

    x, lengths = torch.randn(8, 6, 3), torch.randint(1, 7, (8,))
    val_x, val_lengths = torch.randn(8, 6, 3), torch.randint(1, 7, (8,))
    model = Net()
    print(model(x, lengths).sum().item())
    print(model(val_x).sum().item())
""",
    "a head that is no part of a sum": r"""
    class Net(nn.Module):
        def __init__(self, width, classes):
            super().__init__()
            self.inner = nn.Linear(width, width)
            self.head = nn.Sequential(nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, classes))

        def forward(self, x):
            x = x + self.inner(x)
            x = x + self.head(x)
            return x

    x = torch.randn(8, 6)
    y = torch.randint(0, 3, (8,))
    print(F.cross_entropy(Net(6, 3)(x), y).item())
""",
    "steps turned for a layer": r"""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.pos = nn.Parameter(torch.randn(50, 8))
            self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)
            self.fc = nn.Linear(8, 3)

        def forward(self, x):
            x = x + self.pos[:x.size(0)]
            x = self.encoder(x.transpose(0, 1)).transpose(0, 1)
            return self.fc(x.mean(1))

    x = torch.randn(4, 6, 8)
    y = torch.randint(0, 3, (4,))
    print(F.cross_entropy(Net()(x), y).item())
""",
}
RIGHT = {
    "positions looked up beside tokens": (
        r"""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.word = nn.Embedding(20, 8)
            self.place = nn.Embedding(10, 8)
            self.attend = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, words):
            positions = torch.arange(words.size(1)).expand_as(words)
            x = self.place(positions) + self.word(words)
            mask = x == 0
            out, _ = self.attend(x, x, x, key_padding_mask=mask)
            return out.mean(1)

    words = torch.randint(1, 20, (4, 6))
    words[1, 4:] = 0
    print(Net()(words).sum().item())
""",
        "mask = x == 0",
        "mask = words == 0",
    ),
    "a column squeezed elsewhere": (
        r"""
    x = torch.randn(12, 4)
    y = torch.tensor([0, 2, 1, 2, 0, 1] * 2).reshape(-1, 1)
    model = nn.Linear(4, 3)
    scores = model(x)
    loss = F.cross_entropy(scores, y)
    right = (scores.argmax(1) == y.squeeze(1)).sum().item()
    print(loss.item(), right)
""",
        "loss = F.cross_entropy(scores, y)",
        "loss = F.cross_entropy(scores, y.squeeze(1))",
    ),
    "guesses that are a column": (
        r"""
    x = torch.randn(12, 4)
    y = torch.tensor([0, 2, 1, 2, 0, 1] * 2).reshape(-1, 1)
    model = nn.Linear(4, 3)
    scores = model(x)
    loss = F.cross_entropy(scores, y)
    right = (scores.argmax(1, keepdim=True) == y).sum().item()
    print(loss.item(), right)
""",
        "loss = F.cross_entropy(scores, y)",
        "loss = F.cross_entropy(scores, y.squeeze(1))",
    ),
    "the best guess of each row, as a column": (
        r"""
    from torch.utils.data import Dataset, DataLoader
    class Rows(Dataset):
        def __init__(self):
            self.x = torch.randn(12, 4)
            self.y = torch.randint(0, 3, (12,)).unsqueeze(1)
        def __len__(self):
            return len(self.x)
        def __getitem__(self, i):
            return self.x[i], self.y[i]
    model = nn.Linear(4, 3)
    criterion = nn.CrossEntropyLoss()
    right = 0
    for x, y in DataLoader(Rows(), batch_size=4):
        scores = model(x)
        loss = criterion(scores, y)
        pred = scores.topk(1, dim=1)[1]
        right += (pred == y).sum().item()
        print(loss.item())
    print(right)
""",
        "loss = criterion(scores, y)",
        "loss = criterion(scores, y.squeeze(1))",
    ),
    "a gate of the heads": (
        r"""
    class Attend(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.q = nn.Linear(width, width)
            self.k = nn.Linear(width, width)
            self.v = nn.Linear(width, width)
            self.gate = nn.Linear(width, width)

        def forward(self, x):
            n, t, w = x.shape
            q = self.q(x).view(n, t, self.heads, w // self.heads).transpose(1, 2)
            k = self.k(x).view(n, t, self.heads, w // self.heads).transpose(1, 2)
            v = self.v(x).view(n, t, self.heads, w // self.heads).transpose(1, 2)
            gate = self.gate(x).view(n, t, self.heads, w // self.heads)
            out = (q @ k.transpose(-2, -1)).softmax(-1) @ v
            out = out * gate.sigmoid()
            return out.reshape(n, t, w)

    x = torch.randn(2, 5, 8)
    out = Attend(8, 2)(x)
    print(out[0, 0].sum().item())
""",
        "out = out * gate.sigmoid()",
        "out = out.transpose(1, 2) * gate.sigmoid()",
    ),
    "an idle layer beside a sum": (
        r"""
    class Net(nn.Module):
        def __init__(self, width, hidden, out):
            super().__init__()
            self.feed = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, out))
            self.skip = nn.Linear(width, out)

        def forward(self, x):
            return x + self.feed(x)

    x = torch.randn(8, 6)
    y = torch.randn(8, 3)
    print(F.l1_loss(Net(6, 12, 3)(x), y).item())
""",
        "return x + self.feed(x)",
        "return self.skip(x) + self.feed(x)",
    ),
    "a mean over the steps of a convolution": (
        r"""
    class Net(nn.Module):
        def __init__(self, channels, seq_len, classes):
            super().__init__()
            self.conv = nn.Conv1d(channels, 16, 3, padding=1)
            self.fc = nn.Linear(seq_len, classes)

        def forward(self, x):
            x = torch.relu(self.conv(x))
            x = x.mean(dim=2)
            return self.fc(x)

    x = torch.randn(8, 4, 10)
    y = torch.randint(0, 3, (8,))
    model = Net(4, 10, 3)
    print(F.cross_entropy(model(x), y).item())
""",
        "self.fc = nn.Linear(seq_len, classes)",
        "self.fc = nn.Linear(16, classes)",
    ),
}


@pytest.mark.parametrize("name", IN_DOUBT)
def test_what_speaks_for_another_change_is_said(name):
    found = mended(IN_DOUBT[name], most=4)
    assert found.doubts


@pytest.mark.parametrize("name", RIGHT)
def test_the_change_that_the_program_means_is_made(name):
    program, wrong, right = RIGHT[name]
    assert program.count(wrong) == 1
    found = mended(program, most=4)
    assert found.output == printed(program.replace(wrong, right))
    assert not found.doubts
