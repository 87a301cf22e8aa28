"""Masked sums and what they are divided by; each wrong way beside the right ones."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward, words
from torch import nn

from shapecheck import audit


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def tagger():
    layers = {"embedding": nn.Embedding(9, 8), "linear": nn.Linear(8, 9)}
    return Forward(lambda model, x: model.linear(model.embedding(x)), **layers)


def surprise(scores, labels):
    return -scores.log_softmax(-1).gather(-1, labels.unsqueeze(-1)).squeeze(-1)


def at_once(count):
    def loss(scores, labels):
        mask = (labels != 0).float()
        return (surprise(scores, labels) * mask).sum() / count(labels, mask)

    return loss


def flat(count):
    def loss(scores, labels):
        losses, mask = surprise(scores, labels).reshape(-1), (labels != 0).float().reshape(-1)
        return (losses * mask).sum() / count(labels, mask)

    return loss


def by_step(count):
    def loss(scores, labels):
        weight = torch.ones(9)
        weight[0] = 0
        total, number = 0.0, 0
        for at in range(labels.shape[1]):
            mask = weight[labels[:, at]]
            total = total + (surprise(scores[:, at], labels[:, at]) * mask).sum()
            number = number + count(labels[:, at], mask)
        return total / number

    return loss


def samples(labels, _):
    return len(labels)


COUNTS = [
    (lambda labels, mask: labels.numel(), True),
    (lambda labels, mask: torch.tensor(float(labels.numel())), True),
    (lambda labels, mask: mask.sum(), False),
    (samples, False),
    (lambda labels, mask: 2 * labels.numel(), False),
]


@pytest.mark.parametrize("summed", [at_once, flat, by_step])
@pytest.mark.parametrize(("count", "is_wrong"), COUNTS)
def test_what_a_mask_leaves_out_is_not_counted(summed, count, is_wrong):
    # All positions of one step are its samples.
    is_wrong |= summed is by_step and count is samples
    given = words()
    model = Forward(
        lambda model, x: model.linear(model.embedding(x)), embedding=nn.Embedding(9, 8), linear=nn.Linear(8, 9)
    )
    slugs = [found.slug for found in audit(model, summed(count), (given, given)).diagnoses]
    assert ("padding_in_mean" in slugs) == is_wrong


def test_a_mask_that_is_no_padding_may_be_counted():
    given = torch.randint(1, 9, (4, 6))

    def loss(scores, labels):
        return (surprise(scores, labels) * (labels != 3).float()).sum() / labels.numel()

    model = Forward(
        lambda model, x: model.linear(model.embedding(x)), embedding=nn.Embedding(9, 8), linear=nn.Linear(8, 9)
    )
    assert "padding_in_mean" not in [found.slug for found in audit(model, loss, (given, given)).diagnoses]


def test_a_triangle_of_pairs_may_be_counted():
    def loss(scores, labels):
        return (scores.tanh() * torch.ones(6, 6).tril()).sum() / labels.numel()

    model = Forward(lambda model, x: model.linear(x) @ model.linear(x).t(), linear=nn.Linear(3, 8))
    slugs = [found.slug for found in audit(model, loss, (torch.randn(6, 3), torch.randn(6, 6))).diagnoses]
    assert "padding_in_mean" not in slugs


SUMS = [
    (lambda losses, mask: losses.sum() / mask.sum(), True),
    (lambda losses, mask: -(-losses).sum() / mask.sum().clamp(min=1), True),
    (lambda losses, mask: (losses.sum(1) / (mask.sum(1) + 1e-8)).mean(), True),
    (lambda losses, mask: (losses * mask).sum() / mask.sum(), False),
    (lambda losses, mask: losses.masked_fill(mask == 0, 0.0).sum() / mask.sum(), False),
    (lambda losses, mask: losses[mask > 0].sum() / mask.sum(), False),
    (lambda losses, mask: losses.sum() / mask.numel(), False),
]


@pytest.mark.parametrize(("reduce", "is_wrong"), SUMS)
def test_a_sum_over_all_by_the_number_of_some(reduce, is_wrong):
    def loss(scores, labels):
        return reduce(surprise(scores, labels), (labels != 0).float())

    given = words()
    slugs = [found.slug for found in audit(tagger(), loss, (given, given)).diagnoses]
    assert ("summed_beyond_the_mask" in slugs) == is_wrong


BESIDE = [
    (lambda gaps, mask: gaps.sum() / mask.expand_as(gaps).sum(), True),
    (lambda gaps, mask: gaps.sum() / mask.expand_as(gaps).float().sum(), True),
    (lambda gaps, mask: (gaps * mask).sum() / mask.expand_as(gaps).sum(), False),
]


@pytest.mark.parametrize(("reduce", "is_wrong"), BESIDE)
def test_a_mask_with_one_number_for_each_step_beside_channels(reduce, is_wrong):
    real = torch.arange(9) < torch.tensor([9, 4, 6, 3, 7])[:, None]

    def loss(out, goal):
        return reduce((out - goal).abs(), real.unsqueeze(1).float())

    goal = torch.randn(5, 4, 9) * real.unsqueeze(1) - 4.0 * ~real.unsqueeze(1)
    given = torch.randn(5, 3, 9) * real.unsqueeze(1)
    slugs = [found.slug for found in audit(nn.Conv1d(3, 4, 1), loss, (given, goal)).diagnoses]
    assert ("summed_beyond_the_mask" in slugs) == is_wrong


GAINS = torch.linspace(-1, 1, 24).view(4, 6) ** 3


@pytest.mark.parametrize(
    ("gain", "is_wrong"),
    [
        (lambda mask: (GAINS.sum(1) / mask.sum(1))[:, None], True),
        (lambda mask: ((GAINS + 1).sum(1) / mask.sum(1).clamp(min=1)).unsqueeze(1).expand(4, 6), True),
        (lambda mask: ((GAINS * mask).sum(1) / mask.sum(1))[:, None], False),
        (lambda mask: (torch.where(mask > 0, GAINS, 0.0).sum(1) / mask.sum(1))[:, None], False),
        (lambda mask: (GAINS.sum(1) / 6)[:, None], False),
        # How much longer the longest is than each of them.
        (lambda mask: (torch.ones(4, 6).sum(1) / mask.sum(1))[:, None], False),
    ],
)
def test_what_weighs_a_loss_is_no_sum_over_padding_either(gain, is_wrong):
    def loss(scores, labels):
        mask = (labels != 0).float()
        return (surprise(scores, labels) * gain(mask) * mask).sum() / mask.sum()

    given = words()
    slugs = [found.slug for found in audit(tagger(), loss, (given, given)).diagnoses]
    assert ("summed_beyond_the_mask" in slugs) == is_wrong


@pytest.mark.parametrize(("reduce", "is_wrong"), SUMS)
def test_a_mask_that_leaves_out_what_others_have_said_as_well(reduce, is_wrong):
    given = words()
    mask = (given != 0).float()
    mask[:, 1] = 0
    targets = given, mask
    slugs = [
        found.slug
        for found in audit(tagger(), lambda s, t: reduce(surprise(s, t[0]), t[1]), (given, targets)).diagnoses
    ]
    assert ("summed_beyond_the_mask" in slugs) == is_wrong


@pytest.mark.parametrize("is_wrong", [True, False])
def test_a_mask_that_was_made_one_row_of_all_sequences(is_wrong):
    given = words()
    mask = (given != 0).float()
    mask[:, 1] = 0

    def loss(scores, targets):
        labels, kept = (one.reshape(-1) for one in targets)
        losses = nn.functional.cross_entropy(scores.reshape(-1, 9), labels, reduction="none")
        return (losses if is_wrong else losses * kept).sum() / kept.sum()

    slugs = [found.slug for found in audit(tagger(), loss, (given, (given, mask))).diagnoses]
    assert ("summed_beyond_the_mask" in slugs) == is_wrong


def test_a_mask_of_some_steps_of_full_rows_is_none_of_filler():
    given, mask = torch.randint(1, 9, (4, 6)), torch.ones(4, 6)
    mask[:, 1] = mask[2:, 4:] = 0
    slugs = [
        found.slug
        for found in audit(
            tagger(), lambda s, t: surprise(s, t[0]).sum() / t[1].sum(), (given, (given, mask))
        ).diagnoses
    ]
    assert "summed_beyond_the_mask" not in slugs


def test_a_loss_over_all_boxes_by_the_number_of_those_with_an_object_is_meant():
    def loss(scores, labels):
        found = (labels != 0).float()
        return surprise(scores, labels).sum() / found.sum()

    given, labels = torch.randint(1, 9, (4, 6)), torch.randint(1, 9, (4, 6))
    labels[torch.rand(4, 6) < 0.4] = 0
    slugs = [found.slug for found in audit(tagger(), loss, (given, labels)).diagnoses]
    assert "summed_beyond_the_mask" not in slugs


def standardised(spread, over=None):
    """Sequences that are brought to mean zero and spread one by a count of their own, in front of a layer."""

    def forward(model, x, lengths):
        hidden = torch.arange(x.shape[1])[None, :, None] >= lengths[:, None, None]
        count = lengths.view(-1, 1, 1).float() if over is None else over(x)
        centred = x - x.sum(1, keepdim=True) / count
        return model.linear(spread(centred, hidden, count)).squeeze(-1).sum(1)

    return Forward(forward, linear=nn.Linear(3, 1))


def by_squares(centred, hidden, count):
    return centred / (centred.pow(2).sum(dim=1, keepdim=True) / count).sqrt()


def by_distances(centred, hidden, count):
    return centred / (torch.sum(centred.abs(), 1, keepdim=True) / count.clamp(min=1))


def by_squares_of_the_rest(centred, hidden, count):
    return by_squares(centred.masked_fill(hidden, 0.0), hidden, count)


@pytest.mark.parametrize(
    ("spread", "over", "is_wrong"),
    [
        (by_squares, None, True),
        (by_distances, None, True),
        (by_squares_of_the_rest, None, False),
        (by_squares, lambda x: torch.tensor(7.0), False),
        # One number a sample that is not how long it is.
        (by_squares, lambda x: x.abs().amax((1, 2), keepdim=True), False),
    ],
)
def test_what_is_left_in_padding_when_a_mean_is_taken_off_is_summed_over(spread, over, is_wrong):
    torch.manual_seed(0)
    rows = [torch.randn(size, 3) + 4 for size in (7, 3, 5, 4, 6)]
    padded, lengths = nn.utils.rnn.pad_sequence(rows, batch_first=True), torch.tensor([len(row) for row in rows])
    batch = ((padded, lengths), torch.randn(5))
    slugs = [found.slug for found in audit(standardised(spread, over), nn.functional.mse_loss, batch).diagnoses]
    assert ("summed_beyond_the_mask" in slugs) == is_wrong


def test_a_sum_over_features_by_a_number_that_is_as_long_is_no_sum_over_steps():
    def forward(model, x, lengths):
        share = (x + 1).sum(2, keepdim=True) / lengths.view(-1, 1, 1)
        return model.linear(share.squeeze(-1)).squeeze(-1)

    rows = [torch.randn(size, 3) for size in (7, 3, 5, 4, 6)]
    padded, lengths = nn.utils.rnn.pad_sequence(rows, batch_first=True), torch.tensor([len(row) for row in rows])
    model = Forward(forward, linear=nn.Linear(7, 1))
    slugs = [
        found.slug for found in audit(model, nn.functional.mse_loss, ((padded, lengths), torch.randn(5))).diagnoses
    ]
    assert "summed_beyond_the_mask" not in slugs


def rollouts(filler=0):
    """Answers behind a prompt of three tokens, filled up behind their end, and where they stand."""
    ids, ends = torch.randint(2, 9, (6, 12)), torch.tensor([7, 11, 5, 9, 4, 8])
    at = torch.arange(12)
    ids[at > ends[:, None]] = filler
    return ids, ((at >= 3) & (at <= ends[:, None]))[:, 1:].float()


def of_next_tokens(model, ids):
    scores = model.linear(model.rnn(model.embedding(ids[:, :-1]))[0])
    return surprise(scores, ids[:, 1:])


def writer(run=of_next_tokens):
    layers = {"embedding": nn.Embedding(9, 8), "rnn": nn.GRU(8, 8, batch_first=True), "linear": nn.Linear(8, 9)}
    return Forward(run, **layers)


def policy(losses):
    return losses * torch.linspace(-1, 1, 6)[:, None]


@pytest.mark.parametrize("filler", [0, 1])
@pytest.mark.parametrize(
    ("loss", "is_wrong"),
    [
        (lambda losses, mask: losses.sum() / mask.sum(), True),
        (lambda losses, mask: policy(losses).sum() / mask.sum().clamp(min=1), True),
        (lambda losses, mask: (losses * mask).sum() / mask.sum(), False),
        (lambda losses, mask: policy(losses)[mask.bool()].sum() / mask.sum(), False),
        (lambda losses, mask: losses.sum() / losses.numel(), False),
        (lambda losses, mask: (losses * mask).sum(1).mean(), False),
    ],
)
def test_answers_are_cut_out_of_what_holds_the_filler(loss, is_wrong, filler):
    ids, mask = rollouts(filler)
    slugs = [found.slug for found in audit(writer(), loss, (ids, mask)).diagnoses]
    assert ("summed_beyond_the_mask" in slugs) == is_wrong
    assert is_wrong or slugs == []


def test_an_answer_with_no_filler_behind_it_may_be_counted_by_another_number():
    """The mask chooses steps of full rows: what it leaves out is as real."""
    _, mask = rollouts()
    loss = lambda losses, mask: losses.sum() / mask.sum()  # noqa: E731
    assert audit(writer(), loss, (torch.randint(0, 9, (6, 12)), mask)).diagnoses == ()


def pooled(share, *, bias=True, padded=12):
    """Sets of items in more places than any of them has, put through a layer item by item, and summed up."""
    count = torch.tensor([4, 9, 6, 3, 7])
    real = (torch.arange(padded)[None, :] < count[:, None]).unsqueeze(-1)

    def forward(model, x, count):
        return model.read(share(torch.relu(model.each(x)), count.float().unsqueeze(1), real))

    model = Forward(forward, each=nn.Linear(3, 6, bias=bias), read=nn.Linear(6, 1))
    return model, ((torch.randn(5, padded, 3) * real, count), torch.randn(5, 1))


@pytest.mark.parametrize(
    ("share", "bias", "is_wrong"),
    [
        (lambda h, count, real: h.sum(1) / count, True, True),
        (lambda h, count, real: h.sum(1) / count.sqrt(), True, True),
        (lambda h, count, real: (h * real).sum(1) / count.sqrt(), True, False),
        (lambda h, count, real: h.sum(1) / (count + 1), True, False),
        # Zeros stay zeros.
        (lambda h, count, real: h.sum(1) / count, False, False),
    ],
)
def test_what_a_layer_makes_of_empty_places_is_summed(share, bias, is_wrong):
    model, batch = pooled(share, bias=bias)
    slugs = [found.slug for found in audit(model, nn.functional.mse_loss, batch).diagnoses]
    assert slugs == ["summed_beyond_the_mask"] * is_wrong
