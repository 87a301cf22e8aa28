"""Streams of sequences whose state is reset where one begins: in training, and in the evaluation as well or not."""

from __future__ import annotations

import pytest
from programs import audited, slugs

KIND = "reset_left_out"
HANDED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.GRU(3, 4), nn.Linear(4, 2)

    def forward(self, x, state):
        out, state = self.rnn(x[None], state)
        return self.head(out[0]), state

def stream(count):
    for at in range(count):
        rows = [k for k in range(5) if (at + k) % 3 == 0]
        begins = torch.tensor([[float(k in rows)] for k in range(5)])
        x, y = torch.randn(5, 3), torch.randint(0, 2, (5,))
        yield {form}

def blank(state, rows):
    state = state.clone()
    state[:, rows] = 0.0
    return state

def first():
    return torch.zeros(1, 5, 4)

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
"""
LOOPS = """
state = first()
for {parts} in {over}:
    {before}
    scores, state = model({given}, state)
    loss = F.cross_entropy(scores, {label})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    state = state.detach()
    {behind}

@torch.no_grad()
def measure():
    model.eval()
    state, right = first(), 0
    for {seen} in {over}:
        {other}
        scores, state = model({given}, state)
        right += (scores.argmax(1) == {label}).sum().item()
    return right

print(measure())
"""
THREE = {"form": "x, y, begins", "parts": "x, y, begins", "given": "x", "label": "y", "over": "stream(4)"}
NUMBERS = THREE | {"form": "x, y, torch.tensor(rows)", "parts": "x, y, rows"}
ROWS = THREE | {"form": "x, y, rows", "parts": "x, y, rows"}
DICT = {"form": "{'x': x, 'y': y, 'new': begins}", "parts": "batch", "given": "batch['x']", "label": "batch['y']"}
DICT |= {"over": "stream(4)"}
FIVE = THREE | {"parts": "at, (x, y, begins)", "over": "enumerate(stream(4))"}


def program(case, *, before="pass", behind="pass", other="pass", seen=None):
    words = {"before": before, "behind": behind, "other": other, "seen": seen or case["parts"]} | case
    return HANDED.format(form=case["form"]) + LOOPS.format(**words)


RESETS = [
    (THREE, "state = state * (1 - begins)"),
    (THREE, "state = torch.where(begins.bool(), torch.zeros(()), state)"),
    (ROWS, "state = blank(state, rows)"),
    (NUMBERS, "state = blank(state, rows)"),
    (ROWS, "if rows: state = blank(state, rows)"),
    (ROWS, "state[:, rows] = 0.0"),
    (DICT, "state = state * (1 - batch['new'])"),
    (FIVE, "state *= 1 - begins"),
]


@pytest.mark.parametrize(("case", "reset"), RESETS)
def test_an_evaluation_that_resets_nothing(case, reset):
    assert slugs(program(case, before=reset), "") == [KIND]
    assert slugs(program(case, behind=reset), "") == [KIND]


@pytest.mark.parametrize(("case", "reset"), RESETS)
def test_an_evaluation_that_resets_as_training_does(case, reset):
    assert slugs(program(case, before=reset, other=reset), "") == []


@pytest.mark.parametrize(
    "other",
    ["state = first()", "state = blank(state, begins[:, 0].nonzero()[:, 0])", "state = state * 0"],
)
def test_an_evaluation_that_resets_otherwise(other):
    assert slugs(program(THREE, before="state = state * (1 - begins)", other=other), "") == []


def test_training_that_resets_nothing_by_the_batch():
    assert slugs(program(THREE), "") == []
    assert slugs(program(THREE, before="state = state + 0.1 * begins"), "") == []
    assert slugs(program(THREE, before="print(begins.sum())"), "") == []


def test_who_says_that_he_does_without_the_signal():
    found = slugs(program(THREE, before="state = state * (1 - begins)", seen="x, y, _"), "")
    assert found == []


def test_one_sequence_after_the_other():
    body = program(THREE, before="state = state * (1 - begins)")
    one = "    for begin in [2, 3]:\n        state = first()\n"
    one += "        for x, y, begins in stream(begin):\n            pass\n"
    body = body.replace("    for x, y, begins in stream(4):\n        pass\n        scores", one + "            scores")
    body = body.replace("        right +=", "            right +=")
    assert slugs(body, "") == []


def test_the_edit_stands_where_training_has_it():
    found = audited(program(ROWS, before="state = blank(state, rows)"), "")
    call = "        scores, state = model(x, state)\n"
    assert found == [(KIND, ["        state = blank(state, rows)\n" + call])]
    found = audited(program(ROWS, behind="state = blank(state, rows)"), "")
    assert found == [(KIND, [call + "        state = blank(state, rows)\n"])]


KEPT = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head, self.state = nn.GRUCell(3, 4), nn.Linear(4, 2), torch.zeros(5, 4)

    def begin(self, rows):
        self.state = self.state.clone()
        self.state[rows] = 0.0

    def forward(self, x):
        self.state = self.rnn(x, self.state)
        state, self.state = self.state, self.state.detach()
        return self.head(state)

def stream(count):
    for at in range(count):
        yield torch.randn(5, 3), torch.randint(0, 2, (5,)), [k for k in range(5) if (at + k) % 3 == 0]

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y, rows in stream(5):
    model.begin(rows)
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
right = 0
with torch.no_grad():
    for x, y, rows in stream(4):
        {other}
        right += (model(x).argmax(1) == y).sum().item()
"""


