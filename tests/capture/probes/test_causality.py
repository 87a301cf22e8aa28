"""What a next-step model may see, what it is asked for, and autoencoders, which may see all."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import cross_entropy, one_hot, scaled_dot_product_attention

from shapecheck import audit
from shapecheck.auditor import Auditor


@pytest.fixture
def text():
    torch.manual_seed(0)
    return torch.randint(0, 9, (4, 8))


def flat(scores, targets):
    return cross_entropy(scores.reshape(-1, 9), targets.reshape(-1))


def shifted(scores, tokens):
    return flat(scores[:, :-1], tokens[:, 1:])


def encoder():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


def encoded(causal):
    def run(model, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1]) if causal else None
        return model.linear(model.encoder(model.emb(x), mask=mask))

    return Forward(run, emb=nn.Embedding(9, 8), encoder=encoder(), linear=nn.Linear(8, 9))


def by_hand(causal):
    def run(model, x):
        h = model.emb(x)
        scores = h @ h.transpose(1, 2)
        if causal:
            scores = scores.masked_fill(torch.ones(scores.shape[-2:]).triu(1).bool(), -1e9)
        return model.linear(h + scores.softmax(-1) @ h)

    return Forward(run, emb=nn.Embedding(9, 8), linear=nn.Linear(8, 9))


def scaled(causal):
    def run(model, x):
        h = model.emb(x)[:, None]
        return model.linear((h + scaled_dot_product_attention(h, h, h, is_causal=causal))[:, 0])

    return Forward(run, emb=nn.Embedding(9, 8), linear=nn.Linear(8, 9))


def recurrent(kind, causal):
    def run(model, x):
        return model.linear(model.rnn(model.emb(x))[0])

    rnn = kind(8, 8, 2, batch_first=True, bidirectional=not causal)
    return Forward(run, emb=nn.Embedding(9, 8), rnn=rnn, linear=nn.Linear(8 if causal else 16, 9))


MODELS = [
    (encoded, "future_seen_by_attention"),
    (by_hand, "future_seen_by_attention"),
    (scaled, "future_seen_by_attention"),
    (lambda causal: recurrent(nn.GRU, causal), "future_seen_by_reverse_direction"),
    (lambda causal: recurrent(nn.LSTM, causal), "future_seen_by_reverse_direction"),
]


def seen(model, loss, batch):
    return [found.slug for found in audit(model, loss, batch).diagnoses]


@pytest.mark.parametrize(("make", "slug"), MODELS)
def test_the_next_step_is_not_seen(make, slug, text):
    for causal in (True, False):
        slugs = [] if causal else [slug]
        assert seen(make(causal), flat, (text[:, :-1], text[:, 1:])) == slugs
        # One tensor for both, cut only where the loss is.
        assert seen(make(causal), shifted, (text, text)) == slugs
        # One row of targets.
        assert seen(make(causal), flat, (text[:, :-1], text[:, 1:].reshape(-1))) == slugs


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
@pytest.mark.parametrize("causal", [True, False])
def test_steps_in_front_and_one_hot_steps(kind, causal, text):
    slugs = [] if causal else ["future_seen_by_reverse_direction"]
    rnn, linear = kind(9, 8, bidirectional=not causal), nn.Linear(8 if causal else 16, 9)
    model = Forward(lambda s, x: s.linear(s.rnn(x)[0]), rnn=rnn, linear=linear)
    assert seen(model, flat, (one_hot(text.t()[:-1], 9).float(), text.t()[1:].reshape(-1))) == slugs


@pytest.mark.parametrize("make", [encoded, by_hand, scaled])
def test_a_masked_model_is_asked_for_what_comes_next(make, text):
    assert seen(make(True), flat, (text, text)) == ["target_not_shifted"]
    assert seen(make(True), flat, (text, text.clone().reshape(-1))) == ["target_not_shifted"]
    # Without a mask it is an autoencoder.
    assert seen(make(False), flat, (text, text)) == []


def test_what_encodes_all_and_decodes_it_again_may_see_all(text):
    def apart(model, x):
        return model.linear(model.decoder(model.emb(x[:, :-1]), model.rnn(model.emb(x))[1])[0])

    def together(model, x):
        h = model.emb(x)
        return model.linear(model.decoder(h[:, :-1] + model.encoder(h)[:, :1])[0])

    for run in (apart, together):
        layers = {"emb": nn.Embedding(9, 8), "encoder": encoder(), "linear": nn.Linear(8, 9)}
        rnns = {"rnn": nn.GRU(8, 8, batch_first=True), "decoder": nn.GRU(8, 8, batch_first=True)}
        assert seen(Forward(run, **layers, **rnns), lambda s, x: flat(s, x[:, 1:]), (text, text)) == []


def test_hidden_tokens_are_asked_for_in_place(text):
    hidden = text.clone()
    hidden[:, ::3] = 8
    targets = text.masked_fill(hidden != 8, -100)
    assert seen(encoded(False), flat, (hidden, targets)) == []


def test_the_line_to_change_is_the_constructor(text):
    auditor = Auditor()
    auditor.start()
    kinds = {"gru": nn.GRU}
    layer = kinds["gru"](8, 8, batch_first=True, bidirectional=True)  # this line
    model = Forward(
        lambda s, x: s.linear(s.rnn(s.emb(x))[0]), emb=nn.Embedding(9, 8), rnn=layer, linear=nn.Linear(16, 9)
    )
    flat(model(text[:, :-1]), text[:, 1:]).backward()
    auditor.stop()
    (found,) = auditor.diagnoses
    with open(__file__) as file:
        assert file.read().splitlines()[found.place.line - 1].endswith("# this line")
