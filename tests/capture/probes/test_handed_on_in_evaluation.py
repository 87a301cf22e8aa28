"""States that are handed from call to call: over samples that have nothing to do with another, and along a series."""

from __future__ import annotations

import pytest
from programs import slugs

from shapecheck.capture.recording.step import Step

MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.{layer}(3, 4, batch_first={first}), nn.Linear(4, 2)

    def forward(self, x, state=None):
        out, state = self.rnn(x, state)
        return self.head(out), state


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
xs, ys = torch.randn(30, 7, 3), torch.randint(0, 2, (30, 7))
"""
HANDED = """
def zeros():
    return {zeros}


def pieces(first, last):
    return [(xs[at : at + 6], ys[at : at + 6]) for at in range(first, last, 6)]


for x, y in pieces(0, 18):
    scores, _ = model(x, zeros())
    loss = F.cross_entropy(scores.flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    state, right = zeros(), 0
    for x, y in pieces(18, 30):
        scores, {kept} = model(x, {read})
        right += (scores.argmax(-1) == y).sum().item()
"""
GRU, LSTM = "torch.zeros(1, 6, 4)", "(torch.zeros(1, 6, 4), torch.zeros(1, 6, 4))"


@pytest.mark.parametrize(("layer", "zeros"), [("GRU", GRU), ("LSTM", LSTM)])
@pytest.mark.parametrize(
    ("kept", "read", "is_wrong"), [("state", "state", True), ("_", "state", False), ("_", "zeros()", False)]
)
def test_a_state_over_batches_of_sessions(layer, zeros, kept, read, is_wrong):
    program = MODEL.format(layer=layer, first=True) + HANDED.format(zeros=zeros, kept=kept, read=read)
    assert slugs(program, "") == ["state_left_in_evaluation"] * is_wrong


def test_training_may_leave_the_state_to_the_layer():
    trained = HANDED.replace("scores, _ = model(x, zeros())", "scores, _ = model(x)")
    trained = trained.replace("state, right = zeros(), 0", "state, right = None, 0")
    program = MODEL.format(layer="GRU", first=True) + trained.format(zeros=GRU, kept="state", read="state")
    assert slugs(program, "") == ["state_left_in_evaluation"]


@pytest.mark.parametrize(("read", "is_wrong"), [("state", True), ("zeros()", False)])
def test_an_evaluation_that_nobody_announces(read, is_wrong):
    program = MODEL.format(layer="GRU", first=True) + HANDED.format(zeros=GRU, kept="state", read=read)
    assert slugs(program.replace("model.eval()\n", ""), "") == ["state_left_in_evaluation"] * is_wrong


def test_a_series_is_evaluated_piece_by_piece():
    # With time in front, pieces of six steps of seven series go on from each other.
    zeros = "torch.zeros(1, 7, 4)"
    program = MODEL.format(layer="GRU", first=False) + HANDED.format(zeros=zeros, kept="state", read="state")
    assert "state_left_in_evaluation" not in slugs(program, "")


def test_training_that_hands_it_on_as_well_is_another_question():
    trained = HANDED.replace("scores, _ = model(x, zeros())", "scores, state = model(x, state.detach())")
    program = MODEL.format(layer="GRU", first=True) + "state = torch.zeros(1, 6, 4)\n"
    found = slugs(program + trained.format(zeros=GRU, kept="state", read="state"), "")
    assert "state_left_in_evaluation" not in found


STEP_BY_STEP = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.head = nn.Embedding(9, 4), nn.GRU(4, 5), nn.Linear(5, 9)

    def forward(self, token, state):
        out, state = self.rnn(self.table(token)[None], state)
        return self.head(out[0]), state


model, tokens = Model(), torch.randint(0, 9, (30, 4))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for part in tokens[:18].split(6):
    state, loss = torch.zeros(1, 6, 5), 0
    for t in range(3):
        scores, state = model(part[:, t], state)
        loss = loss + F.cross_entropy(scores, part[:, t + 1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    state, right = torch.zeros(1, 6, 5), 0
    for part in tokens[18:].split(6):
        {anew}
        for t in range(3):
            scores, state = model(part[:, t], state)
            right += (scores.argmax(1) == part[:, t + 1]).sum().item()
"""


@pytest.mark.parametrize(("anew", "is_wrong"), [("pass", True), ("state = torch.zeros(1, 6, 5)", False)])
@pytest.mark.parametrize("cut", ["tokens[18:].split(6)", "later"])
def test_batches_that_are_read_step_by_step_with_time_in_front(anew, is_wrong, cut):
    program = STEP_BY_STEP.format(anew=anew).replace("tokens[18:].split(6)", cut)
    # What was cut before anybody listened is known by the memory that it shares.
    program = program.replace("optimizer =", "later = tokens[18:].split(6)\noptimizer =")
    assert slugs(program, "") == ["state_left_in_evaluation"] * is_wrong


WRITTEN = """
class Names(nn.Module):
    def __init__(self):
        super().__init__()
        self.names, self.rnn, self.head = nn.Embedding(9, 5), nn.{layer}(5, 6, batch_first=True), nn.Linear(6, 9)

    def forward(self, x, state=None):
        out, state = self.rnn(self.names(x), state)
        return self.head(out), state


model = Names()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
state = None
for word in {words}:
    word = torch.tensor([word])
    scores, {learned} = model(word[:, :-1]{trained})
    loss = F.cross_entropy(scores[0], word[0, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    model.head.bias[{never}] = -100.0
    state = None
    for start in {starts}:
        scores, state = model(torch.tensor([start]){given})
        for _ in range(3):
            guess = scores[0, -1].argmax().item()
            scores, state = model(torch.tensor([[guess]]), state)
"""
WORDS = "[[0, 3, 4, 2, 8], [0, 5, 5, 7, 6, 3], [0, 7, 2, 4]]"
STARTS = "[[0, 3], [0, 7, 2], [0], [0, 4]]"


def told_of_writing(words=WORDS, starts=STARTS, given=", state", learned="_", trained="", layer="LSTM", never="[0, 1]"):
    program = WRITTEN.format(
        words=words, starts=starts, given=given, learned=learned, trained=trained, layer=layer, never=never
    )
    return slugs(program, "")


@pytest.mark.parametrize("layer", ["LSTM", "GRU"])
@pytest.mark.parametrize(("given", "is_wrong"), [(", state", True), ("", False), (", None", False)])
def test_each_name_is_written_from_a_state_of_its_own(layer, given, is_wrong):
    assert told_of_writing(given=given, layer=layer) == ["state_left_in_evaluation"] * is_wrong


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        # A talk: who speaks is said at the start, and again in the middle.
        ("[[0, 3, 4, 0, 8], [0, 5, 5, 0, 6, 3], [0, 7, 0, 4]]", STARTS),
        # Pieces of a text, which may begin with any letter.
        ("[[0, 3, 4, 2, 8], [4, 5, 5, 7, 6, 3], [0, 7, 2, 4]]", STARTS),
        # What goes on does not begin.
        (WORDS, "[[0, 3], [7, 2], [4]]"),
    ],
)
def test_a_state_may_be_handed_on_where_nothing_begins(words, starts):
    assert told_of_writing(words, starts) == []


