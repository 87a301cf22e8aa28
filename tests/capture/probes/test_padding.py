"""Padding: what says where it is, through which operation it reaches the loss, and what is right about it."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from forwards import Forward
from programs import slugs
from torch import nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    logsigmoid,
    scaled_dot_product_attention,
)

from shapecheck import audit
from shapecheck.auditor import Auditor

LABELS = torch.tensor([0, 1, 2, 3])


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def words(lengths=(6, 3, 4, 2)):
    found = torch.randint(1, 9, (4, 6))
    found[torch.arange(6) >= torch.tensor(lengths)[:, None]] = 0
    return found


def embedding(padding_idx=0):
    return nn.Embedding(9, 8, padding_idx=padding_idx)


def encoder():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


def seen(run, inputs=None, **layers):
    model = Forward(run, linear=nn.Linear(8, 5), **layers)
    report = audit(model, nn.CrossEntropyLoss(), (words() if inputs is None else inputs, LABELS))
    return [found.slug for found in report.diagnoses]


def gru(**kwargs):
    return nn.GRU(8, 8, **kwargs)


RECURRENT = [
    (lambda s, x: s.linear(s.gru(s.emb(x))[0][:, -1]), {"batch_first": True}, ["last_padded_step"]),
    (lambda s, x: s.linear(s.gru(s.emb(x.t()))[0][-1]), {}, ["last_padded_step"]),
    (lambda s, x: s.linear(s.gru(s.emb(x))[0][torch.arange(4), (x != 0).sum(1) - 1]), {"batch_first": True}, []),
    (lambda s, x: s.linear(s.gru(s.emb(x))[1][-1]), {"batch_first": True}, ["padding_walked_through"]),
    (lambda s, x: s.linear(s.gru(s.emb(x))[1][-1]), {"batch_first": True, "num_layers": 2}, ["padding_walked_through"]),
    (lambda s, x: s.linear(s.gru(s.emb(x.flip(1)))[0][:, -1]), {"batch_first": True}, []),
]


@pytest.mark.parametrize(("run", "kind", "slugs"), RECURRENT)
def test_a_recurrent_layer_over_padding(run, kind, slugs):
    assert seen(run, emb=embedding(), gru=gru(**kind)) == slugs


@pytest.mark.parametrize(("lengths", "slugs"), [((6, 3, 4, 2), ["last_padded_step"]), ((6, 6, 6, 6), [])])
def test_lengths_beside_an_input_of_numbers_say_where_it_ends(lengths, slugs):
    lengths = torch.tensor(lengths)
    x = torch.randn(4, 6, 8)
    x[torch.arange(6) >= lengths[:, None]] = 0
    found = seen(lambda s, x, n: s.linear(s.gru(x)[0][:, -1]), (x, lengths), gru=gru(batch_first=True))
    assert found == slugs


def test_numbers_that_end_in_zeros_need_be_no_padding():
    x = torch.randn(4, 6, 8)
    x[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
    assert seen(lambda s, x: s.linear(s.gru(x)[0][:, -1]), x, gru=gru(batch_first=True)) == []


POOLS = [
    (lambda s, x: s.linear((s.emb(x) + 1).mean(1)), ["padding_pooled"]),
    # The vectors of padding are zero here: the mean is a sum over a length that never changes.
    (lambda s, x: s.linear(s.emb(x).mean(1)), []),
    (lambda s, x: s.linear(s.emb(x).sum(1)), []),
    (lambda s, x: s.linear(s.emb(x).sum(1) / (x != 0).sum(1, keepdim=True)), []),
    (lambda s, x: s.linear((s.emb(x) * (x != 0)[..., None].float()).mean(1)), ["padding_in_mean"]),
    (lambda s, x: s.linear(((s.emb(x) + 1) * (x == 0)[..., None].float()).sum(1)), ["mask_turned_round"]),
    (lambda s, x: s.linear(((s.emb(x) + 1) * (x != 0)[..., None].float()).sum(1)), []),
]


@pytest.mark.parametrize(("run", "slugs"), POOLS)
def test_pooling_over_padding(run, slugs):
    assert seen(run, emb=embedding()) == slugs


def test_where_all_batches_are_as_long_the_mean_is_left_alone():
    assert seen(lambda s, x: s.linear(s.emb(x).mean(1)), words((5, 3, 4, 2)), emb=embedding()) == []


def by_hand(mask_of):
    def run(model, x):
        h = model.emb(x)
        scores = (h @ h.transpose(1, 2)).masked_fill(mask_of(x)[:, None, :], -1e9)
        return model.linear((scores.softmax(-1) @ h)[:, 0])

    return run


def scaled(mask_of):
    def run(model, x):
        h = model.emb(x)[:, None]
        return model.linear(scaled_dot_product_attention(h, h, h, attn_mask=mask_of(x)[:, None, None])[:, 0, 0])

    return run


def encoded(mask_of):
    def run(model, x):
        return model.linear(model.encoder(model.emb(x), src_key_padding_mask=mask_of(x))[:, 0])

    return run


@pytest.mark.parametrize("make", [by_hand, encoded])
@pytest.mark.parametrize("padding_idx", [0, None])
def test_a_mask_that_is_true_where_it_hides(make, padding_idx):
    layers = {"emb": embedding(padding_idx), "encoder": encoder()}
    # No row without padding: turned round, its mask would leave nothing and be NaN.
    x = words((5, 3, 4, 2))
    assert seen(make(lambda x: x != 0), x, **layers) == ["mask_turned_round"]
    assert seen(make(lambda x: x == 0), x, **layers) == []


def test_a_mask_that_is_true_where_it_shows():
    x = words((5, 3, 4, 2))
    assert seen(scaled(lambda x: x == 0), x, emb=embedding()) == ["mask_turned_round"]
    assert seen(scaled(lambda x: x != 0), x, emb=embedding()) == []


@pytest.mark.parametrize("pool", [lambda h: h.mean(1), lambda h: h[:, 0]])
def test_attention_without_a_mask_of_padding(pool):
    layers = {"emb": embedding(), "encoder": encoder()}
    assert seen(lambda s, x: s.linear(pool(s.encoder(s.emb(x)))), **layers) == ["padding_attended"]


def test_what_pad_sequence_filled_up_is_padding():
    sequences = [torch.randint(1, 9, (length,)) for length in (6, 3, 4, 2)]
    for mask in (False, True):
        auditor = Auditor()
        auditor.start()
        x = nn.utils.rnn.pad_sequence(sequences, batch_first=True, padding_value=8)
        emb, score, linear = nn.Embedding(9, 8), nn.Linear(8, 1), nn.Linear(8, 1)

        def run(model, x, mask=mask):
            h = model.emb(x)
            scores = model.score(h).squeeze(-1)
            scores = scores.masked_fill(x == 8, float("-inf")) if mask else scores
            return model.linear(torch.einsum("bt,btd->bd", scores.softmax(1), h)).squeeze(-1)

        model = Forward(run, emb=emb, score=score, linear=linear)
        binary_cross_entropy_with_logits(model(x), torch.tensor([0.0, 1.0, 1.0, 0.0])).backward()
        auditor.stop()
        assert [found.slug for found in auditor.diagnoses] == ([] if mask else ["padding_attended"])


LOSSES = [
    (lambda e, m: e.mean(), ["padding_in_mean"]),
    (lambda e, m: e.mean(1).mean(), ["padding_in_mean"]),
    (lambda e, m: e.sum() / m.sum(), []),
    (lambda e, m: e.mean() / m.mean(), []),
    (lambda e, m: e.sum(1).mean(), []),
    (lambda e, m: (e.sum(1) / m.sum(1)).mean(), []),
]


MASKED = [
    (lambda v, t, m: F.mse_loss(v * m, t * m), ["padding_in_mean"]),
    # Targets that are zero there by themselves were not masked for the loss.
    (lambda v, t, m: F.smooth_l1_loss(v.masked_fill(m == 0, 0.0), t), []),
    (lambda v, t, m: ((v - t) * m).pow(2).mean(), ["padding_in_mean"]),
    (lambda v, t, m: ((v - t) * m).abs().mean(), ["padding_in_mean"]),
    (lambda v, t, m: F.mse_loss(v * m, t * m, reduction="sum") / m.sum(), []),
    (lambda v, t, m: F.mse_loss(v * m, t * m) / m.mean(), []),
    (lambda v, t, m: F.mse_loss(v[m > 0], t[m > 0]), []),
    (lambda v, t, m: ((v - t) * m).square().sum() / m.sum(), []),
    (lambda v, t, m: F.mse_loss(v * m, t * m) * (m.numel() / m.sum()), []),
]


@pytest.mark.parametrize(("reduce", "slugs"), MASKED)
def test_a_mean_of_differences_that_a_mask_set_to_zero(reduce, slugs):
    def loss(values, targets):
        return reduce(values, targets, (targets != 0).float())

    x = words()
    model = Forward(lambda s, x: s.linear(s.emb(x)).squeeze(-1), emb=embedding(None), linear=nn.Linear(8, 1))
    assert [found.slug for found in audit(model, loss, (x, x / 9)).diagnoses] == slugs


@pytest.mark.parametrize(("reduce", "slugs"), LOSSES)
def test_a_mean_over_what_a_mask_set_to_zero(reduce, slugs):
    def loss(values, targets):
        mask = (targets != 0).float()
        return reduce((values - targets) ** 2 * mask, mask)

    x = words()
    model = Forward(lambda s, x: s.linear(s.emb(x)).squeeze(-1), emb=embedding(None), linear=nn.Linear(8, 1))
    assert [found.slug for found in audit(model, loss, (x, x / 9)).diagnoses] == slugs


def test_ordered_levels_are_no_mask():
    levels = (torch.arange(5) < torch.tensor([1, 3, 2, 4])[:, None]).float()
    report = audit(nn.Linear(3, 5), lambda s, t: -(logsigmoid(s) * t).mean(), (torch.randn(4, 3), levels))
    assert report.diagnoses == ()


def tagged(loss, targets, x=None):
    layers = {"emb": embedding(), "gru": gru(batch_first=True), "linear": nn.Linear(8, 9)}
    model = Forward(lambda s, x: s.linear(s.gru(s.emb(x))[0]), **layers)
    return [found.slug for found in audit(model, loss, (words() if x is None else x, targets)).diagnoses]


def flat(**kwargs):
    return lambda scores, targets: cross_entropy(scores.reshape(-1, 9), targets.reshape(-1), **kwargs)


def test_a_loss_that_asks_for_the_padding():
    tags = torch.randint(1, 9, (4, 6)) * (words() != 0)
    assert tagged(flat(), tags) == ["padding_asked_for"]
    assert tagged(flat(ignore_index=0), tags) == []
    # A class that occurs elsewhere as well may be meant.
    assert tagged(flat(), tags * (tags > 4)) == []
    # Of next steps there is one more that is padding.
    x = words()
    assert tagged(flat(), x[:, 1:], x[:, :-1]) == ["padding_asked_for"]
    assert tagged(flat(ignore_index=0), x[:, 1:], x[:, :-1]) == []
    # A mask by hand.
    keep = (tags != 0).reshape(-1)
    assert tagged(lambda s, y: (flat(reduction="none")(s, y) * keep).sum() / keep.sum(), tags) == []


@pytest.mark.parametrize("masked", [True, False])
def test_a_decoder_is_told_which_steps_of_its_memory_are_padding(masked):
    source, target = words(), words((5, 6, 2, 3))

    def run(model, x, y):
        causal, hidden = nn.Transformer.generate_square_subsequent_mask(y.shape[1]), x == 0
        memory = hidden if masked else None
        steps = {"src_key_padding_mask": hidden, "memory_key_padding_mask": memory, "tgt_mask": causal}
        return model.linear(model.transformer(model.emb(x), model.other(y), **steps))

    layers = {"emb": embedding(), "other": embedding(), "linear": nn.Linear(8, 9)}
    transformer = nn.Transformer(8, 2, 1, 1, 16, dropout=0.0, batch_first=True)
    model = Forward(run, transformer=transformer, **layers)
    report = audit(model, flat(ignore_index=0), ((source, target[:, :-1]), target[:, 1:]))
    assert [found.slug for found in report.diagnoses] == ([] if masked else ["padding_attended"])


@pytest.mark.parametrize("ignored", [True, False])
def test_what_was_packed_is_asked_for_its_padding(ignored):
    lengths = torch.tensor([6, 3, 4, 2])

    def run(model, x):
        steps = nn.utils.rnn.pack_padded_sequence(model.emb(x), lengths, batch_first=True, enforce_sorted=False)
        out, _ = nn.utils.rnn.pad_packed_sequence(model.gru(steps)[0], batch_first=True)
        return model.linear(out)

    tags = torch.randint(1, 9, (4, 6)) * (words() != 0)
    model = Forward(run, emb=embedding(), gru=gru(batch_first=True), linear=nn.Linear(8, 9))
    report = audit(model, flat(ignore_index=0) if ignored else flat(), (words(), tags))
    assert [found.slug for found in report.diagnoses] == ([] if ignored else ["padding_asked_for"])


PICKED_BY_LENGTH = """
{names}
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.gru, self.linear = nn.Embedding(9, 8{known}), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 5)

    def forward(self, x, lengths):
        return self.linear(self.gru(self.emb(x))[0][torch.arange(len(x)), lengths{minus}])


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for lengths in ([6, 3, 4, 2], [5, 2, 6, 3]):
    lengths = torch.tensor(lengths)
    x = torch.full((4, {width}), {filler})
    for row, size in zip(x, lengths.tolist()):
        row[:size] = torch.randint(1, 9, (size,))
    loss = F.cross_entropy(model(x, lengths), torch.tensor([0, 1, 2, 3]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ["last_padded_step"]),
        ({"width": "7"}, ["last_padded_step"]),
        ({"width": "int(lengths.max()) + 1"}, []),
        ({"width": "1 + max(lengths.tolist())"}, []),
        ({"width": "int(lengths.max()) + 1", "known": ", padding_idx=0"}, ["last_padded_step"]),
        ({"width": "int(lengths.max()) + 2"}, ["last_padded_step"]),
        ({"names": "EOS = 0", "filler": "EOS"}, []),
        ({"names": "class Config:\n    pad, eos_id = 0, 0", "filler": "Config.pad"}, []),
        ({"names": "PAD, EOS = 0, 1", "filler": "PAD"}, ["last_padded_step"]),
        ({"minus": " - 1"}, []),
    ],
)
def test_the_filler_that_ends_a_sequence_may_be_picked(changes, found):
    given = {"names": "", "known": "", "minus": "", "width": "9", "filler": "0", **changes}
    assert slugs(PICKED_BY_LENGTH.format(**given), "") == found


