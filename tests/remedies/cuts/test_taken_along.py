"""First tokens that were taken along the axis of the samples, and steps that were taken along that of the steps."""

import pytest
from mended import mended, printed

DECODER = """
    class Speaker(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(20, 5)
            self.rnn = nn.GRU(5, 6{layout})
            self.out = nn.Linear(6, 20)

        def forward(self, word, state):
            heard, state = self.rnn(self.words(word).unsqueeze({axis}), state)
            return self.out(heard.squeeze({axis})), state

    class Translator(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.rnn, self.speaker = nn.Embedding(20, 5), nn.GRU(5, 6{layout}), Speaker()

        def forward(self, source, target):
            {sizes}
            state, word = self.rnn(self.words(source))[1], {first}
            said = []
            for t in range(1, {steps}):
                scores, state = self.speaker(word, state)
                said.append(scores)
                word = {following}
            return torch.stack(said)

    torch.manual_seed(0)
    source, target = torch.randint(0, 20, {shapes[0]}), torch.randint(0, 20, {shapes[1]})
    print(Translator()(source, target).sum().item())
"""
TIME_FIRST = {"layout": "", "axis": 0, "shapes": [(7, 3), (5, 3)], "steps": "len(target)"}
BATCH_FIRST = {"layout": ", batch_first=True", "axis": 1, "shapes": [(3, 7), (3, 5)], "steps": "target.size(1)"}
GUESSED = "scores.argmax(-1)"


@pytest.mark.parametrize(
    ("layout", "first", "right", "sizes", "following"),
    [
        (TIME_FIRST, "target[:, 0]", "target[0]", "steps, batch_size = target.shape", "target[t]"),
        (TIME_FIRST, "target[:, 0]", "target[0]", "steps, batch_size = target.shape", GUESSED),
        (TIME_FIRST, "target[:, 0]", "target[0]", "n_batch = target.size(1)", GUESSED),
        (TIME_FIRST, "target[:, 0]", "target[0]", "pass", "target[t]"),
        (TIME_FIRST, "source[:, -1]", "source[-1]", "_, bs = source.size()", "target[t]"),
        (BATCH_FIRST, "target[0]", "target[:, 0]", "pass", "target[:, t]"),
        (BATCH_FIRST, "target[0]", "target[:, 0]", "batch = len(target)", GUESSED),
    ],
)
def test_the_other_axis_is_that_of_the_steps(layout, first, right, sizes, following):
    program = DECODER.format(**layout, first=first, sizes=sizes, following=following)
    found = mended(program)
    assert found.changed[0].endswith(right)
    assert found.diagnoses[0].fixes[0].title == right
    assert not found.doubts
    assert found.output == printed(program.replace(f"[1], {first}", f"[1], {right}"))


MIXED = {**TIME_FIRST, "shapes": [(7, 3), (3, 5)], "steps": "target.size(1)"}


def test_one_step_for_a_layer_that_has_steps_in_front_may_be_of_rows_of_samples():
    program = DECODER.format(**MIXED, first="target[0]", sizes="pass", following="target[:, t]")
    found = mended(program)
    assert found.diagnoses[0].fixes[0].title == "target[:, 0]"
    assert not found.doubts
    assert found.output == printed(program.replace("[1], target[0]", "[1], target[:, 0]"))


def test_a_name_alone_does_not_stand_against_the_layout():
    program = DECODER.format(**MIXED, first="target[0]", sizes="batch = target.size(0)", following=GUESSED)
    found = mended(program.replace("range(1, target.size(1))", "range(1, 5)"))
    assert found.changed == ["state, word = self.rnn(self.words(source))[1], target[:, 0]"]
    assert found.doubts == ["nothing else tells which axis of it is that of the samples"]


def test_where_nothing_names_the_axes_it_is_in_doubt():
    program = DECODER.format(**{**TIME_FIRST, "steps": "5"}, first="target[:, 0]", sizes="pass", following=GUESSED)
    found = mended(program)
    assert found.changed == ["state, word = self.rnn(self.words(source))[1], target[0]"]
    assert found.doubts == ["nothing else tells which axis of it is that of the samples"]


def test_in_a_helper_and_for_a_cell():
    program = """
    def first(words):
        return words[:, 0]

    table, cell = nn.Embedding(20, 5), nn.LSTMCell(5, 6)
    words = torch.randint(0, 20, (7, 3))
    length, batch_size = words.size()
    state = torch.zeros(batch_size, 6), torch.zeros(batch_size, 6)
    x = table(first(words))
    for t in range(1, length):
        state = cell(x, state)
        x = table(words[t])
    print(state[0].shape)
    """
    found = mended(program)
    assert found.changed == ["return words[0]"]
    assert found.output == "torch.Size([3, 6])\n"


def test_an_index_that_goes_with_all_others_is_kept():
    program = """
    table, rnn = nn.Embedding(20, 5), nn.GRU(5, 6)

    def speak(state, words):
        word = words[0]
        for t in range(1, len(words)):
            out, state = rnn(table(word.unsqueeze(0)), state)
            word = words[t]
        return out

    words = torch.randint(0, 20, (9, 4))
    print(speak(torch.zeros(1, words.size(0), 6), words).shape)
    """
    assert not any("words[:, 0]" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


def test_names_of_sizes_against_a_loop_and_a_maker_are_in_doubt():
    program = """
    class Reciter(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.rnn, self.out = nn.Embedding(30, 7), nn.GRU(7, 11), nn.Linear(11, 30)

        def forward(self, verse):
            n_batch, length = verse.size()
            state, word, said = torch.zeros(1, n_batch, 11), verse[0], []
            for t in range(1, verse.size(0)):
                heard, state = self.rnn(self.words(word)[None], state)
                said.append(self.out(heard[0]))
                word = said[-1].argmax(-1)
            return torch.stack(said)

    verses = [torch.randint(0, 30, (8,)) for _ in range(5)]
    print(Reciter()(nn.utils.rnn.pad_sequence(verses)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if fix.title == "verse[:, 0]")


def test_one_name_alone_against_the_index_is_in_doubt():
    program = """
    class Once(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.RNNCell(3, 4)

        def forward(self, signal):
            samples = signal.shape[1]
            return self.cell(signal[:, 0], torch.zeros(samples, 4))

    print(Once()(torch.randn(6, 8, 3)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if fix.title == "signal[0]")
