"""A state that training has left meets batches of another size in an evaluation."""

import pytest
from mended import mended, printed

HANDED = """
class Letters(nn.Module):
    def __init__(self, letters, width):
        super().__init__()
        self.width = width
        self.embed = nn.Embedding(letters, 8)
        self.{kind} = nn.{upper}(8, width, batch_first=True)
        self.head = nn.Linear(width, letters)

    def forward(self, x, state):
        out, state = self.{kind}(self.embed(x), state)
        return self.head(out), state

    def begin(self, samples):
        return {state}


def loss_of(model, batch, state):
    scores, state = model(batch[:, :-1], state)
    return F.cross_entropy(scores.flatten(0, 1), batch[:, 1:].flatten()), state


model = Letters(20, 16)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
train = [torch.randint(0, 20, (12, 9)) for _ in range(3)]
held_out = [torch.randint(0, 20, (5, 9)) for _ in range(2)]
for epoch in range(2):
    state = model.begin(12)
    for batch in train:
        loss, state = loss_of(model, batch, state)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        state = {detached}
    with torch.no_grad():
        total = 0.0
        for batch in held_out:
            loss, state = loss_of(model, batch, state)
            total += loss.item()
    print(total)
"""
GRU = {"kind": "gru", "upper": "GRU", "state": "torch.zeros(1, samples, self.width)", "detached": "state.detach()"}
LSTM = {
    "kind": "lstm",
    "upper": "LSTM",
    "state": "torch.zeros(1, samples, self.width), torch.zeros(1, samples, self.width)",
    "detached": "tuple(each.detach() for each in state)",
}

KEPT = """
class Mood(nn.Module):
    def __init__(self, samples):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.gru = nn.GRU(8, 16, batch_first=True)
        self.head = nn.Linear(16, 2)
        self.state = self.begin(samples)

    def begin(self, samples):
        return torch.zeros(1, samples, 16)

    def forward(self, x):
        out, self.state = self.gru(self.embed(x), self.state)
        return self.head(out[:, -1])


samples = 12
model = Mood(samples)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
train = [(torch.randint(0, 20, (12, 9)), torch.randint(0, 2, (12,))) for _ in range(3)]
held_out = [(torch.randint(0, 20, (5, 9)), torch.randint(0, 2, (5,))) for _ in range(2)]


def evaluate(net, batches):
    right = 0
    with torch.no_grad():
        for x, y in batches:
            right += (net(x).argmax(1) == y).sum().item()
    return right


for epoch in range(2):
    for x, y in train:
        model.state = model.begin(samples)
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(evaluate(model, held_out), loss.item())
"""

TOLD = """
class Letters(nn.Module):
    def __init__(self, letters):
        super().__init__()
        self.gru = nn.GRU(letters, 16, batch_first=True)
        self.head = nn.Linear(16, letters)

    def forward(self, x, state):
        out, state = self.gru(F.one_hot(x, 20).float(), state)
        return self.head(out), state


def begin(samples):
    return torch.zeros(1, samples, 16)


def epoch(model, data, state, samples):
    total = 0.0
    for at in range(0, len(data) - samples + 1, samples):
        scores, state = model(data[at : at + samples, :-1], state)
        total += F.cross_entropy(scores.flatten(0, 1), data[at : at + samples, 1:].flatten()).item()
    return total, state


def main(many=12, few=4):
    model, text = Letters(20), torch.randint(0, 20, (48, 9))
    state = begin(many)
    _, state = epoch(model, text[:36], state, many)
    total, _ = epoch(model, text[36:], state, few)
    print(total)


main()
"""


@pytest.mark.parametrize("kind", [GRU, LSTM], ids=["gru", "lstm"])
def test_a_state_that_is_handed_on_begins_anew_in_front_of_the_other_loop(kind):
    program = HANDED.format(**kind)
    found = mended(program)
    right = program.replace("        total = 0.0\n", "        total, state = 0.0, model.begin(5)\n")
    assert "        state = model.begin(5)\n        for batch in held_out" in found.text
    assert found.output == printed(right)


def test_a_state_that_a_model_keeps_begins_anew_for_each_batch_as_in_training():
    found = mended(KEPT)
    right = KEPT.replace("            right +=", "            net.state = net.begin(x.size(0))\n            right +=")
    assert "            net.state = net.begin(x.size(0))\n            right" in found.text
    assert found.output == printed(right)


def test_a_function_that_is_told_how_many_samples_there_are_is_given_a_state_of_so_many():
    found = mended(TOLD)
    assert found.output == printed(TOLD.replace("text[36:], state, few", "text[36:], begin(few), few"))
    assert not found.doubts


def test_the_smaller_last_batch_of_the_same_loop_is_another_matter():
    program = HANDED.format(**GRU).replace("(12, 9)) for _ in range(3)]", "(samples, 9)) for samples in (12, 12, 7)]")
    assert mended(program, most=1).text.count("model.begin(") == 1


