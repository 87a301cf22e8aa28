"""The commonest mistakes of recurrent networks in programs of several parts: layers in lists, two models, trainers."""

import pytest
from mended import mended, printed

LAYERS_IN_A_LIST = """
class Stacked(nn.Module):
    def __init__(self, sizes, n_out):
        super().__init__()
        self.layers = nn.ModuleList([nn.GRU(a, b, batch_first=True) for a, b in zip(sizes[:-1], sizes[1:])])
        self.drop, self.head = nn.Dropout(0.0), nn.Linear(sizes[-1], n_out)

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
            x = self.drop(x)
        return self.head(x[:, -1])


x, y = torch.randn(6, 9, 4), torch.randint(0, 3, (6,))
net = Stacked([4, 12, 7], 3)
print(round(F.cross_entropy(net(x), y).item(), 4))
"""
CELLS_IN_A_LIST = """
class CellStack(nn.Module):
    def __init__(self, n_in, hidden, depth):
        super().__init__()
        self.hidden = hidden
        self.cells = nn.ModuleList([nn.LSTMCell(n_in if k == 0 else hidden, hidden) for k in range(depth)])
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        batch, steps, _ = x.shape
        hs = [x.new_zeros(batch, self.hidden) for _ in self.cells]
        cs = [x.new_zeros(batch, self.hidden) for _ in self.cells]
        preds = []
        for t in range(steps):
            inp = x[:, t]
            for k, cell in enumerate(self.cells):
                hs[k], cs[k] = cell(inp, (hs[k], cs[k]))
                inp = hs[k]
            preds.append(self.out(inp))
        return torch.stack(preds, dim=1)


x, y = torch.randn(5, 7, 3), torch.randn(5, 7, 1)
print(round(F.mse_loss(CellStack(3, 8, 2)(x), y).item(), 4))
"""
TWO_MODELS = """
class Encoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.emb = nn.Embedding(cfg["vocab"], cfg["emb"])
        self.rnn = nn.LSTM(cfg["emb"], cfg["hid"], cfg["layers"])

    def forward(self, src):
        _, state = self.rnn(self.emb(src))
        return state


class Decoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.emb = nn.Embedding(cfg["vocab"], cfg["emb"])
        self.rnn = nn.LSTM(cfg["emb"], cfg["hid"], cfg["layers"])
        self.out = nn.Linear(cfg["hid"], cfg["vocab"])

    def forward(self, token, state):
        out, state = self.rnn(self.emb(token).unsqueeze(0), state)
        return self.out(out.squeeze(0)), state


cfg = {"vocab": 20, "emb": 6, "hid": 10, "layers": 2}
src, trg = torch.randint(0, 20, (7, 4)), torch.randint(0, 20, (5, 4))
enc, dec = Encoder(cfg), Decoder(cfg)
state, token, loss = enc(src), trg[0], 0.0
for t in range(1, 5):
    scores, state = dec(token, state)
    loss = loss + F.cross_entropy(scores, trg[t])
    token = trg[t]


print(round(loss.item(), 4))
"""
WITH_FIT = """
import numpy as np
np.random.seed(0)


class LSTMRegressor:
    def __init__(self, hidden=8, epochs=2, batch=4):
        self.hidden, self.epochs, self.batch = hidden, epochs, batch

    def fit(self, X, y):
        X, y = torch.as_tensor(X, dtype=torch.float32), torch.as_tensor(y, dtype=torch.float32)
        self.rnn = nn.LSTM(X.shape[2], self.hidden, batch_first=True)
        self.head = nn.Linear(self.hidden, 1)
        opt = torch.optim.SGD([*self.rnn.parameters(), *self.head.parameters()], lr=0.1)
        for _ in range(self.epochs):
            for i in range(0, len(X), self.batch):
                opt.zero_grad()
                loss = ((self.predict_(X[i:i + self.batch]) - y[i:i + self.batch]) ** 2).mean()
                loss.backward()
                opt.step()
        return self

    def predict_(self, X):
        out, _ = self.rnn(X)
        return self.head(out[:, -1]).squeeze(1)


X, y = np.random.randn(11, 6, 3), np.random.randn(11)
model = LSTMRegressor().fit(X, y)
print(round(model.predict_(torch.as_tensor(X, dtype=torch.float32)).sum().item(), 4))
"""
WITH_A_TRAINER = """
class Trainer:
    def __init__(self, model, criterion, lr=0.1):
        self.model, self.criterion = model, criterion
        self.opt = torch.optim.SGD(model.parameters(), lr=lr)

    def run(self, batches):
        total = 0.0
        for tokens, labels in batches:
            self.opt.zero_grad()
            loss = self.criterion(self.model(tokens), labels)
            loss.backward()
            self.opt.step()
            total += loss.item()
        return total


class Base(nn.Module):
    def encode(self, tokens):
        raise NotImplementedError

    def forward(self, tokens):
        return self.head(self.encode(tokens)).squeeze(-1)


class Sentiment(Base):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(30, 5)
        self.rnn = nn.GRU(5, 6, batch_first=True, bidirectional=True)
        self.head = nn.Linear(12, 1)

    def encode(self, tokens):
        _, h = self.rnn(self.emb(tokens))
        return torch.cat([h[0], h[1]], dim=1)


batches = [(torch.randint(0, 30, (n, 8)), torch.randint(0, 2, (n,)).float()) for n in (4, 4, 3)]
print(round(Trainer(Sentiment(), nn.BCEWithLogitsLoss()).run(batches), 4))
"""
FUNCTIONS = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


def build(n_in, n_hidden, n_tags):
    return {"rnn": nn.LSTM(n_in, n_hidden, batch_first=True), "tag": nn.Linear(n_hidden, n_tags)}


