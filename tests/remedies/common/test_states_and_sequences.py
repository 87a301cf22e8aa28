"""The commonest mistakes with the states of recurrent layers, packed sequences and windows: each is mended surely."""

import pytest
from mended import mended, printed

STATEFUL = """
class Net(nn.Module):
    def __init__(self, input_dim, hidden_dim, n_layers, n_out):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.n_layers = n_layers
        self.rnn = nn.{kind}(input_dim, hidden_dim, n_layers{first}{more})
        self.fc = nn.Linear({width}, n_out)

    def init_hidden(self, batch_size):
        return {state}

    def forward(self, x, hidden):
        {out} = self.rnn(x, hidden)
        return {returned}

net = Net(4, 9, 2, 3)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
data = torch.utils.data.TensorDataset(torch.randn(14, 7, 4), torch.randint(0, 3, (14,)))
loader = torch.utils.data.DataLoader(data, batch_size=5{last})
{before}
for xb, yb in loader:
    {begin}
    opt.zero_grad()
    {taken} = net(xb, hidden)
    loss = F.cross_entropy(scores, yb)
    loss.backward()
    opt.step()
    print(round(loss.item(), 4))
"""
ZEROS = "torch.zeros(self.n_layers, batch_size, self.hidden_dim)"
RIGHT_STATE = {
    "kind": "GRU",
    "first": ", batch_first=True",
    "more": "",
    "width": "hidden_dim",
    "state": ZEROS,
    "out": "out, hidden",
    "returned": "self.fc(out[:, -1]), hidden",
    "last": "",
    "before": "",
    "begin": "hidden = net.init_hidden(xb.size(0))",
    "taken": "scores, hidden",
}
LSTM = {"kind": "LSTM", "state": f"({ZEROS}, {ZEROS})"}
TWO_WAYS = {"more": ", bidirectional=True", "state": ZEROS.replace("self.n", "2 * self.n")}
KEPT = {"last": ", drop_last=True", "before": "hidden = net.init_hidden(5)"}
OF_STATES = {
    "samples first": ({"state": ZEROS.replace("self.n_layers, batch_size", "batch_size, self.n_layers")}, {}),
    "one layer": ({"state": ZEROS.replace("self.n_layers", "1")}, {}),
    "a batch size written down": ({"begin": "hidden = net.init_hidden(5)"}, {}),
    "steps for samples": ({"begin": "hidden = net.init_hidden(xb.size(1))"}, {}),
    "another width": ({"state": ZEROS.replace("self.hidden_dim", "4")}, {}),
    "no layers": ({"state": ZEROS.replace("self.n_layers, ", "")}, {}),
    "one state of an LSTM": ({"kind": "LSTM"}, LSTM),
    "two states of a GRU": ({"state": LSTM["state"]}, {}),
    "one direction": (
        {"more": ", bidirectional=True", "width": "2 * hidden_dim"},
        {**TWO_WAYS, "width": "2 * hidden_dim"},
    ),
    "both directions read as one": (TWO_WAYS, {**TWO_WAYS, "width": "2 * hidden_dim"}),
    "not detached": ({**KEPT, "begin": "pass"}, {**KEPT, "begin": "hidden = hidden.detach()"}),
    "two not detached": (
        {**LSTM, **KEPT, "begin": "pass"},
        {**LSTM, **KEPT, "begin": "hidden = tuple(each.detach() for each in hidden)"},
    ),
    "last feature for last step": ({"returned": "self.fc(out[:, :, -1]), hidden"}, {}),
    "every step": ({"returned": "self.fc(out), hidden"}, {}),
    "all layers": ({"returned": "self.fc(hidden), hidden"}, {"returned": "self.fc(hidden[-1]), hidden"}),
    "state not returned": ({"returned": "self.fc(out[:, -1])"}, {}),
    "state not taken": ({"taken": "scores"}, {}),
    "steps first": ({"first": ""}, {}),
    "exchanged": ({**LSTM, "out": "hidden, out"}, LSTM),
}


@pytest.mark.parametrize(("wrong", "meant"), OF_STATES.values(), ids=OF_STATES)
def test_states(wrong, meant):
    _is_mended(STATEFUL.format(**RIGHT_STATE | wrong), STATEFUL.format(**RIGHT_STATE | meant))


PACKED = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

class Tagger(nn.Module):
    def __init__(self, vocab, dim, hidden, tags):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, tags)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.emb(x), lengths{packing})
        {out} = self.lstm(packed)
        {padded}
        return self.fc(out)

def collate(batch):
    xs, ys = zip(*batch)
    lengths = torch.tensor([{length} for x in xs])
    return pad_sequence(xs{first}), pad_sequence(ys, batch_first=True, padding_value=-100), lengths

