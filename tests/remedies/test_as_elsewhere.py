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
