"""Targets that are shifted by two hands, beside those that ask for a later step on purpose."""

from __future__ import annotations

import linecache

import pytest
import torch
from forwards import Forward
from programs import audited, slugs
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss, pad

from shapecheck import audit


def flat(scores, tokens):
    return cross_entropy(scores.reshape(-1, 9), tokens.reshape(-1))


def shifting(scores, tokens):
    return flat(scores[:, :-1], tokens[:, 1:])


def of_tokens():
    return Forward(lambda m, x: m.out(m.rnn(m.emb(x))[0]), emb=nn.Embedding(9, 8), rnn=rnn(), out=nn.Linear(8, 9))


def rnn():
    return nn.GRU(8, 8, batch_first=True)


def of_numbers():
    return Forward(lambda m, x: m.out(m.rnn(m.enter(x))[0]), enter=nn.Linear(3, 8), rnn=rnn(), out=nn.Linear(8, 3))


@pytest.fixture
def text():
    torch.manual_seed(0)
    return torch.randint(0, 9, (4, 8))


def told(model, loss, batch):
    return audit(model, loss, batch).diagnoses


def line_of(found):
    return linecache.getline(found.place.file, found.place.line).strip()


def shifted_by_the_caller(scores, tokens):
    return shifting(scores[:, :-1], tokens[:, 1:])


def test_both_shifts_in_the_loss_are_told_at_the_first_of_them(text):
    (found,) = told(of_tokens(), shifted_by_the_caller, (text, text))
    assert found.slug == "target_shifted_twice"
    assert line_of(found) == "return shifting(scores[:, :-1], tokens[:, 1:])"
    (fix,) = found.fixes
    assert fix.verified == "call"
    assert [edit.replacement.strip() for edit in fix.edits] == ["return shifting(scores, tokens)"]


def shifted_in_a_line_of_its_own(scores, tokens):
    scores, tokens = scores[:, :-1], tokens[:, 1:]
    return flat(scores, tokens)


def test_a_shift_of_shifted_data_is_told_where_it_stands(text):
    (found,) = told(of_tokens(), shifted_in_a_line_of_its_own, (text[:, :-1], text[:, 1:]))
    assert found.slug == "target_shifted_twice"
    assert line_of(found) == "scores, tokens = scores[:, :-1], tokens[:, 1:]"


def test_numbers_are_shifted_twice_as_well(text):
    numbers = torch.randn(4, 8, 3)
    loss = lambda out, target: mse_loss(out[:, :-1], target[:, 1:])  # noqa: E731
    slugs = [found.slug for found in told(of_numbers(), loss, (numbers[:, :-1], numbers[:, 1:]))]
    assert slugs == ["target_shifted_twice"]


def two_steps_ahead(scores, tokens):
    return flat(scores[:, :-2], tokens[:, 2:])


def next_and_the_one_behind_it(scores, tokens):
    return shifting(scores, tokens) + 0.3 * two_steps_ahead(scores, tokens)


def without_the_start(scores, tokens):
    return shifting(scores[:, 1:], tokens[:, 1:])


@pytest.mark.parametrize("loss", [shifting, two_steps_ahead, next_and_the_one_behind_it, without_the_start])
def test_one_shift_and_steps_asked_for_on_purpose_are_left_alone(loss, text):
    assert told(of_tokens(), loss, (text, text)) == ()


def answers(ignored=-100, first=3):
    """Texts of different lengths with the filler behind them, and labels that count behind the question only."""
    torch.manual_seed(0)
    tokens = torch.randint(2, 9, (6, 9))
    lengths = torch.tensor([9, 7, 8, 6, 9, 7])
    tokens[torch.arange(6), lengths - 1] = 1
    behind = torch.arange(9) >= lengths[:, None]
    labels = tokens.masked_fill(behind, ignored)
    labels[:, :first] = ignored
    return tokens.masked_fill(behind, 1), labels


