"""Order, layout, masks, filler and spreading in several styles, each with a correct twin."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from forwards import Forward
from programs import audited, slugs
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from shapecheck import audit
from shapecheck.auditor import Auditor

LABELS = torch.tensor([0, 1, 2, 3])
ROWS = torch.arange(4)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def words(lengths=(6, 3, 4, 2), width=6):
    found = torch.randint(1, 9, (4, width))
    found[torch.arange(width) >= torch.tensor(lengths)[:, None]] = 0
    return found


def seen(run, *inputs, **layers):
    batch = (inputs if len(inputs) > 1 else inputs[0], LABELS)
    report = audit(Forward(run, **layers), nn.CrossEntropyLoss(), batch)
    return [found.slug for found in report.diagnoses]


def both(layers, kind):
    return kind(3, 8, layers, bidirectional=True, batch_first=True)


def state(s, x):
    found = s.rnn(x)[1]
    return found[0] if isinstance(found, tuple) else found


def joined(one, other):
    return torch.cat((one, other), -1)


STATES = [
    (lambda h: joined(*h.view(2, 2, 4, 8)[:, -1]), 2, nn.GRU, True),
    (lambda h: joined(h[0], h[-1]), 2, nn.LSTM, True),
    (lambda h: joined(*h.unflatten(0, (2, 3))[:, -1]), 3, nn.RNN, True),
    (lambda h: h.reshape(2, 3, 4, 8).select(1, 2).permute(1, 0, 2).flatten(1), 3, nn.GRU, True),
    (lambda h: joined(*h.view(2, 2, 4, 8)[-1]), 2, nn.GRU, False),
    (lambda h: joined(h[-2], h[-1]), 3, nn.LSTM, False),
    (lambda h: joined(*h.unflatten(0, (3, 2))[-1]), 3, nn.RNN, False),
    (lambda h: h.transpose(0, 1).flatten(1)[:, -16:], 2, nn.GRU, False),
    (lambda h: joined(h[0], h[1]), 1, nn.LSTM, False),
    (lambda h: joined(h[1], h[2]), 2, nn.GRU, True),
    (lambda h: joined(h[1], h[3]), 2, nn.GRU, False),
]


@pytest.mark.parametrize(("pick", "layers", "kind", "is_wrong"), STATES)
def test_directions_of_one_layer(pick, layers, kind, is_wrong):
    found = seen(
        lambda s, x: s.linear(pick(state(s, x))),
        torch.randn(4, 5, 3),
        rnn=both(layers, kind),
        linear=nn.Linear(16, 5),
    )
    assert found == ["state_of_lower_layer"] * is_wrong


STARTS = [
    (lambda h, s: h.view(2, 2, 4, 8)[:, 1].contiguous(), False),
    (lambda h, s: s.bridge(h.view(2, 2, 4, 8)[:, 1]).tanh(), False),
    (lambda h, s: h[1::2].contiguous(), False),
    (lambda h, s: h[1:3].contiguous(), True),
    (lambda h, s: h.view(2, 2, 4, 8)[:, 1].sum(0).expand(2, 4, 8).contiguous(), True),
]


@pytest.mark.parametrize(("start", "is_wrong"), STARTS)
def test_the_states_of_one_direction_start_a_decoder_of_as_many_layers(start, is_wrong):
    found = seen(
        lambda s, x: s.linear(s.decoder(x.flip(1), start(s.rnn(x)[1], s))[0][:, -1]),
        torch.randn(4, 5, 3),
        rnn=both(2, nn.GRU),
        decoder=nn.GRU(3, 8, 2, batch_first=True),
        bridge=nn.Linear(8, 8),
        linear=nn.Linear(8, 5),
    )
    assert found == ["state_of_lower_layer"] * is_wrong


@pytest.mark.parametrize(("rows", "is_wrong"), [((1, 3), False), ((1, 2), True)])
def test_the_states_of_one_direction_start_cells_one_by_one(rows, is_wrong):
    def run(s, x):
        h = s.rnn(x)[1].view(2, 2, 4, 8).flatten(0, 1)
        one, other = h[rows[0]], h[rows[1]]
        for step in x.unbind(1):
            one = s.low(step, one)
            other = s.high(one, other)
        return s.linear(other)

    layers = {"low": nn.GRUCell(3, 8), "high": nn.GRUCell(8, 8), "linear": nn.Linear(8, 5)}
    assert seen(run, torch.randn(4, 5, 3), rnn=both(2, nn.GRU), **layers) == ["state_of_lower_layer"] * is_wrong


LAST = [
    (lambda out: out.transpose(0, 1)[-1], True),
    (lambda out: out[:, -1:].squeeze(1), True),
    (lambda out: out[ROWS, torch.full((4,), 4)], True),
    (lambda out: joined(out[:, -1, :8], out[:, 0, 8:]), False),
    (lambda out: out.mean(1), False),
    (lambda out: out.amax(1), False),
]


@pytest.mark.parametrize(("pick", "is_wrong"), LAST)
def test_the_last_step_of_both_directions(pick, is_wrong):
    found = seen(
        lambda s, x: s.linear(pick(s.rnn(x)[0])),
        torch.randn(4, 5, 3),
        rnn=both(1, nn.GRU),
        linear=nn.Linear(16, 5),
    )
    assert found == ["last_step_of_both_directions"] * is_wrong


def pooled_words(s, h, keep):
    return s.linear((h * keep[..., None]).sum(1) / keep.sum(1, keepdim=True))


MASKS = [
    (lambda scores, keep: scores.masked_fill(~keep[:, :, None], -1e9), True),
    (lambda scores, keep: scores + (~keep).float().unsqueeze(2) * -1e9, True),
    (lambda scores, keep: torch.where(keep.unsqueeze(-1), scores, torch.full_like(scores, -1e4)), True),
    (lambda scores, keep: scores.masked_fill(~keep[:, None, :], -1e9), False),
    (lambda scores, keep: scores.masked_fill(~(keep[:, None, :] & keep[:, :, None]), -1e9), False),
    (lambda scores, keep: scores.masked_fill(~keep[:, None], -1e9).masked_fill(~keep[..., None], -1e9), False),
    (lambda scores, keep: scores.masked_fill(torch.eye(6).bool(), -1e9).masked_fill(~keep[:, :, None], -1e9), True),
    (lambda scores, keep: scores.masked_fill(torch.eye(6).bool(), -1e9).masked_fill(~keep[:, None], -1e9), False),
]


@pytest.mark.parametrize(("mask_scores", "is_wrong"), MASKS)
def test_masks_of_queries(mask_scores, is_wrong):
    def run(s, x):
        keep, h = x != 0, s.emb(x)
        scores = mask_scores(torch.einsum("bqd,bkd->bqk", s.q(h), s.k(h)), keep)
        return pooled_words(s, torch.einsum("bqk,bkd->bqd", scores.softmax(-1), h), keep)

    layers = {"emb": nn.Embedding(9, 8, padding_idx=0), "q": nn.Linear(8, 8), "k": nn.Linear(8, 8)}
    assert seen(run, words(), **layers, linear=nn.Linear(8, 5)) == ["mask_along_wrong_axis"] * is_wrong


@pytest.mark.parametrize(("axis", "is_wrong"), [(-1, True), (-2, False)])
def test_masks_of_queries_in_one_call(axis, is_wrong):
    def run(s, x):
        keep, h = x != 0, s.emb(x)
        bias = torch.zeros(4, 6, 6).masked_fill(~keep.unsqueeze(axis), -1e9)
        return pooled_words(s, functional.scaled_dot_product_attention(s.q(h), h, h, attn_mask=bias), keep)

    layers = {"emb": nn.Embedding(9, 8, padding_idx=0), "q": nn.Linear(8, 8), "linear": nn.Linear(8, 5)}
    assert seen(run, words(), **layers) == ["mask_along_wrong_axis"] * is_wrong


def filled_by_rows():
    table = torch.zeros(4, 6, dtype=torch.long)
    for row, size in zip(table, (6, 3, 4, 2), strict=True):
        row[:size] = torch.randint(1, 9, (size,))
    return table


def filled_by_index():
    table = torch.full((4, 6), 0)
    for at, size in enumerate((6, 3, 4, 2)):
        table[at, :size] = torch.randint(1, 9, (size,))
    return table


def filled_by_pad_sequence():
    words = [torch.randint(1, 9, (size,)) for size in (6, 3, 4, 2)]
    return nn.utils.rnn.pad_sequence(words, batch_first=True)


BAGS = [
    ({}, filled_by_rows, True),
    ({}, filled_by_pad_sequence, True),
    ({"padding_idx": 0}, filled_by_pad_sequence, False),
    ({"mode": "sum"}, filled_by_index, True),
    ({"padding_idx": 0}, filled_by_rows, False),
    # That rows end alike says nothing: an empty place may be meant to count.
    ({}, words, False),
    ({}, lambda: torch.randint(0, 9, (4, 6)), False),
]


@pytest.mark.parametrize(("given", "tokens", "is_wrong"), BAGS)
def test_filler_in_bags(given, tokens, is_wrong):
    model = nn.Sequential(nn.EmbeddingBag(9, 8, **given), nn.Linear(8, 5))
    auditor = Auditor()
    auditor.start()
    model(torch.ones(4, 6, dtype=torch.long)).sum().backward()
    for _ in range(2):
        functional.cross_entropy(model(tokens()), LABELS).backward()
    auditor.stop()
    assert [told.slug for told in auditor.diagnoses] == ["padding_pooled"] * is_wrong


PICKS = [
    (lambda out, lengths: out[ROWS, lengths], True),
    (lambda out, lengths: out.gather(1, lengths.view(-1, 1, 1).expand(-1, 1, 8)).squeeze(1), True),
    (lambda out, lengths: out[ROWS, lengths - 1], False),
    (lambda out, lengths: out.gather(1, (lengths - 1).view(-1, 1, 1).expand(-1, 1, 8)).squeeze(1), False),
]


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
@pytest.mark.parametrize(("pick", "is_wrong"), PICKS)
def test_the_step_of_a_length(kind, pick, is_wrong):
    found = seen(
        lambda s, x, n: s.linear(pick(s.rnn(s.emb(x))[0], n)),
        words(width=7),
        torch.tensor((6, 3, 4, 2)),
        emb=nn.Embedding(9, 8),
        rnn=kind(8, 8, batch_first=True),
        linear=nn.Linear(8, 5),
    )
    assert found == ["last_padded_step"] * is_wrong


SPREADS = [
    (lambda h, n: h.sum(1) / n, True),
    (lambda h, n: h.sum(1) * n.rsqrt(), True),
    (lambda h, n: h.sum(1) - n, True),
    (lambda h, n: h.sum(1) / n[:, None], False),
    (lambda h, n: torch.einsum("btf,b->bf", h, 1 / n), False),
    (lambda h, n: h.sum(1) - h.sum(1).mean(0), False),
]


@pytest.mark.parametrize(("pool", "is_wrong"), SPREADS)
def test_one_number_a_sample(pool, is_wrong):
    found = seen(
        lambda s, x: s.linear(pool(s.emb(x), (x != 0).sum(1).float())),
        words(),
        emb=nn.Embedding(9, 4, padding_idx=0),
        linear=nn.Linear(4, 5),
    )
    assert found == ["spread_along_other_axis"] * is_wrong


def test_a_table_of_pairs_that_is_as_wide_as_long_is_meant():
    def run(s, x):
        one, other = s.one(x), s.other(x)
        return (one**2).sum(1, keepdim=True) + (other**2).sum(1) - 2 * one @ other.t()

    assert seen(run, torch.randn(4, 3), one=nn.Linear(3, 4), other=nn.Linear(3, 4)) == []


def last_state(s, packed, order):
    return s.rnn(packed)[1][-1]


def pooled(s, packed, order):
    out, lengths = pad_packed_sequence(s.rnn(packed)[0], batch_first=True)
    return out.sum(1) / lengths[:, None]


ORDERS = [
    (lambda n: n.sort(descending=True).indices, last_state, True),
    (lambda n: torch.argsort(-n), pooled, True),
    (lambda n: n.argsort(descending=True), lambda *a: last_state(*a)[a[2].argsort()], False),
    (lambda n: n.argsort(descending=True), lambda *a: torch.zeros(4, 8).index_copy(0, a[2], last_state(*a)), False),
]


@pytest.mark.parametrize(("order_of", "back", "is_wrong"), ORDERS)
def test_rows_that_were_sorted(order_of, back, is_wrong):
    def run(s, x):
        lengths = (x != 0).sum(1)
        order = order_of(lengths)
        packed = pack_padded_sequence(s.emb(x)[order], lengths[order], batch_first=True)
        return s.linear(back(s, packed, order))

    layers = {"emb": nn.Embedding(9, 8), "rnn": nn.GRU(8, 8, batch_first=True), "linear": nn.Linear(8, 5)}
    assert seen(run, words((3, 6, 2, 4)), **layers) == ["rows_in_another_order"] * is_wrong


def line_of(diagnosis):
    return Path(__file__).read_text(encoding="utf-8").splitlines()[diagnosis.place.line - 1]


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 5)


class NamedWrongly(Named):
    def forward(self, x):
        _, (memory, last) = self.lstm(x)  # noqa: RUF059
        last = last[-1]
        return self.linear(last)


class UsedWrongly(Named):
    def forward(self, x):
        _, (h, c) = self.lstm(x)
        c, h = (h, c)
        return self.linear(h[-1])


@pytest.mark.parametrize(("kind", "line"), [(NamedWrongly, "(memory, last) ="), (UsedWrongly, "linear(h[-1])")])
def test_a_pair_is_named_wrongly_or_used_wrongly(kind, line):
    report = audit(kind(), nn.CrossEntropyLoss(), (torch.randn(4, 5, 3), LABELS))
    assert [found.slug for found in report.diagnoses] == ["cell_state_for_hidden"]
    assert line in line_of(report.diagnoses[0])


def test_a_layer_inside_a_sequential_is_told_where_it_is_made():
    model = nn.Sequential(
        nn.Linear(3, 4),
        nn.Sigmoid(),
    )
    report = audit(model, nn.BCEWithLogitsLoss(), (torch.randn(4, 3), torch.rand(4, 4)))
    assert [found.slug for found in report.diagnoses] == ["activation_twice"]


PACKED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.linear = nn.GRU(3, 8, batch_first=True, bidirectional=True), nn.Linear(16, 5)

    def forward(self, x):
        lengths = torch.tensor([5, 7, 2, 4])
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, h_n = self.gru(packed)
        out, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
        return self.linear({ends})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 7, 3), torch.randint(0, 5, (4,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("ends", "found"),
    [
        ("out[torch.arange(4), lengths - 1]", ["last_step_of_both_directions"]),
        ("out.gather(1, (lengths - 1).view(4, 1, 1).expand(4, 1, 16)).squeeze(1)", ["last_step_of_both_directions"]),
        ("torch.cat([out[torch.arange(4), lengths - 1, :8], out[:, 0, 8:]], 1)", []),
        ("torch.cat([h_n[0], h_n[1]], 1)", []),
        # Some step in the middle of a sequence, of which both directions have read something.
        ("out[torch.arange(4), lengths // 2]", []),
    ],
)
def test_the_last_real_step_of_both_directions(ends, found):
    assert slugs(PACKED.format(ends=ends)) == found


FOLDED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.linear = nn.Embedding(9, 8), nn.Linear(8, 3)
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))

    def heads(self, x):
        return x.view({size}, 6, 4, 2).transpose(1, 2).reshape({size} * 4, 6, 2)

    def forward(self, words):
        x = self.embed(words)
        query, key, value = self.heads(self.query(x)), self.heads(self.key(x)), self.heads(self.value(x))
        out = (query @ key.mT).softmax(-1) @ value
        out = out.view({sizes}, 6, 2).{turn}
        return self.linear(out.reshape({size}, 6, 8).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 9, ({size}, 6)), torch.randint(0, 3, ({size},))) for _ in range(3)]
"""


@pytest.mark.parametrize("size", [5, 3])
def test_heads_that_are_unfolded_in_the_other_order(size):
    wrong = FOLDED.format(size=size, sizes=f"4, {size}", turn="transpose(1, 2)")
    found = audited(wrong)
    assert [slug for slug, _ in found] == ["reshaped_instead_of_permuted"]
    assert found[0][1] == [f"        out = out.view({size}, 4, 6, 2).transpose(1, 2)\n"]
    right = FOLDED.format(size=size, sizes=f"{size}, 4", turn="transpose(1, 2)")
    assert slugs(right) == []
