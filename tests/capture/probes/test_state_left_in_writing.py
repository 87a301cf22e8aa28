"""Sequences that a trained model writes: with the state that it returns, without it, and by other means."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

WRITER = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.rnn, self.out = nn.Embedding(9, 5), nn.{layer}(5, 6, batch_first=True), nn.Linear(6, 9)

    def forward(self, ids, state=None):
        out, state = self.rnn(self.emb(ids), state)
        return {returned}


def write(model, ids):
    state, written = {start}, ids
    for _ in range(6):
        {call}
        next_ids = torch.multinomial(scores[:, -1].softmax(-1), 1)
        written = torch.cat([written, next_ids], dim=1)
        ids = {again}
    return written


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for ids in torch.randint(0, 9, (4, 6, {length})):
    scores = model(ids[:, :-1]){scores}
    loss = F.cross_entropy(scores.flatten(0, 1), ids[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    write(model, torch.randint(0, 9, (1, 3)))
"""


def told(call, layer="GRU", again="next_ids", start="None", length=8, returned="self.out(out), state", scores="[0]"):
    filled = WRITER.format(
        call=call, layer=layer, again=again, start=start, length=length, returned=returned, scores=scores
    )
    return slugs(filled, "")


@pytest.mark.parametrize("layer", ["GRU", "LSTM", "RNN"])
@pytest.mark.parametrize(
    "call", ["scores, state = model(ids)", "scores, _ = model(ids, state)", "scores = model(ids)[0]"]
)
def test_the_state_is_dropped_between_two_steps(call, layer):
    assert told(call, layer) == ["state_not_handed_on"]


def test_each_step_starts_from_one_given_state():
    assert told("scores, _ = model(ids, state)", start="torch.zeros(1, 1, 6)") == ["state_not_handed_on"]


@pytest.mark.parametrize(
    ("call", "change"),
    [
        ("scores, state = model(ids, state)", {}),
        ("scores, after = model(ids, state); state = after", {}),
        # All that was written is read anew, or the last few steps.
        ("scores, _ = model(ids)", {"again": "written"}),
        ("scores, _ = model(ids)", {"again": "written[:, -2:]"}),
        # It never saw more than one step.
        ("scores, _ = model(ids)", {"length": 2}),
        # The model returns no state: there is nothing to hand on.
        ("scores = model(ids)", {"returned": "self.out(out)", "scores": ""}),
    ],
)
def test_what_remembers_or_never_did_is_left_alone(call, change):
    assert told(call, **change) == []


KEEPER = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.rnn, self.out, self.state = nn.Embedding(9, 5), nn.{layer}(5, 6), nn.Linear(6, 9), None

    def restart(self):
        self.state = None

    def forward(self, ids):
        out, state = self.rnn(self.emb(ids), self.state)
        self.state = {kept}
        return self.out(out)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for ids in torch.randint(0, 9, (24, 3)).split(6):
    {each}
    loss = F.cross_entropy(model(ids[:-1]).flatten(0, 1), ids[1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
ids = torch.randint(0, 9, (4, 1))
with torch.no_grad():
    {front}
    for _ in range(7):
        {inside}
        ids = {again}
print(ids.tolist())
"""
STEPPING = {
    "layer": "GRU",
    "kept": "state.detach()",
    "each": "pass",
    "front": "pass",
    "inside": "model.state = None",
    "again": "model(ids)[-1:].argmax(-1)",
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"inside": "model.restart()"}, True),
        ({"layer": "LSTM", "kept": "tuple(part.detach() for part in state)"}, True),
        ({"front": "model.state = None", "inside": "pass"}, False),
        # All that was written is read anew.
        ({"again": "torch.cat([ids, model(ids)[-1:].argmax(-1)])"}, False),
        # In training each sequence begins anew, too: nothing tells that the writing does not go on by itself.
        ({"front": "model.restart()", "inside": "pass", "each": "model.state = None"}, False),
    ],
)
def test_a_model_that_keeps_its_state_writes_with_it(change, found):
    assert slugs(KEEPER.format(**STEPPING | change), "") == ["state_not_handed_on"] * found


def test_it_is_told_where_the_state_begins_anew():
    assert lines_told(KEEPER.format(**STEPPING), "") == ["model.state = None"]


PARTS = """
class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.say = nn.Embedding(9, 5), nn.Embedding(9, 5)
        self.first, self.second = nn.{layer}(5, 6, batch_first=True), nn.{layer}(5, 6, batch_first=True)
        self.out = nn.Linear(6, 9)

    def forward(self, given, asked):
        before = torch.cat([torch.full_like(asked[:, :1], 8), asked[:, :-1]], 1)
        return self.out(self.second(self.say(before), self.first(self.read(given))[1])[0])


@torch.no_grad()
def write(net, given):
    state, word, written = net.first(net.read(given))[1], torch.full((len(given), 1), 8), []
    for _ in range(5):
        {call}
        word = net.out(made).argmax(-1)
        written.append(word)
    return torch.cat(written, 1)


net = Pair()
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for given, asked in zip(torch.randint(0, 8, (4, 6, 3)), torch.randint(0, 8, (4, 6, 5))):
    loss = F.cross_entropy(net(given, asked).flatten(0, 1), asked.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print((write(net, given) == asked).float().mean().item())
"""


@pytest.mark.parametrize(
    ("call", "layer", "found"),
    [
        ("made, _ = net.second(net.say(word), state)", "GRU", True),
        ("made = net.second(net.say(word), state)[0]", "LSTM", True),
        ("made, state = net.second(net.say(word), state)", "GRU", False),
        ("made, state = net.second(net.say(word), state)", "LSTM", False),
        ("made, _ = net.second(net.say(torch.cat([*written[:0], word], 1)), state)", "GRU", True),
        # All that was written is read anew.
        (
            "made = net.second(net.say(torch.cat([torch.full((6, 1), 8), *written], 1)), state)[0][:, -1:]",
            "GRU",
            False,
        ),
    ],
)
def test_parts_of_a_model_that_a_function_calls_one_by_one_without_a_word(call, layer, found):
    assert slugs(PARTS.format(call=call, layer=layer), "") == ["state_not_handed_on"] * found


CELLS = """
class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.say = nn.Embedding(9, 5), nn.Embedding(9, 5)
        self.first, self.second, self.out = nn.GRU(5, 6, batch_first=True), nn.GRUCell(5, 6), nn.Linear(6, 9)

    def forward(self, given, asked):
        h, word, made = self.first(self.read(given))[1][0], torch.full_like(asked[:, 0], 8), []
        for t in range(5):
            {trained}
            made.append(self.out(new))
            word = asked[:, t]
        return torch.stack(made, 1)

    def write(self, given):
        h, word, written = self.first(self.read(given))[1][0], torch.full((len(given),), 8), []
        for _ in range(5):
            {call}
            word = self.out(new).argmax(-1)
            written.append(word)
        return torch.stack(written, 1)


net = Pair()
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for given, asked in zip(torch.randint(0, 8, (4, 6, 3)), torch.randint(0, 8, (4, 6, 5))):
    loss = F.cross_entropy(net(given, asked).flatten(0, 1), asked.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    print((net.write(given) == asked).float().mean().item())
"""
HANDED, DROPPED = "new = h = self.second(self.say(word), h)", "new = self.second(self.say(word), h)"


@pytest.mark.parametrize(("trained", "call", "found"), [(HANDED, DROPPED, True), (HANDED, HANDED, False)])
def test_a_cell_that_writes_from_one_state(trained, call, found):
    assert slugs(CELLS.format(trained=trained, call=call), "") == ["state_not_handed_on"] * found