class Answering(nn.Module):
    """Reckons its own loss of the labels that it is given, with a shift of its own."""

    def __init__(self, own_shift=1, ignored=-100):
        super().__init__()
        self.shift, self.ignored = own_shift, ignored
        self.emb, self.rnn, self.out = nn.Embedding(9, 8), rnn(), nn.Linear(8, 9)

    def forward(self, tokens, labels):
        scores = self.out(self.rnn(self.emb(tokens))[0])
        if self.shift:
            scores, labels = scores[:, : -self.shift], labels[:, self.shift :]
        return cross_entropy(scores.reshape(-1, 9), labels.reshape(-1), ignore_index=self.ignored)


def slugs_of(model, tokens, labels):
    return [found.slug for found in told(model, lambda loss, _: loss, ((tokens, labels), torch.zeros(6)))]


@pytest.mark.parametrize(("ignored", "first"), [(-100, 3), (-100, 0), (0, 4)])
def test_questions_and_filler_that_a_loss_ignores_hide_no_shift(ignored, first):
    tokens, labels = answers(ignored, first)
    model = Answering(ignored=ignored)
    assert slugs_of(model, tokens[:, :-1], labels[:, 1:]) == ["target_shifted_twice"]
    assert slugs_of(model, tokens, labels) == []


@pytest.mark.parametrize(("ahead", "own_shift"), [(1, 0), (2, 0)])
def test_labels_that_one_hand_shifts_are_left_alone(ahead, own_shift):
    tokens, labels = answers()
    assert slugs_of(Answering(own_shift), tokens[:, :-ahead], labels[:, ahead:]) == []


def test_labels_of_another_text_are_no_shift():
    tokens, labels = answers()
    others = labels.where(labels < 0, 9 - labels)
    assert slugs_of(Answering(), tokens[:, :-1], others[:, 1:]) == []


def padded_behind(scores, tokens, ahead=1):
    """Every step keeps its score: what the last ones are asked for is filled up with what the loss ignores."""
    target = pad(tokens, (0, ahead), value=-100)[..., ahead:].contiguous()
    return flat(scores, target)


def cut_and_padded_behind(scores, tokens):
    scores = scores[:, :-1].contiguous()
    tokens = tokens[:, 1:].contiguous()
    return padded_behind(scores, tokens)


def padded_behind_twice(scores, tokens):
    return padded_behind(scores, pad(tokens, (0, 1), value=-100)[:, 1:])


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        (cut_and_padded_behind, "tokens = tokens[:, 1:].contiguous()"),
        (padded_behind_twice, "return padded_behind(scores, pad("),
    ],
)
def test_a_shift_with_a_padding_behind_is_a_shift_too(loss, line, text):
    (found,) = told(of_tokens(), loss, (text, text))
    assert found.slug == "target_shifted_twice"
    assert line_of(found).startswith(line)


def padded_row_of_all(scores, tokens):
    """Whoever calls it with sequences has them end to end: what each of them ends with is asked for the next one."""
    target = pad(tokens.reshape(-1), (0, 1), value=-100)[1:]
    return flat(scores, target)


def cut_and_put_end_to_end(scores, tokens):
    scores, tokens = scores[:, :-1], tokens[:, 1:]
    return padded_row_of_all(scores, tokens.contiguous().view(-1))


def cut_and_shifted_end_to_end(scores, tokens):
    scores, tokens = scores[:, :-1].reshape(-1, 9), tokens[:, 1:].reshape(-1)
    return flat(scores[:-1], tokens[1:])


@pytest.mark.parametrize("loss", [cut_and_put_end_to_end, cut_and_shifted_end_to_end])
def test_a_shift_of_sequences_that_lie_end_to_end_is_the_second_one(loss, text):
    (found,) = [one for one in told(of_tokens(), loss, (text, text)) if one.slug == "target_shifted_twice"]
    assert line_of(found).startswith("scores, tokens = scores[:, :-1]")


def put_end_to_end_alone(scores, tokens):
    return flat(scores[:, :-1], tokens[:, 1:].reshape(-1))


def one_row_two_ahead(scores, tokens):
    return flat(scores.reshape(-1, 9)[:-2], tokens.reshape(-1)[2:])


def one_row_with_time_in_front(scores, tokens):
    return flat(scores[:, :-1].transpose(0, 1), tokens[:, 1:].t().reshape(-1))


def last_of_each(scores, tokens):
    return flat(scores[:, -2], tokens[:, -1].reshape(-1))