def test_training_that_hands_the_state_on_over_sequences_meant_it():
    taught = "tuple(part.detach() for part in state) if state is not None else None"
    found = told_of_writing(learned="state", trained=f", {taught}")
    assert "state_left_in_evaluation" not in found


@pytest.mark.parametrize("starts", ["[[0, 3], [0, 7, 2], [0, 4]]", "[[0, 3], [0], [0, 4]]"])
@pytest.mark.parametrize("is_one_line", [True, False])
def test_a_model_may_write_the_symbol_itself(starts, is_one_line):
    program = WRITTEN.format(
        words=WORDS, starts=starts, given="", learned="_", trained="", layer="GRU", never="[0]"
    ).replace("= -100.0", "= 100.0")
    if is_one_line:
        first = program.index("        scores, state = model(torch.tensor([start])")
        program = (
            program[:first]
            + """
        state, x = None, torch.tensor([start])
        for _ in range(3):
            scores, state = model(x, state)
            x = scores[:, -1:].argmax(-1)
"""
        )
    assert slugs(program, "") == []


ASKED = """
for x, y in zip(xs.split(6), ys.split(6)):
    loss = F.cross_entropy(model(x)[0].flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()


class Asked:
    state = None

    def answer(self, x):
        {begin}
        scores, self.state = model(x, self.state)
        return scores[:, -1].argmax(-1).item()


asked = Asked()
with torch.no_grad():
    for at in {rows}:
        asked.answer(xs[at : at + 1, :{steps}])
"""


@pytest.mark.parametrize("layer", ["GRU", "LSTM"])
@pytest.mark.parametrize(
    ("begin", "rows", "steps", "is_told"),
    [
        ("pass", "(0, 1, 0)", 7, True),
        ("self.state = None", "(0, 1, 0)", 7, False),
        # A series may go on so.
        ("pass", "(0, 1, 2)", 7, False),
        ("pass", "(0, 1, 0)", 1, False),
    ],
)
def test_a_question_that_is_asked_twice(layer, begin, rows, steps, is_told):
    program = MODEL.format(layer=layer, first=True) + ASKED.format(begin=begin, rows=rows, steps=steps)
    assert slugs(program, "") == ["state_left_in_evaluation"] * is_told


def test_the_inputs_of_calls_are_not_worked_out_for_each_pair_of_them(monkeypatch):
    asked, plain = [], Step.value_of_input
    monkeypatch.setattr(Step, "value_of_input", lambda step, ref: asked.append(ref) or plain(step, ref))
    kept = HANDED.format(zeros=GRU, kept="_", read="zeros()").replace("pieces(18, 30)", "pieces(0, 30) * 3")
    assert slugs(MODEL.format(layer="GRU", first=True) + kept, "") == []
    assert len(asked) <= 15