sents = [torch.randint(1, 20, (n,)) for n in (6, 9, 4, 7, 3)]
tags = [torch.randint(0, 5, (len(s),)) for s in sents]
loader = torch.utils.data.DataLoader(list(zip(sents, tags)), batch_size={rows}, collate_fn=collate)
model = Tagger(20, 6, 8, 5)
for x, y, lengths in loader:
    scores = model(x, lengths)
    loss = F.cross_entropy({compared}, ignore_index=-100)
    loss.backward()
    print(tuple(scores.shape), round(loss.item(), 4))
"""
RIGHT_PACKED = {
    "packing": ", batch_first=True, enforce_sorted=False",
    "out": "out, _",
    "padded": "out, _ = pad_packed_sequence(out, batch_first=True)",
    "length": "len(x)",
    "first": ", batch_first=True",
    "rows": "5",
    "compared": "scores.flatten(0, 1), y.flatten()",
}
OF_PACKED = {
    "not sorted": ({"packing": ", batch_first=True"}, {}),
    "packed with steps first": ({"packing": ", enforce_sorted=False"}, {}),
    "still packed": ({"padded": "pass"}, {}),
    "with its lengths": ({"padded": "out = pad_packed_sequence(out, batch_first=True)"}, {}),
    "with its state": ({"out": "out"}, {}),
    "classes last": ({"compared": "scores, y"}, {"compared": "scores.transpose(1, 2), y"}),
    "only scores flat": ({"compared": "scores.view(-1, 5), y"}, {}),
    "only labels flat": ({"compared": "scores, y.view(-1)"}, {}),
    "padded with steps first": ({"first": ""}, {}),
    "counted too far": ({"length": "len(x) + 1"}, {}),
    "counted in floats": ({"length": "float(len(x))"}, {}),
    "a length written down": (
        {"rows": "2", "padded": "out, _ = pad_packed_sequence(out, batch_first=True, total_length=9)"},
        {"rows": "2"},
    ),
}


@pytest.mark.parametrize(("wrong", "meant"), OF_PACKED.values(), ids=OF_PACKED)
def test_packed_sequences(wrong, meant):
    _is_mended(PACKED.format(**RIGHT_PACKED | wrong), PACKED.format(**RIGHT_PACKED | meant))


WINDOWS = """
import numpy as np

prices = np.cumsum(np.random.RandomState(0).randn(60)) + 50

def windows(series, n):
    xs, ys = [], []
    for i in range(len(series) - n):
        xs.append(series[i : i + n])
        ys.append(series[i + n])
    return np.array(xs), np.array(ys)

class Forecaster(nn.Module):
    def __init__(self, input_size=1, hidden_size=10, num_layers=2, output_size=1):
        super().__init__()
        self.num_layers, self.hidden_size = num_layers, hidden_size
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.linear = nn.Linear({width}, output_size)

    def forward(self, x):
        h0 = torch.zeros({sizes}){dtype}
        c0 = torch.zeros({sizes}){dtype}
        out, (hn, cn) = self.lstm(x, {given})
        return self.linear({read})

x, y = windows(prices, 7)
x = {x}
y = torch.tensor(y, dtype=torch.float32).unsqueeze(-1)
model = Forecaster()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(2):
    prediction = model(x)
    loss = criterion(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, round(loss.item(), 3))
"""
SIZES = "self.num_layers, x.size(0), self.hidden_size"
RIGHT_WINDOWS = {
    "width": "hidden_size",
    "sizes": SIZES,
    "dtype": "",
    "given": "(h0, c0)",
    "read": "out[:, -1]",
    "x": "torch.tensor(x, dtype=torch.float32).unsqueeze(-1)",
}
OF_WINDOWS = {
    "doubles": ({"x": "torch.from_numpy(x).unsqueeze(-1)"}, {}),
    "an array": ({"x": "x.astype(np.float32)[:, :, None]"}, {}),
    "no features": ({"x": "torch.tensor(x, dtype=torch.float32)"}, {}),
    "features for steps": ({"x": "torch.tensor(x, dtype=torch.float32).unsqueeze(1)"}, {}),
    "state of steps": ({"sizes": SIZES.replace("(0)", "(1)")}, {}),
    "state of one layer": ({"sizes": SIZES.replace("self.num_layers", "1")}, {}),
    "state of features": ({"sizes": SIZES.replace("self.hidden_size", "x.size(2)")}, {}),
    "states of doubles": ({"dtype": ".double()"}, {}),
    "states as two": ({"given": "h0, c0"}, {}),
    "one of two states": ({"given": "h0"}, {}),
    "all layers as samples": ({"read": "hn.view(-1, self.hidden_size)"}, {"read": "hn[-1]"}),
    "features for hidden": ({"width": "input_size"}, {}),
}


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(("wrong", "meant"), OF_WINDOWS.values(), ids=OF_WINDOWS)
def test_windows(wrong, meant):
    _is_mended(WINDOWS.format(**RIGHT_WINDOWS | wrong), WINDOWS.format(**RIGHT_WINDOWS | meant))


def _is_mended(wrong, right):
    found = mended(wrong, most=4)
    assert found.output == printed(right)
    assert not any(found.doubts)
