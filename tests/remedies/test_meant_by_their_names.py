"""What names and factors in the source say of what was meant, where another change would run as well."""

import pytest
from mended import mended, printed

WORDS = """
    class Words(nn.Module):
        def __init__(self, n_words, width=6, hidden=5):
            super().__init__()
            self.table = nn.Embedding({table})
            self.steps = nn.LSTM({steps}, batch_first=True)
            self.head = nn.Linear({head})

        def forward(self, words):
            return self.head(self.steps(self.table(words))[0])

    print(Words(23)(torch.arange(4, 22).view(2, 9)).sum().item())
"""
RIGHT = {"table": "n_words, width", "steps": "width, hidden", "head": "hidden, n_words"}
GATE = """
    class Gate(nn.Module):
        def __init__(self, n_in, n_out):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(n_in, n_out), nn.Sigmoid())

        def forward(self, x):
            return self.body(x)


    def network(frames, classes=4):
        return nn.Sequential(Gate({gate}), nn.Linear(9, classes))

    print(network(3)(torch.randn(5, 6)).sum().item())
"""
SPEECH = """
    class Speech(nn.Module):
        def __init__(self, hidden=5):
            super().__init__()
            self.steps = nn.{kind}(3, hidden, batch_first=True{told})
            self.head = nn.Linear({width}, 2)

        def forward(self, sound):
            steps, _ = self.steps(sound)
            return self.head({given})

    print(Speech()(torch.randn(4, 6, 3)).sum().item())
"""
CELL = """
    cell, head = nn.LSTMCell(3, 4), nn.Linear(4, 2)
    h, c = torch.zeros(5, 4), torch.zeros(5, 4)
    total = 0.0
    for step in torch.randn(6, 5, 3):
        {names} = cell(step, (h, c))
        total = total + head(h).sum()
    print(total.item())
"""
LAYER = """
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.head = nn.GRU(3, 4), nn.Linear(4, 2)

        def forward(self, x, state):
            {names} = self.gru(x, state)
            return self.head(out), state

    steps, state, total = Steps(), torch.zeros(1, 5, 4), 0.0
    for _ in range(3):
        scores, state = steps(torch.randn(6, 5, 3), state)
        total = total + scores.sum()
    print(total.item())
"""
ONCE = """
    gru, head = nn.GRU(3, 4), nn.Linear(4, 2)
    {names} = gru(torch.randn(6, 5, 3), torch.zeros(1, 5, 4))
    print(head(out).sum().item())
"""
HITS = """
    scores, labels = torch.randn({scores}), torch.randint(0, 3, {labels})
    print(({left} == labels).sum().item())
"""


@pytest.mark.parametrize(
    ("part", "wrong"),
    [("table", "width, n_words"), ("steps", "hidden, width"), ("head", "n_words, hidden")],
)
def test_two_arguments_in_each_others_place_are_exchanged(part, wrong):
    found = mended(WORDS.format(**RIGHT | {part: wrong}))
    assert f"({RIGHT[part]}" in found.changed[0]
    assert not found.doubts
    assert found.output == printed(WORDS.format(**RIGHT))


def test_two_arguments_of_a_class_of_ones_own_are_exchanged():
    found = mended(GATE.format(gate="9, 2 * frames"))
    assert found.changed == ["return nn.Sequential(Gate(2 * frames, 9), nn.Linear(9, classes))"]
    assert not found.doubts


def test_an_argument_whose_neighbour_is_another_size_is_not_exchanged():
    found = mended(WORDS.format(**RIGHT | {"steps": "hidden, hidden"}))
    assert found.changed == ["self.steps = nn.LSTM(width, hidden, batch_first=True)"]


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("told", ["", ", bidirectional=False"])
def test_a_width_that_is_written_twice_speaks_for_both_directions(kind, told):
    found = mended(SPEECH.format(kind=kind, told=told, width="hidden * 2", given="steps"))
    assert found.changed == [f"self.steps = nn.{kind}(3, hidden, batch_first=True, bidirectional=True)"]
    assert not found.doubts


def test_where_something_may_be_missing_beside_it_that_is_in_doubt():
    given = "torch.cat([steps], -1)"
    found = mended(SPEECH.format(kind="GRU", told="", width="2 * hidden", given=given))
    assert found.changed == ["self.steps = nn.GRU(3, hidden, batch_first=True, bidirectional=True)"]
    assert found.doubts == ["something else that the class makes may be missing beside what the layer gives"]


def test_a_width_without_the_factor_is_that_of_both_directions():
    found = mended(SPEECH.format(kind="GRU", told=", bidirectional=True", width="hidden", given="steps"))
    assert found.changed == ["self.head = nn.Linear(2 * hidden, 2)"]
    assert not found.doubts


@pytest.mark.parametrize(
    ("script", "wrong", "names"), [(CELL, "h", "h, c"), (LAYER, "out", "out, state")], ids=["cell", "layer"]
)
def test_what_comes_back_gets_the_names_of_the_states_that_went_in(script, wrong, names):
    found = mended(script.format(names=wrong))
    assert found.changed[0].startswith(f"{names} = ")
    assert not found.doubts
    assert found.output == printed(script.format(names=names))


def test_a_state_that_nobody_reads_again_is_thrown_away():
    found = mended(ONCE.format(names="out"))
    assert found.changed[0].startswith("out, _ = ")
    assert not found.doubts


@pytest.mark.parametrize(
    ("scores", "labels", "largest"),
    [("(8, 3)", "(8,)", "argmax(1)"), ("(2, 3, 7)", "(2, 7)", "argmax(1)"), ("(2, 7, 3)", "(2, 7)", "argmax(-1)")],
)
def test_scores_beside_the_numbers_of_classes_lack_the_place_of_the_largest(scores, labels, largest):
    found = mended(HITS.format(scores=scores, labels=labels, left="scores"))
    assert found.changed == [f"print((scores.{largest} == labels).sum().item())"]
    assert not found.doubts


def test_whole_numbers_on_both_sides_are_no_scores():
    found = mended(HITS.format(scores="(8, 3)", labels="(8,)", left="scores.round().long()"))
    assert not any("argmax" in line for line in found.changed)


def test_a_model_that_is_given_beside_them_may_be_the_wrong_one():
    program = """
    def fit(net, x, y):
        return F.mse_loss(net(x), y).item()

    x, y = torch.randn(20, 4), torch.randn(20, 2)
    print(fit(nn.Linear(4, 2), y, x))
    """
    found = mended(program.replace("print(fit(nn.Linear(4, 2)", "back = nn.Linear(4, 2)\n    print(fit(back"), most=1)
    assert found.changed == ["print(fit(back, x, y))"]
    assert found.doubts == [
        "the model that is given with them may have been meant to go from the one to the other, as they stand"
    ]
