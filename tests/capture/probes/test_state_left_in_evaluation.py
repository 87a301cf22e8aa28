"""Models that keep a state for themselves: evaluated like they were trained, and not."""

from __future__ import annotations

import linecache

import pytest
from programs import audited, slugs

from shapecheck.auditor import Auditor

KIND = "state_left_in_evaluation"
DATA = """
from torch.utils.data import DataLoader, TensorDataset
xs, ys = torch.randn(24, 5, 3), torch.randint(0, 2, (24,))
train_loader = DataLoader(TensorDataset(xs, ys), batch_size=6, shuffle=True)
test_loader = DataLoader(TensorDataset(xs.flip(0), ys.flip(0)), batch_size=6)
"""
KEPT = (
    DATA
    + """
class Kept(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head, self.state = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2), None

    def reset(self):
        self.state = None

    def forward(self, x):
        out, state = self.rnn(x, self.state)
        self.state = state.detach()
        return self.head(out[:, -1])

model = Kept()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
"""
)
SPIKING = (
    DATA
    + """
class Leak(nn.Module):
    def __init__(self):
        super().__init__()
        self.v = 0

    def forward(self, x):
        self.v = self.v * 0.8 + x
        spikes = torch.sigmoid(4 * (self.v - 0.5))
        self.v = self.v - spikes.detach()
        return spikes

def begin(net):
    for part in net.modules():
        if isinstance(part, Leak):
            part.v = 0

model = nn.Sequential(nn.Linear(3, 6), Leak(), nn.Linear(6, 2), Leak())
optimizer = torch.optim.SGD(model.parameters(), 0.1)
"""
)
EPOCHS = """
def epoch(loader, train):
    model.train(train)
    right = 0
    with torch.set_grad_enabled(train):
        for x, y in loader:
            out = {call}
            if train:
                loss = F.cross_entropy(out, y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                {inside}
            right += (out.argmax(1) == y).sum().item()
            {outside}
    return right / 24

for _ in range(2):
    epoch(train_loader, True)
    epoch(test_loader, False)
"""
APART = """
for _ in range(2):
    model.train()
    for x, y in train_loader:
        {begin}
        loss = F.cross_entropy({call}, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    {front}
    with torch.no_grad():
        for x, y in {loader}:
            {each}
            out = {call}
            print((out.argmax(1) == y).float().mean().item())
"""
STEPS = "sum(model(x[:, t]) for t in range(5))"


def apart(call="model(x)", begin="pass", front="pass", each="pass", loader="test_loader"):
    return APART.format(call=call, begin=begin, front=front, each=each, loader=loader)


@pytest.mark.parametrize(
    ("program", "call", "reset"),
    [
        (KEPT, "model(x)", "model.reset()"),
        (KEPT, "model(x)", "model.state = None"),
        (SPIKING, STEPS, "begin(model)"),
    ],
)
def test_a_state_that_begins_anew_in_training_alone(program, call, reset):
    wrong = EPOCHS.format(call=call, inside=reset, outside="")
    assert audited(program, wrong) == [(KIND, [f"            {reset}\n"])]
    assert slugs(program, EPOCHS.format(call=call, inside="", outside=reset)) == []


@pytest.mark.parametrize(
    "loader", ["test_loader", "zip(xs.split(6), ys.split(6))", "((xs[i:i + 6], ys[i:i + 6]) for i in (0, 6, 12))"]
)
@pytest.mark.parametrize(
    ("program", "call", "reset"), [(KEPT, "model(x)", "model.reset()"), (SPIKING, STEPS, "begin(model)")]
)
def test_two_loops_of_which_one_lets_it_begin_anew(program, call, reset, loader):
    assert slugs(program, apart(call, begin=reset, loader=loader)) == [KIND]
    assert slugs(program, apart(call, begin=reset, each=reset, loader=loader)) == []


def test_an_evaluation_that_nobody_announces():
    def quiet(**parts):
        return apart(begin="model.reset()", **parts).replace("model.eval()", "pass")

    assert slugs(KEPT, quiet()) == [KIND]
    assert slugs(KEPT, quiet(each="model.reset()")) == []
    assert slugs(KEPT, quiet(front="model.reset()")) == []


BANK = (
    DATA
    + """
class Banked(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.head, self.bank = nn.BatchNorm1d(15), nn.Linear(15, 2), torch.zeros(0, 15)

    def forward(self, x):
        x = self.norm(x.flatten(1))
        if not torch.is_grad_enabled():
            self.bank = torch.cat([self.bank[-18:], x])
            x = x + 0 * self.bank.mean(0)
        return self.head(x)

model = Banked()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
"""
)


def test_what_a_pass_without_gradients_collects_in_training_is_left_alone():
    assert slugs(BANK, apart().replace("model.eval()", "pass").replace("model.train()", "pass")) == []


def test_a_state_that_begins_anew_once_in_front_of_an_evaluation_may_be_meant():
    assert slugs(KEPT, apart(begin="model.reset()", front="model.reset()")) == []


def test_a_state_that_training_hands_on_as_well_is_another_matter():
    assert KIND not in slugs(KEPT, apart())


BY_NUMBER = "((xs[rows], ys[rows]) for rows in torch.arange(24).split(6))"
BY_NAME = KEPT.replace("self.state = state.detach()", "state = state.detach()\n        self.state = state")


@pytest.mark.parametrize(("program", "loader"), [(KEPT, BY_NUMBER), (BY_NAME, "test_loader"), (BY_NAME, BY_NUMBER)])
def test_rows_picked_by_number_and_a_state_that_has_a_name_before_it_is_kept(program, loader):
    assert slugs(program, apart(begin="model.reset()", loader=loader)) == [KIND]
    assert slugs(program, apart(begin="model.reset()", each="model.reset()", loader=loader)) == []


def test_one_stream_at_a_time_is_left_alone():
    stream = KEPT.replace("batch_size=6", "batch_size=1")
    assert slugs(stream, apart(begin="model.reset()")) == []


CACHED = (
    DATA
    + """
class Cached(nn.Module):
    def __init__(self):
        super().__init__()
        self.head, self.places, self.seen = nn.Linear(15, 2), None, None

    def forward(self, x):
        if self.places is None or self.places.shape != x.shape:
            self.places = torch.ones_like(x).cumsum(1) / 5
        if not self.training:
            x = x if self.seen is None else x + 0 * self.seen
            self.seen = x
        return self.head((x + self.places).flatten(1))

model = Cached()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
"""
)


def test_what_is_kept_for_its_shape_or_in_evaluation_alone_is_left_alone():
    assert slugs(CACHED, apart()) == []


def test_the_line_is_that_of_the_call_where_no_branch_hides_the_reset():
    text = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\n" + KEPT
    text += apart(begin="model.reset()")
    name = "<state left in evaluation>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    auditor = Auditor()
    auditor.start()
    try:
        exec(compile(text, name, "exec"), {"__name__": "__main__"})
    finally:
        auditor.stop()
    (found,) = auditor.diagnoses
    assert linecache.getline(name, found.place.line).strip() == "out = model(x)"
