"""What one function hands into a call as it is, and another one as it has to be."""

import pytest
from mended import mended, printed

TRANSLATION = """
    class Encoder(nn.Module):
        def __init__(self, layers):
            super().__init__()
            self.table = nn.Embedding(20, 6)
            self.rnn = nn.GRU(6, 6, layers, bidirectional=True)

        def forward(self, words):
            return self.rnn(self.table(words))


    class Decoder(nn.Module):
        def __init__(self, layers):
            super().__init__()
            self.layers = layers
            self.table = nn.Embedding(21, 6)
            self.rnn = nn.GRU(6, 6, layers)
            self.out = nn.Linear(6, 21)

        def forward(self, word, state):
            out, state = self.rnn(self.table(word)[None], state)
            return self.out(out[0]), state


    def learn(encoder, decoder, words, answers):
        _, memory = encoder(words)
        state = memory[:decoder.layers]
        word, loss = torch.zeros(words.size(1)).long(), 0
        for answer in answers:
            scores, state = decoder(word, state)
            loss, word = loss + F.cross_entropy(scores, answer), answer
        return loss


    def say(encoder, decoder, words):
        _, {name} = encoder(words)
        word = torch.zeros(1).long()
        {begun}
        for _ in range(3):
            scores, state = decoder(word, state)
            word = scores.argmax(1)
        return word

    encoder, decoder = Encoder(2), Decoder(2)
    words, answers = torch.randint(0, 20, (7, 4)), torch.randint(0, 21, (5, 4))
    print(learn(encoder, decoder, words, answers).item(), say(encoder, decoder, words[:, :1]))
"""
LAYOUT = """
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(3, 5, batch_first=True)

        def forward(self, series):
            return self.rnn(series.transpose(1, 2))[0]

        def last(self, series):
            return self.rnn({given})[0][:, -1]

    tagger, series = Tagger(), torch.randn(4, 3, 9)
    print(tagger(series).shape, tagger.last(series).shape)
"""


@pytest.mark.parametrize(
    ("name", "begun", "right"),
    [
        ("memory", "state = memory", "state = memory[:decoder.layers]"),
        ("final", "state = final", "state = final[:decoder.layers]"),
        ("last", "state = last.contiguous()", "state = last[:decoder.layers]"),
    ],
)
def test_a_state_is_cut_as_training_cuts_it(name, begun, right):
    found = mended(TRANSLATION.format(name=name, begun=begun))
    assert found.changed == [right]
    assert not found.doubts
    assert found.output == printed(TRANSLATION.format(name=name, begun=right))


def test_a_series_is_turned_as_the_other_method_turns_it():
    found = mended(LAYOUT.format(given="series"))
    assert found.changed == ["return self.rnn(series.transpose(1, 2))[0][:, -1]"]
    assert found.output == printed(LAYOUT.format(given="series.transpose(1, 2)"))


OTHER_VALUE = """
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.cell, self.out = nn.Embedding(9, 4), nn.GRUCell(4, 5), nn.Linear(5, 9)

        def forward(self, word, state):
            state = self.cell(self.table(word), state)
            return self.out(state), state


    def learn(decoder, answers, state):
        loss = 0
        word = torch.zeros(4).long()
        for t in range(len(answers)):
            scores, state = decoder(word, state)
            loss = loss + F.cross_entropy(scores, answers[t])
            word = answers[t]
        return loss


    def test(decoder, answers, state):
        word, said = torch.zeros(4).long(), []
        for t in range(len(answers)):
            scores, state = decoder(word, state)
            word = scores.topk(1)[1]
            said.append(word)
        return said

    decoder, answers = Decoder(), torch.randint(0, 9, (5, 4))
    print(learn(decoder, answers, torch.zeros(4, 5)).item(), len(test(decoder, answers, torch.zeros(4, 5))))
"""
SINGLE = """
    def learn(model, series, state):
        return model(series, state)[0]


    def show(model, series, state):
        return model(series[:1], state)[0]

    model = nn.GRU(3, 5, batch_first=True)
    print(show(model, torch.randn(4, 6, 3), torch.zeros(1, 1, 5)).shape)
    print(learn(model, torch.randn(4, 6, 3), torch.zeros(1, 1, 5)).shape)
"""


def test_the_truth_is_not_handed_into_a_function_that_tests_without_it():
    found = mended(OTHER_VALUE)
    assert not any("answers[t]" in line for each in found.diagnoses for fix in each.fixes for line in [fix.title])


def test_a_part_that_another_function_takes_is_not_taken_without_a_doubt():
    fixes = mended(SINGLE).diagnoses[0].fixes
    assert not any(fix.title == "series[:1]" and not fix.doubt for fix in fixes)
    assert fixes[0].title != "series[:1]"


