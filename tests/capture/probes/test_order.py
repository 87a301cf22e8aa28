"""The order of rows: copies, joined steps, picked samples; each wrong way beside the right one."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from programs import slugs as found_in
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, TensorDataset

from shapecheck import audit
from shapecheck.auditor import Auditor


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def seen(model, loss, batch):
    return [found.slug for found in audit(model, loss, batch).diagnoses]


COPIES = [
    (lambda c, n: c.repeat(n, 1), True),
    (lambda c, n: c.tile(n, 1), True),
    (lambda c, n: torch.cat([c] * n), True),
    (lambda c, n: c[None].expand(n, -1, -1).reshape(-1, 3), True),
    (lambda c, n: c.repeat_interleave(n, dim=0), False),
    (lambda c, n: c[:, None].expand(-1, n, -1).reshape(-1, 3), False),
    (lambda c, n: c.unsqueeze(1).repeat(1, n, 1).flatten(0, 1), False),
]


@pytest.mark.parametrize(("copied", "is_wrong"), COPIES)
def test_copies_meet_the_rows_of_their_own_sample(copied, is_wrong):
    def run(model, context, answers):
        samples, count, _ = answers.shape
        return model.linear(copied(context, count) * answers.reshape(-1, 3)).view(samples, count)

    batch = (torch.randn(4, 3), torch.randn(4, 5, 3)), torch.tensor([0, 1, 2, 3])
    slugs = seen(Forward(run, linear=nn.Linear(3, 1)), nn.CrossEntropyLoss(), batch)
    assert slugs == (["copies_in_another_order"] if is_wrong else [])


@pytest.mark.parametrize("is_wrong", [True, False])
def test_copies_and_rows_with_the_draws_in_front(is_wrong):
    def run(model, x, draws):
        copies = x.repeat_interleave(6, dim=0) if is_wrong else x.repeat(6, 1)
        return model.linear(copies + draws.view(24, 3)).view(6, 4).mean(0)

    batch = (torch.randn(4, 3), torch.randn(6, 4, 3)), torch.randn(4)
    slugs = seen(Forward(run, linear=nn.Linear(3, 1)), mse_loss, batch)
    assert slugs == (["copies_in_another_order"] if is_wrong else [])


def test_all_pairs_are_no_copies_out_of_order():
    def run(model, one, other):
        return model.linear(one.repeat_interleave(3, 0) * other.repeat(5, 1)).squeeze(-1)

    batch = (torch.randn(5, 3), torch.randn(3, 3)), torch.rand(5, 3)
    assert seen(Forward(run, linear=nn.Linear(3, 1)), lambda s, t: mse_loss(s, t.reshape(-1)), batch) == []


@pytest.mark.parametrize(("cut", "slugs"), [((4, 5), ["copies_in_another_order"]), ((5, 4), [])])
def test_copies_are_cut_apart_as_they_were_made(cut, slugs):
    def run(model, x):
        out = model.linear(x.repeat(5, 1).tanh() + torch.linspace(0, 1, 20)[:, None])
        return out.view(cut).mean(1 if cut == (4, 5) else 0)

    assert seen(Forward(run, linear=nn.Linear(3, 1)), mse_loss, (torch.randn(4, 3), torch.randn(4))) == slugs


def each_step(model, x):
    state, outputs = x.new_zeros(len(x), 8), []
    for step in x.unbind(1):
        state = model.cell(step, state)
        outputs.append(model.linear(state))
    return outputs


JOINS = [
    (lambda outputs: torch.cat(outputs), True),
    (lambda outputs: torch.stack(outputs), True),
    (lambda outputs: torch.stack(outputs, 1), False),
    (lambda outputs: torch.cat([out.unsqueeze(1) for out in outputs], 1), False),
]


@pytest.mark.parametrize(("join", "is_wrong"), JOINS)
def test_steps_are_joined_in_the_order_of_the_labels(join, is_wrong):
    model = Forward(lambda s, x: join(each_step(s, x)), cell=nn.GRUCell(3, 8), linear=nn.Linear(8, 5))
    batch = torch.randn(4, 7, 3), torch.randint(0, 5, (4, 7))
    slugs = seen(model, lambda s, y: cross_entropy(s.reshape(-1, 5), y.reshape(-1)), batch)
    assert slugs == (["rows_in_another_order"] if is_wrong else [])


@pytest.mark.parametrize("is_wrong", [True, False])
def test_packed_rows_meet_packed_labels(is_wrong):
    lengths = torch.tensor([7, 5, 4, 2])
    mask = torch.arange(7) < lengths[:, None]

    def run(model, x, lengths):
        packed, _ = model.gru(pack_padded_sequence(x, lengths, batch_first=True))
        return model.linear(packed.data)

    def loss(scores, labels):
        rows = labels[mask] if is_wrong else pack_padded_sequence(labels, lengths, batch_first=True).data
        return cross_entropy(scores, rows)

    batch = (torch.randn(4, 7, 3), lengths), torch.randint(0, 5, (4, 7))
    slugs = seen(Forward(run, gru=nn.GRU(3, 8, batch_first=True), linear=nn.Linear(8, 5)), loss, batch)
    assert slugs == (["rows_in_another_order"] if is_wrong else [])


@pytest.mark.parametrize("is_wrong", [True, False])
def test_what_was_sorted_is_put_back(is_wrong):
    def run(model, x, lengths):
        lengths, order = lengths.sort(descending=True)
        _, last = model.gru(pack_padded_sequence(x[order], lengths, batch_first=True))
        out = model.linear(last[-1])
        return out if is_wrong else out[order.argsort()]

    batch = (torch.randn(4, 7, 3), torch.tensor([4, 7, 2, 5])), torch.tensor([0, 1, 2, 3])
    model = Forward(run, gru=nn.GRU(3, 8, batch_first=True), linear=nn.Linear(8, 5))
    slugs = seen(model, nn.CrossEntropyLoss(), batch)
    assert slugs == (["rows_in_another_order"] if is_wrong else [])


def shuffled_before(x, y, *, one):
    first = torch.randperm(12)
    x, y = x[first], y[first if one else torch.randperm(12)]
    return [(x[at : at + 4], y[at : at + 4]) for at in (0, 4, 8)]


def shuffled_by_index(x, y, *, one):
    first = torch.randperm(12)
    second = first if one else torch.randperm(12)
    return [(x[a], y[b]) for a, b in zip(first.split(4), second.split(4), strict=True)]


def loaded(x, y, *, one):
    if one:
        return DataLoader(TensorDataset(x, y), 4, shuffle=True)
    parts = [DataLoader(TensorDataset(part), 4, shuffle=True) for part in (x, y)]
    return [(a, b) for (a,), (b,) in zip(*parts, strict=True)]


def trained(pairs, loss_of):
    auditor = Auditor()
    auditor.start()
    data = torch.randn(12, 9)
    model = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for x, y in pairs(data[:, :6], data[:, 6:]):
        loss = loss_of(model, x, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    auditor.stop()
    return [found.slug for found in auditor.diagnoses]


@pytest.mark.parametrize("pairs", [shuffled_before, shuffled_by_index, loaded])
def test_inputs_and_targets_are_shuffled_together(pairs):
    def loss_of(model, x, y):
        return mse_loss(model(x), y)

    assert trained(lambda x, y: pairs(x, y, one=False), loss_of) == ["shuffled_apart"]
    assert trained(lambda x, y: pairs(x, y, one=True), loss_of) == []


@pytest.mark.parametrize(("turn", "is_wrong"), [("torch.randperm(12)", True), ("first", False)])
def test_rows_are_cut_out_of_what_was_shuffled_where_they_are_used(turn, is_wrong):
    body = "model, data = nn.Linear(6, 3), torch.randn(12, 9)\nx, y = data[:, :6], data[:, 6:]\n"
    train = f"""