PASSES = """
class Letters(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.gru, self.head = nn.Embedding(20, 8), nn.GRU(8, 16, batch_first=True), nn.Linear(16, 20)

    def forward(self, x, state):
        out, state = self.gru(self.embed(x), state)
        return self.head(out), state

    def begin(self, samples):
        return torch.zeros(1, samples, 16)


def passed(model, batches, state):
    for batch in batches:
        scores, state = model(batch, state)
    return scores, state


model = Letters()
for epoch in range(2):
    state = model.begin(12)
    scores, state = passed(model, torch.randint(0, 20, (3, 12, 9)), state)
    for batch in torch.randint(0, 20, (2, 5, 9)):
        scores, state = model(batch, state)
    print(state.sum().item())
"""


def test_a_state_that_is_begun_once_for_a_pass_is_begun_before_the_loop():
    found = mended(PASSES)
    right = PASSES.replace("    for batch in torch", "    state = model.begin(5)\n    for batch in torch")
    assert found.output == printed(right)
    assert "    state = model.begin(5)\n    for batch in torch" in found.text


HANDED_OVER = """
    class Reader(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.width = width
            self.table, self.rnn, self.out = nn.Embedding(9, 4), nn.{kind}(4, width), nn.Linear(width, 9)

        def fresh(self, rows):
            return {fresh}

        def forward(self, x, state):
            steps, state = self.rnn(self.table(x), state)
            return self.out(steps), state

    def in_columns(text, rows):
        return text[: len(text) // rows * rows].view(rows, -1).t()

    def judge(reader, text, state, span):
        total = 0.0
        for at in range(0, len(text), span):
            scores, state = reader(text[at : at + span], state)
            total += scores.sum().item()
        return total

    def run():
        torch.manual_seed(0)
        rows, held_rows, span = 6, 5, 4
        train = in_columns(torch.randint(0, 9, (60,)), rows)
        held = in_columns(torch.randint(0, 9, (60,)), held_rows)
        reader = Reader(7)
        state = reader.fresh(rows)
        for at in range(0, len(train), span):
            scores, state = reader(train[at : at + span], state)
        print(judge({given}))

    run()
"""


@pytest.mark.parametrize(
    ("kind", "fresh"),
    [
        ("GRU", "torch.zeros(1, rows, self.width)"),
        ("LSTM", "(torch.zeros(1, rows, self.width), torch.zeros(1, rows, self.width))"),
    ],
)
@pytest.mark.parametrize("given", ["reader, held, {}, span", "reader, held, span=span, state={}"])
def test_a_state_that_is_handed_over_is_made_anew_for_the_rows_of_what_is_read(kind, fresh, given):
    found = mended(HANDED_OVER.format(kind=kind, fresh=fresh, given=given.format("state")))
    new = given.format("reader.fresh(held_rows)")
    assert found.changed == [f"print(judge({new}))"]
    assert not found.doubts
    assert found.output == printed(HANDED_OVER.format(kind=kind, fresh=fresh, given=new))


OWN = """
class Mood(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.rnn = nn.GRU(3, width, batch_first=True)
        self.head = nn.Linear(width, 1)

    def forward(self, x, state):
        out, state = self.rnn(x, state)
        return self.head(out[:, -1]), state

    def begin(self, samples):
        return torch.zeros(1, samples, self.width)


model = Mood(7)
learns = torch.optim.SGD(model.parameters(), 0.1)
held_out = torch.randn(11, 6, 3).split(4)
for x in torch.randn(8, 6, 3).split(4):
    state = model.begin(4)
    model(x, state)[0].sum().backward()
model.{mode}()
total = 0.0
state = model.begin(4)
for x in held_out:
    {handed}
    scores, state = model(x, state)
    {also}
    total += scores.sum().item()
print(total)
"""


@pytest.mark.parametrize("handed", ["state = state.data", "pass"])
def test_the_last_batch_of_an_evaluation_is_smaller_and_the_state_was_made_in_front_of_its_own_loop(handed):
    text = OWN.format(mode="eval", handed=handed, also="pass")
    found = mended(text)
    assert "state = model.begin(x.size(0))" in found.text
    assert "without the state of the batch before" in found.doubts[0]
    line = "    scores, state = model(x"
    right = text.replace("    state = state.data\n", "").replace(line, f"    state = model.begin(x.size(0))\n{line}")
    assert found.output == printed(right)


def test_a_state_that_learns_along_its_own_loop_is_not_made_anew():
    text = OWN.format(mode="train", handed="state = state.data", also="scores.sum().backward()")
    found = mended(text)
    titles = [fix.title for each in found.diagnoses for fix in each.fixes]
    assert not [each for each in titles if "begin" in each]