def offered(program, title):
    """The fixes of that title, in all that is told."""
    return [fix for each in mended(program, most=1).diagnoses for fix in each.fixes if fix.title == title]


LABELS = """
    def learn(criterion, scores, labels):
        return criterion(scores, labels)


    def check(criterion, scores, labels):
        return criterion(scores, labels{made})

    criterion, scores = nn.CrossEntropyLoss(), torch.randn(6, 3)
    print(learn(criterion, scores, torch.randint(0, 3, (6, 1))).item())
    print(check(criterion, scores, {given}).item())
"""


def test_a_parameter_of_the_same_name_may_hold_something_else():
    table = LABELS.format(made=".argmax(1)", given="F.one_hot(torch.randint(0, 3, (6,)), 3)")
    assert not offered(table, "labels.argmax(1)")
    found = mended(LABELS.format(made=".view(-1)", given="torch.randint(0, 3, (6, 1))"), most=1).diagnoses
    assert all(fix.doubt for each in found for fix in each.fixes if fix.title == "labels.view(-1)")


def test_what_is_made_in_one_function_only_is_not_the_parameter_of_another():
    program = """
    layer = nn.MultiheadAttention(4, 2, batch_first=True)

    def learn(x, left_out):
        return layer(x, x, x, left_out)[0]


    def show(x, ids):
        left_out = torch.eq(ids, 0)
        return layer(x, x, x, left_out.bool())[0]

    x, ids = torch.randn(2, 5, 4), torch.tensor([[3, 4, 5, 6, 0], [3, 4, 0, 0, 0]])
    print(learn(x, ids.ne(0).long()).sum().item())
    print(show(x, ids).sum().item())
    """
    found = mended(program, most=1).diagnoses
    # Zeros and ones may be read so, but the name in the other function decides nothing.
    assert all(fix.doubt for each in found for fix in each.fixes if fix.title == "left_out.bool()")


def test_a_mean_over_the_steps_is_a_part_as_well():
    program = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.GRUCell(3, 4)

        def forward(self, series):
            state = torch.zeros(len(series), 4)
            for _ in range(series.size(1)):
                state = self.cell(series, state)
            return state

        def skim(self, series):
            return self.cell(series.mean(1), torch.zeros(len(series), 4))

    reader, series = Reader(), torch.randn(2, 6, 3)
    print(reader(series).sum().item(), reader.skim(series).sum().item())
    """
    assert all(fix.doubt for fix in offered(program, "series.mean(1)"))


def test_the_same_function_given_something_else_gives_something_else():
    program = TRANSLATION.format(name="memory", begun="state = memory")
    program = program.replace(
        "_, memory = encoder(words)\n        word", "_, memory = encoder(words.flip(0))\n        word"
    )
    assert all(fix.doubt for fix in offered(program, "memory[:decoder.layers]"))


def test_the_same_function_calls_it_with_a_part_above():
    program = """
    class Decoder(nn.Module):
        def __init__(self, layers):
            super().__init__()
            self.layers, self.rnn = layers, nn.GRU(6, 8, layers)

        def forward(self, x, h):
            return self.rnn(x, h)[0]


    torch.manual_seed(1)
    encoder, decoder = nn.GRU(5, 8, 2, bidirectional=True), Decoder(2)
    _, h = encoder(torch.randn(7, 3, 5))
    total = decoder(torch.randn(4, 3, 6), h[: decoder.layers]).sum()
    _, h = encoder(torch.randn(9, 1, 5))
    total = total + decoder(torch.randn(2, 1, 6), {state}).sum()
    print(total.item())
    """
    found = mended(program.format(state="h"))
    assert found.changed == ["total = total + decoder(torch.randn(2, 1, 6), h[: decoder.layers]).sum()"]
    assert found.output == printed(program.format(state="h[: decoder.layers]"))
    assert found.doubts == ["what is called for it is given other things in the other place"]


def test_a_name_of_a_function_is_none_of_the_file():
    program = """
    import numpy as np


    def flags(numbers):
        return np.eye(6, dtype=np.float32)[numbers]


    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(6, 4{first})

        def forward(self, x, state):
            return self.rnn(x, state)


    def say(model, number, state):
        x = flags(np.array([[number]]))
        _, state = model(torch.from_numpy(x), state)
        return state


    model, state = Reader(), torch.zeros(1, 3, 4)
    for x in (np.arange(15).reshape(3, 5) % 6, np.arange(15, 30).reshape(3, 5) % 6):
        given = torch.from_numpy(flags(x))
        out, state = model(given, state)
    print(out.sum().item(), say(model, 2, torch.zeros(1, 1, 4)).sum().item())
    """
    found = mended(program.format(first=""))
    assert found.output == printed(program.format(first=", batch_first=True"))