for epoch in range(2):
    first = torch.randperm(12)
    x = x[first]
    y = y[{turn}]
    for at in range(0, 12, 4):
        loss = F.mse_loss(model(x[at : at + 4]), y[at : at + 4])
        model.zero_grad()
        loss.backward()
"""
    assert found_in(body, train) == ["shuffled_apart"] * is_wrong


def test_mixed_pairs_are_shuffled_apart_on_purpose():
    def loss_of(model, x, y):
        other = torch.randperm(4)
        out = model(0.3 * x + 0.7 * x[other])
        return 0.3 * mse_loss(out, y) + 0.7 * mse_loss(out, y[other])

    assert trained(lambda x, y: shuffled_by_index(x, y, one=True), loss_of) == []

    def two(x, y):
        pairs = TensorDataset(x, y)
        loaders = [DataLoader(pairs, 4, shuffle=True) for _ in range(2)]
        return [((x, u), (y, v)) for (x, y), (u, v) in zip(*loaders, strict=True)]

    def mixed(model, x, y):
        out = model(0.3 * x[0] + 0.7 * x[1])
        return 0.3 * mse_loss(out, y[0]) + 0.7 * mse_loss(out, y[1])

    assert trained(two, mixed) == []


def test_a_few_pixels_with_the_same_target_in_all_samples_are_no_other_order():
    program = """
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))
    border = torch.ones(6, 6, dtype=torch.bool)
    border[1:, 1:-1] = False
    def criterion(scores, masks):
        known = masks.masked_fill(border, 0.0)
        shares, wanted = scores.sigmoid().flatten(1), known.flatten(1)
        overlap = 2 * (shares * wanted).sum(1) / (shares.sum(1) + wanted.sum(1))
        return 1 - overlap.mean() + nn.functional.binary_cross_entropy_with_logits(scores, known)
    batches = [(torch.randn(5, 1, 6, 6), torch.randint(0, 2, (5, 1, 6, 6)).float()) for _ in range(3)]
    """
    assert found_in(program.replace("[1:, 1:-1]", "[:, 1:]")) == []
    assert found_in(program) == []


TURNED = """
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.out = nn.Embedding(30, 8), nn.LSTM(8, 8), nn.Linear(8, 3)

    def forward(self, words):
        return self.out(self.rnn({given})[0])