@pytest.mark.parametrize(("other", "is_wrong"), [("pass", True), ("model.begin(rows)", False)])
def test_a_state_that_the_model_keeps(other, is_wrong):
    assert slugs(KEPT.format(other=other), "") == [KIND] * is_wrong


def elsewhere(over, **kwargs):
    """A program whose evaluation goes over something else than its training."""
    head, tail = program(THREE, before="state = state * (1 - begins)", **kwargs).rsplit("stream(4)", 1)
    return head + over + tail


FLAGS = """
def flagged(*flags):
    for flag in flags:
        yield torch.randn(5, 3), torch.randint(0, 2, (5,)), {made}

"""


@pytest.mark.parametrize(
    ("flags", "is_wrong"),
    [
        # Only at the first call, where the state is fresh.
        ("1, 0, 0, 0", False),
        ("0, 0, 0, 0", False),
        ("1, 0, 1, 0", True),
        ("0, 0, 0, 1", True),
        # How far each sequence is: none of these numbers says that one begins.
        ("0, 1, 2, 3", False),
    ],
)
def test_an_evaluation_with_nothing_to_reset(flags, is_wrong):
    for made in ("torch.full((5, 1), float(flag))", "[flag] * 5"):
        head = FLAGS.format(made=made)
        body = elsewhere(f"flagged({flags})").replace("model = Model()", head + "model = Model()", 1)
        assert slugs(body, "") == [KIND] * is_wrong, made


def test_a_signal_that_cannot_be_read():
    head = FLAGS.format(made="iter([flag])")
    body = elsewhere("flagged(0, 1, 0, 1)").replace("model = Model()", head + "model = Model()", 1)
    assert slugs(body, "") == []


def test_what_a_model_keeps_begins_anew_at_other_times():
    begin = "    def forward(self, x):\n        self.state"
    program = KEPT.replace(begin, "    def blank(self):\n        self.state = torch.zeros(5, 4)\n\n" + begin, 1)
    for other in ("if torch.rand(()) < 0.3: model.blank()", "if rows == [0, 3]: model.state = torch.zeros(5, 4)"):
        assert slugs(program.format(other=other), "") == []


SONGS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head, self.state = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2), None

    def forward(self, x, state=None):
        out, state = self.rnn(x, self.state if state is None else state)
        self.state = state.detach() if KEEPS else None
        return self.head(out), state

def songs(*sizes):
    for size in sizes:
        for at in range(size):
            yield torch.randn(1, 6, 3), torch.randint(0, 2, (1, 6)), at == 0

KEEPS = {keeps}
model, state = Model(), None
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y, begins in songs(3, 2, 2):
    {before}
    scores, state = {call}
    state = state.detach()
    loss = F.cross_entropy(scores.flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
model.state, state, right = None, None, 0
with torch.no_grad():
    for x, y, begins in songs({sizes}):
        {other}
        scores, state = {measured}
        right += (scores.argmax(-1) == y).sum().item()
"""
PLAIN, CHOSEN = "model(x, state)", "model(x, None if begins else state)"
FLAGGED = [
    ("if begins: state = None", PLAIN, PLAIN, False),
    ("state = None if begins else state", PLAIN, PLAIN, False),
    ("state = state if not begins else None", PLAIN, PLAIN, False),
    ("pass", CHOSEN, PLAIN, False),
    ("pass", "model(x, state=state if not begins else None)", "model(x, state=state)", False),
    ("if begins: model.state = None", "model(x)", "model(x)", True),
    ("model.state = None if begins else model.state", "model(x)", "model(x)", True),
]


def songs(before, call, measured, keeps, other="pass", sizes="2, 3, 2"):
    return SONGS.format(before=before, call=call, measured=measured, keeps=keeps, other=other, sizes=sizes)


@pytest.mark.parametrize(("before", "call", "measured", "keeps"), FLAGGED)
def test_a_flag_by_which_training_lets_a_whole_state_begin_anew(before, call, measured, keeps):
    assert slugs(songs(before, call, measured, keeps), "") == [KIND]
    # One song has nothing to reset.
    assert slugs(songs(before, call, measured, keeps, sizes="3"), "") == []


@pytest.mark.parametrize(("before", "call", "measured", "keeps"), FLAGGED)
def test_a_flag_that_the_evaluation_reads_as_well(before, call, measured, keeps):
    assert slugs(songs(before, call, call, keeps, other=before), "") == []


def test_a_flag_that_the_evaluation_reads_in_its_own_way():
    assert slugs(songs("if begins: state = None", PLAIN, CHOSEN, False), "") == []
    assert slugs(songs("pass", CHOSEN, PLAIN, False, other="if begins: state = None"), "") == []
    other = "if begins: model.state = None"
    assert slugs(songs("model.state = None if begins else model.state", "model(x)", "model(x)", True, other), "") == []


def test_what_the_call_is_given_on_a_condition_is_written_in_front_of_it():
    ((kind, edits),) = audited(songs("pass", CHOSEN, PLAIN, False), "")
    call = "        scores, state = model(x, state)\n"
    assert (kind, edits) == (KIND, ["        state = None if begins else state\n" + call])
