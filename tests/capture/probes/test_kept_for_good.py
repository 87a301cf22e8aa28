"""What a module keeps on itself for good, of sequences that were made one by one; beside series that go on."""

import pytest
from programs import audited, slugs

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


# Answers for every step, time in front; a state that a method hands on.
STEPS = """
class Follower(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.GRUCell(3, 5), nn.Linear(5, 2)
        self.register_buffer("memory", torch.zeros(6, 5))

    def hand_on(self):
        self.memory = self.memory.detach()

    def begin(self):
        self.memory = torch.zeros_like(self.memory)

    def forward(self, x):
        out = []
        for one in x:
            self.memory = self.cell(one, self.memory)
            out.append(self.out(self.memory))
        return torch.stack(out)


{world}
model = Follower()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in [{batch} for _ in range(3)]:
    {first}
    optimizer.zero_grad()
    F.mse_loss(model(x), y).backward()
    optimizer.step()
"""
EPISODES = """
def play(rows=6, steps=7):
    place, goal = torch.randn(rows, 1), torch.randn(rows, 1)
    seen, done = [], []
    for _ in range(steps):
        push = (goal - place).clamp(-1, 1)
        seen.append(torch.cat([place, goal, torch.randn(rows, 1)], 1))
        done.append(torch.cat([push, push.abs()], 1))
        place = place + 0.2 * push
    return torch.stack(seen), torch.stack(done)
"""
WAVES = """
def play(rows=6, steps=7):
    phase = torch.rand(rows, 1, 1) * 6
    wave = torch.sin(phase + torch.arange(steps + 1).view(1, -1, 1) * torch.tensor([0.3, 0.7, 1.1]))
    return wave[:, :-1].transpose(0, 1), wave[:, 1:, :2].transpose(0, 1)
"""
# A world that goes on where it was, a driver of each chunk that all rows have in common, and a long series.
GOES_ON = EPISODES.replace("place, goal = torch.randn(rows, 1), torch.randn(rows, 1)", "global place, goal").replace(
    "def play", "place, goal = torch.randn(6, 1), torch.randn(6, 1)\n\n\ndef play"
)
CHUNKS = """
def play(rows=6, steps=7):
    market = torch.randn(steps, 1, 1).cumsum(0)
    x = market + torch.randn(steps, rows, 3)
    return x, market.expand(-1, rows, 2) + 0.1 * torch.randn(steps, rows, 2)
"""
NOISE = """
def play(rows=6, steps=7):
    x = torch.randn(steps, rows, 3)
    return x, x.roll(1, 0)[..., :2]
"""
PIECES = """
level = torch.randn(6, 1)
series = level + torch.randn(21, 6, 3).cumsum(0)
pieces = iter(series.split(7))


def play():
    piece = next(pieces)
    return piece, piece[..., :2].roll(-1, 0)
"""


@pytest.mark.parametrize("world", [EPISODES, WAVES])
def test_episodes_with_an_answer_for_each_step(world):
    parts = {"world": world, "batch": "play()"}
    found = audited(STEPS.format(first="model.hand_on()", **parts), "")
    assert [(slug, [text.strip() for text in edits]) for slug, edits in found] == [
        ("state_of_another_batch", ["model.begin()"])
    ]
    assert slugs(STEPS.format(first="model.begin()", **parts), "") == []
    in_place = "model.memory = model.memory.detach()"
    assert slugs(STEPS.format(first=in_place, **parts), "") == ["state_of_another_batch"]
    # Who lets it begin anew anywhere, be it in some rows, knows that it is carried.
    masked = "model.memory = model.memory.detach() * (torch.rand(6, 1) > 0.5)"
    assert slugs(STEPS.format(first=masked, **parts), "") == []


@pytest.mark.parametrize("world", [GOES_ON, CHUNKS, NOISE, PIECES])
def test_streams_with_an_answer_for_each_step(world):
    assert slugs(STEPS.format(world=world, batch="play()", first="model.hand_on()"), "") == []