def tag(parts, sequences):
    lengths = torch.tensor([len(s) for s in sequences])
    padded = pad_sequence(sequences, batch_first=True)
    packed = pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)
    out, _ = pad_packed_sequence(parts["rnn"](packed)[0], batch_first=True)
    return parts["tag"](out), lengths


sequences = [torch.randn(n, 4) for n in (3, 6, 5)]
labels = pad_sequence([torch.randint(0, 5, (len(s),)) for s in sequences], batch_first=True, padding_value=-1)
scores, lengths = tag(build(4, 9, 5), sequences)
print(round(F.cross_entropy(scores.transpose(1, 2), labels, ignore_index=-1).item(), 4))
"""
LETTERS = """
from einops import rearrange, reduce


class Frames(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.rnn, self.fc = nn.Conv2d(1, 4, 3, padding=1), nn.GRU(4, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, clip):
        b = clip.shape[0]
        maps = self.conv(rearrange(clip, "b t h w -> (b t) 1 h w"))
        steps = rearrange(reduce(maps, "n c h w -> n c", "mean"), "(b t) c -> b t c", b=b)
        out, _ = self.rnn(steps)
        return self.fc(out[:, -1])


clip, y = torch.randn(2, 5, 6, 8), torch.tensor([0, 2])
print(round(F.cross_entropy(Frames()(clip), y).item(), 4))
"""
MISTAKES = {
    # What each program says rightly, and what it says wrongly.
    "all that a layer gives": (LAYERS_IN_A_LIST, ("x, _ = layer(x)", "x = layer(x)")),
    "the width of another layer": (LAYERS_IN_A_LIST, ("nn.Linear(sizes[-1]", "nn.Linear(sizes[1]")),
    "labels as floats": (LAYERS_IN_A_LIST, ("(0, 3, (6,))", "(0, 3, (6,)).float()")),
    "all steps": (LAYERS_IN_A_LIST, ("self.head(x[:, -1])", "self.head(x)")),
    "cells of one width": (CELLS_IN_A_LIST, ("nn.LSTMCell(n_in if k == 0 else hidden", "nn.LSTMCell(n_in")),
    "a sample for a step": (CELLS_IN_A_LIST, ("inp = x[:, t]", "inp = x[t]")),
    "one of two states": (CELLS_IN_A_LIST, ("cell(inp, (hs[k], cs[k]))", "cell(inp, hs[k])")),
    "a batch size written down": (CELLS_IN_A_LIST, ("x.new_zeros(batch,", "torch.zeros(32,")),
    "states of layers": (CELLS_IN_A_LIST, ("x.new_zeros(batch,", "x.new_zeros(1, batch,")),
    "a step without its axis": (
        TWO_MODELS,
        ("self.emb(token).unsqueeze(0)", "self.emb(token)"),
        ("self.out(out.squeeze(0))", "self.out(out)"),
    ),
    "the axis of a step": (TWO_MODELS, ("self.out(out.squeeze(0))", "self.out(out)")),
    "one of the states": (TWO_MODELS, ("        return state\n\n\nclass", "        return state[0]\n\n\nclass")),
    "the labels of a sample": (
        TWO_MODELS.replace("range(1, 5)", "range(1, 4)"),
        ("scores, trg[t])", "scores, trg[:, t])"),
    ),
    "doubles": (
        WITH_FIT,
        ("torch.as_tensor(X, dtype=torch.float32), ", "torch.as_tensor(X), "),
        ("(y, dtype=torch.float32)", "(y)"),
    ),
    "an array": (WITH_FIT, ("predict_(torch.as_tensor(X, dtype=torch.float32))", "predict_(X)")),
    "answers as whole numbers": (WITH_A_TRAINER, ("(0, 2, (n,)).float()", "(0, 2, (n,))")),
    "a column of scores": (WITH_A_TRAINER, ("self.encode(tokens)).squeeze(-1)", "self.encode(tokens))")),
    "one direction": (WITH_A_TRAINER, ("nn.Linear(12, 1)", "nn.Linear(6, 1)")),
    "directions that are not joined": (WITH_A_TRAINER, ("return torch.cat([h[0], h[1]], dim=1)", "return h")),
    "directions one behind the other": (WITH_A_TRAINER, ("[h[0], h[1]], dim=1", "[h[0], h[1]], dim=0")),
    "tokens as floats": (WITH_A_TRAINER, ("(0, 30, (n, 8))", "(0, 30, (n, 8)).float()")),
    "labels with steps first": (FUNCTIONS, ("batch_first=True, padding_value", "padding_value")),
    "all that came back packed": (FUNCTIONS, ('parts["rnn"](packed)[0], ', 'parts["rnn"](packed), ')),
    "sequences that are stacked": (FUNCTIONS, ("pad_sequence(sequences, batch_first=True)", "torch.stack(sequences)")),
    "labels that do not count": (FUNCTIONS, (", ignore_index=-1", "")),
    "letters exchanged": (LETTERS, ('"(b t) c -> b t c"', '"(b t) c -> b c t"')),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_programs_in_parts(mistake):
    program, *slips = MISTAKES[mistake]
    wrong = program
    for right, slip in slips:
        assert right in program
        wrong = wrong.replace(right, slip)
    found = mended(wrong)
    assert found.output == printed(program)
    assert not found.doubts


def test_what_a_length_counts_is_not_made_good_where_it_is_unpacked():
    found = mended(FUNCTIONS.replace("[len(s) for s", "[s.size(1) for s"), most=1)
    assert not any("total_length" in fix.title for fix in found.diagnoses[0].fixes)