class Attending(nn.Module):
    def __init__(self, pool):
        super().__init__()
        self.emb, self.linear = nn.Embedding(9, 8, padding_idx=0), nn.Linear(8, 5)
        self.attend, self.pool = nn.MultiheadAttention(8, 2, batch_first=True), pool

    def forward(self, tokens):
        h = self.emb(tokens)
        h, _ = self.attend(h, h, h)
        return self.linear(self.pool(h))


def test_the_padding_is_told_to_attention_in_the_names_of_the_script():
    (found,) = audit(Attending(lambda h: h[:, 0]), nn.CrossEntropyLoss(), (words(), LABELS)).diagnoses
    assert found.fixes[0].title == "key_padding_mask=tokens == 0"
    assert found.fixes[0].edits[0].replacement.strip() == "h, _ = self.attend(h, h, h, key_padding_mask=tokens == 0)"


def test_all_that_was_tried_is_named():
    (found,) = audit(Attending(lambda h: h.mean(1)), nn.CrossEntropyLoss(), (words(), LABELS)).diagnoses
    assert found.fixes[0].title == "key_padding_mask=tokens == 0, and (h * keep).sum(1) / keep.sum(1)"
    assert found.fixes[0].edits == ()


class Rebinding(Attending):
    def forward(self, tokens):
        tokens = self.emb(tokens)
        tokens, _ = self.attend(tokens, tokens, tokens)
        return self.linear(self.pool(tokens))


