"""Decoders that are told the targets one step later: those that look ahead see the answer."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss, pad

from shapecheck import audit

START, HIDDEN = 0, 1


def behind_start(tokens):
    return torch.cat([torch.full((len(tokens), 1), START), tokens[:, :-1]], dim=1)


def with_words_dropped(tokens):
    told = behind_start(tokens)
    return torch.where(torch.rand(told.shape) < 0.3, HIDDEN, told)


def one_longer(tokens):
    return torch.cat([torch.full((len(tokens), 1), START), tokens], dim=1)


def padded(tokens):
    return pad(tokens[:, :-1], (1, 0))


def autoencoder(both, tell):
    """A code of the whole, and a decoder that is told the word before."""

    def run(model, x):
        code = model.encode(model.emb(x))[1][:1]
        code = code.repeat(2 if both else 1, 1, 1)
        out = model.decode(model.emb(tell(x)), code)[0]
        return model.out(out[:, : x.shape[1]])

    encode = nn.GRU(8, 8, batch_first=True, bidirectional=True)
    decode = nn.GRU(8, 8, batch_first=True, bidirectional=both)
    return Forward(run, emb=nn.Embedding(9, 8), encode=encode, decode=decode, out=nn.Linear(16 if both else 8, 9))


def flat(scores, targets):
    return cross_entropy(scores.reshape(-1, 9), targets.reshape(-1))


@pytest.fixture
def text():
    torch.manual_seed(0)
    return torch.randint(2, 9, (4, 6))


def seen(model, loss, batch):
    return [found.slug for found in audit(model, loss, batch).diagnoses]


@pytest.mark.parametrize("tell", [behind_start, with_words_dropped, one_longer, padded])
def test_a_decoder_of_two_directions_reads_the_answer(tell, text):
    assert seen(autoencoder(True, tell), flat, (text, text)) == ["future_seen_by_reverse_direction"]
    assert seen(autoencoder(False, tell), flat, (text, text)) == []


def test_a_decoder_that_is_told_nothing_may_look_both_ways(text):
    assert seen(autoencoder(True, torch.zeros_like), flat, (text, text)) == []


def translator(is_masked, same_memory=False):
    def run(model, source, target):
        told = behind_start(target)
        memory = model.emb(told if same_memory else source)
        mask = torch.ones(told.shape[1], told.shape[1]).triu(1).bool() if is_masked else None
        return model.out(model.decode(model.emb(told) + model.place, memory, tgt_mask=mask))

    decode = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    model = Forward(run, emb=nn.Embedding(9, 8), decode=decode, out=nn.Linear(8, 9))
    model.place = torch.randn(6, 8)
    return model


def of_pair(scores, batch):
    return flat(scores, batch[1])


def test_a_decoder_without_a_mask_reads_the_answer_beside_its_memory(text):
    torch.manual_seed(1)
    source = torch.randint(2, 9, (4, 7))

    def asked(model):
        return seen(model, of_pair, ((source, text), (source, text)))

    assert asked(translator(False)) == ["future_seen_by_attention"]
    assert asked(translator(True)) == []
    # What is remembered as a whole is seen on purpose.
    assert asked(translator(False, same_memory=True)) == []


@pytest.mark.parametrize("both", [True, False])
def test_frames_are_told_one_step_later_as_well(both):
    def run(model, x):
        told = torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], dim=1)
        return model.out(model.rnn(told)[0])

    torch.manual_seed(2)
    frames = torch.randn(4, 6, 3)
    model = Forward(run, rnn=nn.GRU(3, 8, batch_first=True, bidirectional=both), out=nn.Linear(16 if both else 8, 3))
    assert seen(model, mse_loss, (frames, frames)) == (["future_seen_by_reverse_direction"] if both else [])


def test_steps_that_are_moved_round_are_no_start_and_what_follows():
    def run(model, x):
        return model.out(model.rnn(x.roll(1, dims=1))[0])

    torch.manual_seed(3)
    frames = torch.randn(4, 6, 3)
    model = Forward(run, rnn=nn.GRU(3, 8, batch_first=True, bidirectional=True), out=nn.Linear(16, 3))
    assert seen(model, mse_loss, (frames, frames)) == []
