"""What a module keeps on itself for good, of sequences that were made one by one; beside series that go on."""

import pytest
from programs import slugs

NET = """
class Layer(nn.Module):
    def __init__(self, width, size):
        super().__init__()
        self.read = nn.Linear(width, size)
        self.level = None

    def reset(self):
        self.level = None

    def forward(self, x):
        level = x.new_zeros(len(x), self.read.out_features) if self.level is None else {start}
        out = []
        for t in range(x.shape[1]):
            level = 0.8 * level + self.read(x[:, t])
            out.append(torch.tanh(level))
        self.level = {kept}
        return torch.stack(out, 1)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Layer(3, 7), Layer(7, 4)

    def forward(self, x):
        {begin}
        return self.second(self.first(x)).mean(1)


model, criterion = Model(), nn.CrossEntropyLoss()
"""
CELL = NET.format(start="self.level", kept="level.detach()", begin="pass")
LAYER = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head, self.state = nn.LSTM(3, 6, batch_first=True), nn.Linear(6, 4), None

    def forward(self, x):
        out, state = self.rnn(x, self.state)
        self.state = tuple(part.detach() for part in state)
        return self.head(out[:, -1])


model, criterion = Model(), nn.CrossEntropyLoss()
"""
BATCHES = """
means, batches = torch.randn(4, 3), []
for _ in range(3):
    y = torch.randint(0, 4, (6,))
    batches.append((means[y].unsqueeze(1) + torch.randn(6, 5, 3), y))
"""
ALL_AT_ONCE = """
means, y = torch.randn(4, 3), torch.randint(0, 4, (24,))
x = means[y].unsqueeze(1) + torch.randn(24, 5, 3)
"""
SLICES = ALL_AT_ONCE + "batches = [(x[at : at + 6], y[at : at + 6]) for at in range(0, 24, 6)]"
PARTS = ALL_AT_ONCE + "batches = list(zip(x.split(6), y.split(6)))"
LOADED = ALL_AT_ONCE + "batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=6)"
SERIES = """
means, states = torch.randn(4, 3), torch.randint(0, 4, (6, 4))
series = means[states].repeat_interleave(5, 1) + torch.randn(6, 20, 3)
batches = [(series[:, 5 * at : 5 * at + 5], states[:, at]) for at in range(4)]
"""
WALKS = """
means, batches, last = torch.randn(4, 3), [], torch.zeros(6, 1, 3)
for _ in range(3):
    y = torch.randint(0, 4, (6,))
    x = last + (means[y].unsqueeze(1) + torch.randn(6, 5, 3)).cumsum(1)
    last = x[:, -1:]
    batches.append((x, y))
"""
THE_SAME_SIX = """
levels, batches = torch.randn(6, 1, 3), []
for _ in range(3):
    y = torch.randint(0, 4, (6,))
    batches.append((levels + y.view(-1, 1, 1) + torch.randn(6, 5, 3), y))
"""
READ_OFF = """
batches = [(x, (x.mean((1, 2)) > 0).long()) for x in (torch.randn(6, 5, 3) for _ in range(3))]
"""


@pytest.mark.parametrize("batches", [BATCHES, SLICES, PARTS, LOADED])
@pytest.mark.parametrize("net", [CELL, LAYER])
def test_sequences_that_were_made_one_by_one(net, batches):
    assert slugs(net + batches) == ["state_of_another_batch"]


def test_a_state_that_is_cut_where_it_is_read():
    assert slugs(NET.format(start="self.level.detach()", kept="level", begin="pass") + BATCHES) == [
        "state_of_another_batch"
    ]


@pytest.mark.parametrize("batches", [SERIES, WALKS, THE_SAME_SIX, READ_OFF])
@pytest.mark.parametrize("net", [CELL, LAYER])
def test_what_may_go_on_from_batch_to_batch(net, batches):
    assert slugs(net + batches) == []


def test_a_state_that_the_script_begins_anew():
    begun = NET.format(start="self.level", kept="level.detach()", begin="[part.reset() for part in self.children()]")
    assert slugs(begun + BATCHES) == []
    told = "\nfor part in model.children():\n    part.reset()\n"
    assert slugs(CELL + BATCHES + told) == []


def test_a_state_that_is_handed_on_in_the_open():
    handed = LAYER.replace("def forward(self, x):", "def forward(self, x, state=None):").replace(
        "self.rnn(x, self.state)", "self.rnn(x, state)"
    )
    handed = handed.replace("        self.state = tuple(part.detach() for part in state)\n", "").replace(
        "return self.head(out[:, -1])", "return self.head(out[:, -1]), state"
    )
    loop = """
optimizer, state = torch.optim.SGD(model.parameters(), 0.01), None
for x, y in batches:
    out, state = model(x, None if state is None else tuple(part.detach() for part in state))
    optimizer.zero_grad()
    criterion(out, y).backward()
    optimizer.step()
"""
    assert slugs(handed + BATCHES, loop) == []
