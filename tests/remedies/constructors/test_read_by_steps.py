"""A recurrent layer without batch_first whose state or output meets what has a row for each sample."""

import pytest
from mended import mended, printed

JOINED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 12)
        self.static = nn.Linear(4, 12)
        self.out = nn.Linear(24, 1)

    def forward(self, days, static):
        _, (h, _) = self.rnn(days)
        return self.out(torch.cat([h[-1], self.static(static)], dim=1))


net = Net()
days, static = torch.randn(6, 9, 3), torch.randn(6, 4)
print(net(days, static).sum().item())
"""

ADDED = JOINED.replace("nn.Linear(24, 1)", "nn.Linear(12, 1)").replace(
    "torch.cat([h[-1], self.static(static)], dim=1)", "h[-1] + self.static(static)"
)

# The layer is called by a function that has returned by then.
IN_A_METHOD = JOINED.replace("        _, (h, _) = self.rnn(days)\n", "").replace("h[-1]", "self.last(days, 2)")
IN_A_METHOD = IN_A_METHOD.replace(
    "    def forward",
    """    def last(self, days, ahead):
        some = days[:, ahead:]
        _, (h, _) = self.rnn(some)
        return h[-1]

    def forward""",
)

FOR_A_DECODER = """
class Encoder(nn.Module):
    def __init__(self, words, width):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.gru = nn.GRU(width, width)

    def forward(self, words):
        out, state = self.gru(nn.functional.dropout(self.embed(words), 0.1, False))
        return out, state


class Decoder(nn.Module):
    def __init__(self, words, width):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, words)

    def forward(self, words, state):
        out, _ = self.gru(self.embed(words), state)
        return self.head(out)


encoder, decoder = Encoder(20, 16), Decoder(20, 16)
source, target = torch.randint(0, 20, (5, 8)), torch.randint(0, 20, (5, 7))
_, state = encoder(source)
print(F.cross_entropy(decoder(target[:, :-1], state).flatten(0, 1), target[:, 1:].flatten()).item())
"""

FOR_A_CELL = """
class Captions(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.encoder = nn.LSTM(size["features"], size["hidden"])
        self.embed = nn.Embedding(size["words"], 9)
        self.cell = nn.LSTMCell(9, size["hidden"])
        self.head = nn.Linear(size["hidden"], size["words"])

    def forward(self, frames, words):
        _, (h, c) = self.encoder(frames)
        h, c = h[-1], c[-1]
        scores = []
        for step in range(words.size(1)):
            h, c = self.cell(self.embed(words[:, step]), (h, c))
            scores.append(self.head(h))
        return torch.stack(scores, 1)


net = Captions({"features": 6, "hidden": 14, "words": 25})
for frames, words in [(torch.randn(4, 10, 6), torch.randint(0, 25, (4, 7))) for _ in range(2)]:
    print(net(frames, words).sum().item())
"""

FOR_LABELS = """
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(40, 8)
        self.lstm = nn.LSTM(8, 12, 1)
        self.head = nn.Linear(12, 3)

    def forward(self, words):
        _, (state, _) = self.lstm(self.embed(words))
        return self.head(state.squeeze(0))


def step(model, batch):
    words, labels = batch
    return F.cross_entropy(model(words), labels)


model = Tagger()
print(step(model, (torch.randint(0, 40, (6, 11)), torch.randint(0, 3, (6,)))).item())
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (JOINED, "nn.LSTM(3, 12)", "nn.LSTM(3, 12, batch_first=True)"),
        (ADDED, "nn.LSTM(3, 12)", "nn.LSTM(3, 12, batch_first=True)"),
        (IN_A_METHOD, "nn.LSTM(3, 12)", "nn.LSTM(3, 12, batch_first=True)"),
        (FOR_A_DECODER, "nn.GRU(width, width)", "nn.GRU(width, width, batch_first=True)"),
        (FOR_A_CELL, 'size["hidden"])\n        self.embed', 'size["hidden"], batch_first=True)\n        self.embed'),
        (FOR_LABELS, "nn.LSTM(8, 12, 1)", "nn.LSTM(8, 12, 1, batch_first=True)"),
    ],
    ids=["joined", "added", "method", "decoder", "cell", "labels"],
)
def test_the_layer_is_told_that_the_batch_comes_first(program, wrong, right):
    found = mended(program)
    assert found.diagnoses[0].slug == "batch_first_missing"
    assert found.output == printed(program.replace(wrong, right))
    assert not found.doubts


def test_the_diagnosis_names_what_was_given_and_what_came_of_it():
    because = mended(JOINED).diagnoses[0].explanation
    assert "the first two axes of what self.rnn was given are (6, 9); it takes axis 1 for the batch" in because
    assert "9 rows where 6 are wanted" in because


def test_of_what_is_joined_along_the_features_no_other_width_is_offered():
    program = JOINED.replace("def __init__(self):", "def __init__(self, width=12, fixed=4):")
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert [fix.title for fix in fixes] == ["batch_first=True", "dim=0"]


