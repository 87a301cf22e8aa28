"""The last step of what a recurrent layer returned, however it is taken."""

from __future__ import annotations

import pytest
from programs import slugs

PACKED = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.LSTM(3, 6, batch_first=True), nn.Linear(6, 4)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        rows = torch.arange(len(x))
        {body}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 3), torch.tensor([7, 3, 5, 2, 4]), torch.randint(0, 4, (5,))) for _ in range(2)]
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, lengths, y in batches:
    loss = criterion(model(x, lengths), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    "taken", ["[:, -1]", "[rows, -1]", "[rows, x.size(1) - 1]", ".select(1, -1)", ".unbind(1)[-1]"]
)
def test_the_last_step_of_what_was_padded_again(taken):
    assert slugs(PACKED.format(body=f"return self.out(out{taken})"), TRAIN) == ["last_padded_step"]


AT_LENGTHS = "at = lengths.view(-1, 1, 1).expand(-1, 1, 6){less}\n        return self.out(out.gather(1, at).squeeze(1))"


@pytest.mark.parametrize(
    "body",
    [
        "return self.out(out[rows, lengths.clamp(max=6)])",
        "scores = self.out(out)\n        return scores[rows, lengths.clamp(max=6)]",
        AT_LENGTHS.format(less=".clamp(max=6)"),
    ],
)
def test_the_step_that_the_length_counts_is_padding(body):
    assert slugs(PACKED.format(body=body), TRAIN) == ["last_padded_step"]


@pytest.mark.parametrize(
    "body",
    [
        AT_LENGTHS.format(less=" - 1"),
        "return self.out(out[rows, lengths // 2])",
        "return self.out(out[rows, lengths - 1])",
        "last = out[:, 0]\n        for at in range(1, x.size(1)):\n"
        "            last = torch.where((at < lengths)[:, None], out[:, at], last)\n        return self.out(last)",
    ],
)
def test_the_last_step_of_each(body):
    assert slugs(PACKED.format(body=body), TRAIN) == []


BOTH = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 6, bidirectional=True), nn.Linear(12, 4)

    def forward(self, x):
        out, state = self.rnn(x.transpose(0, 1))
        rows = torch.arange(len(x))
        return self.out({taken})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 3), torch.randint(0, 4, (5,))) for _ in range(2)]
"""


@pytest.mark.parametrize("taken", ["out[-1]", "out[-1, rows]", "out.select(0, 6)", "out[x.size(1) - 1]"])
def test_the_last_step_of_both_directions(taken):
    assert slugs(BOTH.format(taken=taken)) == ["last_step_of_both_directions"]


def test_the_ends_of_both_directions():
    assert slugs(BOTH.format(taken="torch.cat([state[0], state[1]], 1)")) == []


PLAIN = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, {width}, batch_first={first}), nn.Linear({read}, 4)

    def forward(self, x):
        out, state = self.rnn(x)
        {body}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn({sizes}, 3), torch.randint(0, 4, (5,))) for _ in range(2)]
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("taken", ["out[:, :, -1]", "out[..., -1]", "out.select(2, 0)", "out[:, :, 3]"])
def test_a_feature_of_every_step_is_no_step(taken):
    program = PLAIN.format(width=7, first=True, read=7, sizes="5, 7", body=f"return self.out({taken})")
    assert "feature_for_step" in slugs(program)


@pytest.mark.parametrize(
    ("first", "sizes", "body"),
    [
        (True, "5, 7", "return self.out(out[:, -1])"),
        (False, "7, 5", "return self.out(out[-1])"),
        (True, "5, 7", "return self.out(out.sigmoid()[:, -1] * out[:, -1, -1:])"),
        (True, "5, 7", "gate = out[:, :, -1].softmax(1)\n        return self.out((out * gate.unsqueeze(2)).sum(1))"),
    ],
)
def test_a_feature_that_says_something_of_the_steps_is_left_alone(first, sizes, body):
    assert "feature_for_step" not in slugs(PLAIN.format(width=7, first=first, read=7, sizes=sizes, body=body))


DECODED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.bridge = nn.GRU(3, 4, batch_first=True, bidirectional=True), nn.Linear(8, 8)
        self.cell, self.out = nn.GRUCell(8, 8), nn.Linear(8, 4)

    def forward(self, x):
        out, state = self.rnn(x)
        h = self.bridge({begun}).tanh()
        for _ in range(3):
            weights = (out @ h[:, :, None]).softmax(1)
            h = {walked}
        return self.out(h)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 3), torch.randint(0, 4, (5,))) for _ in range(2)]
"""
ATTENDS = "self.cell((weights * out).sum(1), h)"


def test_a_decoder_that_starts_from_the_last_step_of_both_directions():
    assert slugs(DECODED.format(begun="out[:, -1]", walked=ATTENDS)) == ["last_step_of_both_directions"]
    right = "torch.cat([state[0], state[1]], 1)"
    assert slugs(DECODED.format(begun=right, walked=ATTENDS)) == []


@pytest.mark.parametrize(
    ("begun", "walked"),
    [
        # The last word is asked for beside the others, or the states of both ends are read as well.
        ("out[:, -1]", "(weights * out).sum(1) + h"),
        ("out[:, -1] + torch.cat([state[0], state[1]], 1)", ATTENDS),
        # Each step for itself.
        ("out[:, -1] + out[:, 0] + out[:, 1]", ATTENDS),
    ],
)
def test_the_last_step_beside_all_others(begun, walked):
    assert slugs(DECODED.format(begun=begun, walked=walked)) == []