@pytest.mark.parametrize(
    "loss", [put_end_to_end_alone, padded_row_of_all, one_row_two_ahead, one_row_with_time_in_front, last_of_each]
)
def test_one_shift_of_what_lies_end_to_end_is_not_a_second_one(loss, text):
    assert "target_shifted_twice" not in [found.slug for found in told(of_tokens(), loss, (text, text))]


def padded_two_ahead(scores, tokens):
    return padded_behind(scores, tokens, ahead=2)


def next_and_the_one_behind_it_padded(scores, tokens):
    return padded_behind(scores, tokens) + 0.3 * padded_two_ahead(scores, tokens)


@pytest.mark.parametrize("loss", [padded_behind, padded_two_ahead, next_and_the_one_behind_it_padded])
def test_one_shift_with_a_padding_behind_is_left_alone(loss, text):
    assert told(of_tokens(), loss, (text, text)) == ()


def behind_a_start(tokens, start=0):
    """Each step is given the token in front of it, and the first one a symbol to start with."""
    given = tokens.new_full(tokens.shape, start)
    given[:, 1:] = tokens[:, :-1]
    return given


def of_tokens_in_front():
    return Forward(
        lambda m, x: m.out(m.rnn(m.emb(behind_a_start(x)))[0]), emb=nn.Embedding(9, 8), rnn=rnn(), out=nn.Linear(8, 9)
    )


def without_the_first(scores, tokens):
    return flat(scores[:, 1:], tokens[:, 1:])


def next_two(scores, tokens):
    return flat(scores, tokens) + 0.5 * shifting(scores, tokens)


# What is reported a day late may be asked for tomorrow.
@pytest.mark.parametrize("loss", [flat, without_the_first, next_two, shifting])
def test_a_model_that_shifts_its_input_for_itself(loss, text):
    assert told(of_tokens_in_front(), loss, (text, text)) == ()


DECODER = """
def behind(x):
    out = x.new_zeros(x.shape)
    out[:, 1:] = x[:, :-1]
    return out


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.see, self.emb, self.out = nn.Linear(3, 8), nn.Embedding(9, 8), nn.Linear(8, 9)
        layer = nn.TransformerDecoderLayer(8, 2, 12, dropout=0.0, batch_first=True)
        self.decoder, self.rnn = nn.TransformerDecoder(layer, 1), nn.GRU(8, 8, batch_first=True)

    def forward(self, seen, words):
        h, memory = self.emb({shift}), self.see(seen)
        {decode}
        return self.out(h)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    seen, words = torch.randn(4, 5, 3), torch.randint(2, 9, (4, 7))
    scores = model(seen, words)
    {cut}
    loss = F.cross_entropy(scores.flatten(0, 1), words.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
LOOKS = "h = self.decoder(h, memory, tgt_mask=nn.Transformer.generate_square_subsequent_mask(7))"
GOES_ON = "h = self.rnn(h, memory.mean(1)[None])[0]"
CUT = "scores, words = scores[:, :-1], words[:, 1:]"


@pytest.mark.parametrize("decode", [LOOKS, GOES_ON])
@pytest.mark.parametrize(
    "shift", ["behind(words)", "torch.cat([torch.ones(4, 1).long(), words[:, :-1]], 1)", "F.pad(words, (1, -1))"]
)
def test_a_decoder_that_sets_a_symbol_in_front_has_shifted_already(shift, decode):
    program = DECODER.format(shift=shift, decode=decode, cut=CUT)
    assert audited(program, "") == [("target_shifted_twice", ["    scores, words = scores, words"])]
    assert slugs(DECODER.format(shift=shift, decode=decode, cut=""), "") == []
    assert slugs(DECODER.format(shift="words", decode=decode, cut=CUT), "") == []


@pytest.mark.parametrize(
    ("shift", "cut"),
    [
        # The symbol stands in the place of the first word, or in front of all of them.
        ("torch.cat([torch.ones(4, 1).long(), words[:, 1:]], 1)", CUT),
        ("behind(words)", "scores, words = scores[:, 1:], words[:, 1:]"),
    ],
)
def test_a_decoder_that_is_asked_for_the_next_word(shift, cut):
    assert slugs(DECODER.format(shift=shift, decode=LOOKS, cut=cut), "") == []