def test_of_two_layers_that_read_the_same_the_one_that_was_told_nothing_is_changed():
    program = """
    class Autoencoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.LSTM(3, 10)
            self.decoder = nn.LSTM(3, 10, batch_first=True)

        def forward(self, x):
            _, state = self.encoder(x)
            out, _ = self.decoder(x, state)
            return out

    print(Autoencoder()(torch.randn(6, 8, 3)).sum().item())
    """
    right = program.replace("nn.LSTM(3, 10)", "nn.LSTM(3, 10, batch_first=True)")
    assert mended(program).output == printed(right)


@pytest.mark.parametrize(
    "given",
    [
        # The layer reads time first, as it was given; the other operand has a row too many.
        "torch.randn(9, 6, 3), torch.randn(7, 4)",
        "torch.randn(6, 9, 3), torch.randn(5, 4)",
    ],
)
def test_sizes_that_are_not_those_of_its_two_axes_say_nothing_of_the_layer(given):
    program = JOINED.replace("torch.randn(6, 9, 3), torch.randn(6, 4)", given)
    assert program != JOINED
    assert all(found.slug != "batch_first_missing" for found in mended(program).diagnoses)


@pytest.mark.parametrize(
    ("turn", "rnn", "given"),
    [
        ("pass", "self.rnn(days.transpose(0, 1))", "torch.randn(6, 9, 3)"),
        ("days = days.transpose(0, 1)", "self.rnn(days)", "torch.randn(6, 9, 3)"),
        ("turned = days.permute(1, 0, 2)", "self.rnn(turned)", "torch.randn(6, 9, 3)"),
        ("pass", "self.rnn(days)", "torch.randn(6, 9, 3).transpose(0, 1)"),
        ("pass", "self.rnn(days)", "nn.utils.rnn.pad_sequence([torch.randn(9, 3) for _ in range(6)])"),
        ("pass", "self.rnn(days)", "torch.stack([torch.randn(9, 3) for _ in range(6)], dim=1)"),
    ],
)
def test_what_was_turned_on_the_way_says_nothing_of_the_layer(turn, rnn, given):
    program = JOINED.replace("        _, (h, _) = self.rnn(days)", f"        {turn}\n        _, (h, _) = {rnn}")
    program = program.replace("torch.randn(6, 9, 3)", given).replace("torch.randn(6, 4)", "torch.randn(9, 4)")
    assert all(found.slug != "batch_first_missing" for found in mended(program).diagnoses)


@pytest.mark.parametrize("some", ["days.transpose(0, 1)[2:]", "days[:, ahead:].permute(1, 0, 2)"])
def test_nor_does_what_a_function_has_turned_that_has_returned(some):
    program = IN_A_METHOD.replace("days[:, ahead:]", some).replace("torch.randn(6, 4)", "torch.randn(7, 4)")
    assert some in program
    assert all(found.slug != "batch_first_missing" for found in mended(program).diagnoses)


def test_sizes_of_features_say_nothing_of_the_layer():
    program = ADDED.replace("nn.LSTM(3, 12)", "nn.LSTM(3, 6)").replace("self.static(static)", "static")
    program = program.replace("torch.randn(6, 4)", "torch.randn(6, 9)").replace(
        "torch.randn(6, 9, 3)", "torch.randn(9, 6, 3)"
    )
    assert mended(program, most=1).diagnoses[0].slug != "batch_first_missing"


ATTENTION = """
class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 8{first})
        self.keys, self.query, self.score = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(16, 1)

    def forward(self, x):
        out, h = self.rnn(x)
        return {line}


print(Attention()(torch.randn(5, 7, 3)).sum().item())
"""


@pytest.mark.parametrize(
    ("line", "wrong", "right"),
    [
        ("self.keys(out) + self.query(h[-1])", "self.query(h[-1])", "self.query(h[-1]).unsqueeze(1)"),
        (
            "self.score(torch.cat([out, h[-1]], dim=-1))",
            "h[-1]]",
            "h[-1].unsqueeze(1).expand(-1, out.size(1), -1)]",
        ),
        ("torch.bmm(out, h[-1])", "h[-1])", "h[-1].unsqueeze(2))"),
    ],
    ids=["add", "cat", "bmm"],
)
def test_steps_and_state_of_one_layer_say_nothing_of_it(line, wrong, right):
    program = ATTENTION.format(first=", batch_first=True", line=line)
    found = mended(program)
    assert found.diagnoses[0].slug != "batch_first_missing"
    assert found.output == printed(program.replace(wrong, right))
    # A layer that was told nothing is left as it is too, where the script may have its steps in front.
    told = mended(ATTENTION.format(first="", line=line), most=1).diagnoses
    assert all(each.slug != "batch_first_missing" for each in told)


def test_labels_of_each_step_say_nothing_of_the_batch():
    """The class axis stands last, whatever the first two are: another layout of the layer would change the numbers."""
    program = """
        words, steps, many = 11, 7, 4
        gru, head = nn.GRU(words, 6), nn.Linear(6, words)
        scores = head(gru(torch.randn(steps, many, words))[0])
        loss = nn.CrossEntropyLoss()(scores{turned}, torch.randint(words, (steps, many)))
        print(round(loss.item(), 4))
    """
    found = mended(program.format(turned=""))
    assert [each.slug for each in found.diagnoses] == ["class_axis_last"]
    assert found.output == printed(program.format(turned=".transpose(1, 2)"))
