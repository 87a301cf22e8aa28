"""What a loop goes through is handed on whole in each round, where its step is meant."""

import pytest
from mended import mended, printed

MODEL = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.cell, self.fc = nn.Embedding(20, 6), nn.GRUCell(6, 8), nn.Linear(8, 20)

        def forward(self, token, h):
            h = self.cell(self.embed(token), h)
            return self.fc(h), h

    model, h, loss = Reader(), torch.zeros(4, 8), 0.0
    tokens = torch.randint(0, 20, {sizes})
    for t in range({count}):
        scores, h = model({given}, h)
        loss = loss + F.cross_entropy(scores, tokens[{behind}])
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize(
    ("sizes", "count", "right", "behind"),
    [
        ("(4, 7)", "tokens.size(1) - 1", "tokens[:, t]", ":, t + 1"),
        ("(4, 7)", "6", "tokens[:, t]", ":, t + 1"),
        ("(7, 4)", "len(tokens) - 1", "tokens[t]", "t + 1"),
        ("(7, 4)", "tokens.shape[0] - 1", "tokens[t]", "t + 1"),
    ],
)
def test_the_step_of_the_round_is_taken(sizes, count, right, behind):
    parts = {"sizes": sizes, "count": count, "behind": behind}
    found = mended(MODEL.format(given="tokens", **parts))
    assert f"model({right}, h)" in found.text
    assert found.output == printed(MODEL.format(given=right, **parts))
    assert not found.doubts


CELL = """
    cell, x, h = nn.{kind}(5, 6), torch.randn(4, 7, 5), None
    for t in range(x.size(1)):
        h = cell({given}, h)
    print(h{part}.sum().item())
"""


@pytest.mark.parametrize(("kind", "part"), [("GRUCell", ""), ("LSTMCell", "[0]"), ("RNNCell", "")])
def test_a_cell_gets_a_step(kind, part):
    found = mended(CELL.format(kind=kind, given="x", part=part))
    assert found.output == printed(CELL.format(kind=kind, given="x[:, t]", part=part))
    assert not found.doubts


def test_where_the_rounds_are_counted_by_nothing_of_it_another_change_is_first():
    program = MODEL.format(sizes="(4, 7)", count="3", given="tokens", behind=":, 0")
    titles = [fix.title for each in mended(program, most=1).diagnoses for fix in each.fixes]
    assert "tokens[:, t]" not in titles


@pytest.mark.parametrize("count", ["len(x)", "x.size(0)", "x.shape[1]"])
@pytest.mark.parametrize("layer", ["nn.Linear(6, 2)", "nn.GRU(6, 2, batch_first=True)"])
def test_rounds_that_are_no_wider_are_not_taken(count, layer):
    program = f"""
    layer, x = {layer}, torch.randn(3, 4, 5)
    for t in range({count}):
        found = layer(x)
    print(type(found))
    """
    titles = [fix.title for each in mended(program, most=1).diagnoses for fix in each.fixes]
    assert not {"x[t]", "x[:, t]"} & {*titles}


SPELLED = """
    class Speller(nn.Module):
        def __init__(self):
            super().__init__()
            self.letters = nn.Embedding(11, 6)
            self.rnn = nn.{kind}(6, 9{told})
            self.out = nn.Linear(9, 11)

        def forward(self, letter, state):
            {step}

    speller, state, loss = Speller(), torch.zeros({state}), 0
    letters, wanted = torch.randint(0, 11, (2, {sizes}))
    for {count}:
        scores, state = speller({given}, state)
        loss = loss + F.cross_entropy(scores, wanted[{index}])
    print(round(loss.item(), 4))
"""
LAYER = {
    "kind": "GRU",
    "told": ", batch_first=True",
    "state": "1, 4, 9",
    "step": "state = self.rnn(self.letters(letter)[:, None], state)[1]; return self.out(state[0]), state",
}
ONE_STEP = {
    "kind": "GRUCell",
    "told": "",
    "state": "4, 9",
    "step": "state = self.rnn(self.letters(letter), state)\n            return self.out(state), state",
}
ROUNDS = [
    ("4, 5", "t in range(5)", ":, t"),
    ("5, 4", "t in range(len(letters))", "t"),
    ("4, 5", "t in range(wanted.size(1))", ":, t"),
]


@pytest.mark.parametrize("layer", [LAYER, ONE_STEP])
@pytest.mark.parametrize(("sizes", "count", "index"), ROUNDS)
def test_the_step_is_taken_that_is_taken_of_the_targets(layer, sizes, count, index):
    texts = [
        SPELLED.format(given=given, sizes=sizes, count=count, index=index, **layer)
        for given in ("letters", f"letters[{index}]")
    ]
    found = mended(texts[0])
    assert found.output == printed(texts[1])
    assert not found.doubts


@pytest.mark.parametrize(
    "given",
    [
        # What is no sequence of the same sizes, what the round has cut, and what each round makes anew.
        "torch.randint(0, 11, (4, 5))",
        "letters[:, :t + 1]",
        "torch.cat([letters, letters], 1)",
    ],
)
def test_only_a_whole_sequence_beside_the_targets_is_cut(given):
    program = SPELLED.format(given=given, sizes="4, 5", count="t in range(5)", index=":, t", **LAYER)
    assert "letters[:, t]" not in mended(program).text


def test_a_sequence_that_the_model_is_given_beside_a_step_stays_whole():
    program = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(11, 6)
            self.seen, self.cell = nn.GRU(6, 6), nn.GRUCell(6, 6)

        def forward(self, word, text):
            state = self.seen(self.words(text)[None])[1][-1]
            return self.cell(self.words(word), state)

    text, wanted = torch.randint(0, 11, (2, 4, 5))
    for t in range(5):
        print(Reader()(wanted[:, t], text).shape)
    """
    assert "text[:, t]" not in mended(program).text