def test_a_name_that_holds_something_else_by_then_tells_no_padding():
    (found,) = audit(Rebinding(lambda h: h[:, 0]), nn.CrossEntropyLoss(), (words(), LABELS)).diagnoses
    assert found.slug == "padding_attended"
    assert found.fixes[0].edits == ()


QUERIES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.queries, self.embed = nn.Parameter(torch.randn(4, 8)), nn.Embedding(30, 8, padding_idx=0)
        self.keys, self.out = nn.Linear(8, 8), nn.Linear(8, 1)

    def forward(self, ids, real):
        h, q = self.keys(self.embed(ids)), self.queries.expand(len(ids), -1, -1)
        return self.out(F.scaled_dot_product_attention(q, h, h, attn_mask={mask})).squeeze(-1)


lengths = torch.tensor([6, 3, 5, 2, 4])
batches = []
for _ in range(3):
    real = torch.arange(7) < lengths[:, None]
    batches.append(((torch.randint(1, 30, (5, 7)) * real, real), torch.randint(0, 4, (5,))))
model, criterion = Model(), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for inputs, labels in batches:
    loss = criterion(model(*inputs), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_a_mask_that_leaves_padding_alone_which_says_the_same_to_all():
    assert slugs(QUERIES.format(mask="~real[:, None]"), "") == ["mask_turned_round"]
    assert slugs(QUERIES.format(mask="real[:, None]"), "") == []