def criterion(scores, tags):
    return {loss}


model = Tagger()
batches = [({words}, torch.randint(0, 3, (12, 18))) for _ in range(3)]
"""
WORDS = {"words": "torch.randint(0, 30, (12, 18)){turned}", "given": "self.table(words)"}
NUMBERS = {"words": "torch.randn(12, 18, 8){turned}", "given": "words"}


@pytest.mark.parametrize("kind", [WORDS, NUMBERS], ids=["words", "numbers"])
@pytest.mark.parametrize(
    ("turned", "loss", "found"),
    [
        (".transpose(0, 1)", "F.cross_entropy(scores.reshape(-1, 3), tags.reshape(-1))", True),
        (".transpose(0, 1)", "F.cross_entropy(scores.flatten(0, 1), tags.flatten())", True),
        (".transpose(0, 1)", "F.cross_entropy(scores.reshape(-1, 3), tags.t().reshape(-1))", False),
        (".transpose(0, 1)", "F.cross_entropy(scores.transpose(0, 1).reshape(-1, 3), tags.reshape(-1))", False),
        (".transpose(0, 1)", "F.cross_entropy(scores.permute(1, 2, 0), tags)", False),
    ],
)
def test_the_words_are_turned_and_the_tags_are_not(kind, turned, loss, found):
    words = kind["words"].format(turned=turned)
    program = TURNED.format(given=kind["given"], loss=loss, words=words)
    # That it may ask which axis holds the samples is no finding.
    seen = [slug for slug in found_in(program) if slug != "samples_or_steps"]
    assert seen == (["rows_in_another_order"] if found else [])


CUT_BEFORE = """
stream = torch.randint(0, 30, (12 * 41,)).view(12, -1).t().contiguous()


def batch(at, steps=8):
    words, follow = stream[at : at + steps], stream[at + 1 : at + steps + 1]
    return words{given}, follow{wanted}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(30, 8), nn.Linear(8, 30)
        self.rnn = nn.GRU(8, 8, batch_first={first})

    def forward(self, words):
        return self.out(self.rnn(self.table(words))[0])


criterion = lambda scores, y: F.cross_entropy(scores.reshape(-1, 30), y)
model = Model()
batches = [batch(at) for at in (0, 8, 16)]
"""


@pytest.mark.parametrize(
    ("given", "wanted", "first", "found"),
    [
        (".t()", ".reshape(-1)", True, True),
        (".t()", ".flatten()", True, True),
        (".t()", ".t().reshape(-1)", True, False),
        ("", ".reshape(-1)", False, False),
        ("", ".t().reshape(-1)", False, True),
    ],
)
def test_targets_that_were_cut_before_the_model_was_called(given, wanted, first, found):
    program = CUT_BEFORE.format(given=given, wanted=wanted, first=first)
    seen = [slug for slug in found_in(program) if slug != "samples_or_steps"]
    assert seen == (["rows_in_another_order"] if found else [])


def test_of_as_many_samples_as_steps_nobody_knows_which_are_which():
    program = """
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn, self.out = nn.Embedding(30, 8), nn.LSTM(8, 8), nn.Linear(8, 3)

        def forward(self, words):
            return self.out(self.rnn(self.table(words))[0]).transpose(0, 1)


    criterion = lambda scores, tags: F.cross_entropy(scores.reshape(-1, 3), tags.reshape(-1))
    model = Tagger()
    batches = [(torch.randint(0, 30, (12, 12)).t(), torch.randint(0, 3, (12, 12))) for _ in range(3)]
    """
    assert "rows_in_another_order" not in found_in(program)
