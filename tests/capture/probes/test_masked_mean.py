"""Means over what a mask has set to zero, whichever axis the steps lie along; each wrong one beside right ones."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from programs import slugs as found_in
from torch import nn
from torch.nn.functional import adaptive_avg_pool1d

from shapecheck import audit

LENGTHS = (9, 4, 6, 3)
LABELS = torch.tensor([0, 1, 2, 3])


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def sequences(lengths, width):
    """Four sequences of numbers of seven features, with zeros behind them, and how long each is."""
    x = torch.randn(4, width, 7)
    x[torch.arange(width) >= torch.tensor(lengths)[:, None]] = 0
    return x, torch.tensor(lengths)


def kept(lengths, width):
    return (torch.arange(width) < lengths[:, None]).float()


def statistics(h, _, n):
    mean = h.mean(-1)
    return mean + (h - mean.unsqueeze(-1)).pow(2).mean(-1)


def statistics_of_the_kept(h, keep, n):
    mean = (h * keep).sum(-1) / n[:, None]
    return mean + ((h - mean.unsqueeze(-1)).pow(2) * keep).sum(-1) / n[:, None]


def of_channels(pool, lengths=LENGTHS, width=9):
    """Channels in front of the steps, as convolutions have them, and a mask behind each of these."""

    def run(model, x, n):
        keep = kept(n, width).unsqueeze(1)
        h = torch.relu(model.first(x)) * keep
        return model.linear(pool(torch.relu(model.second(h)) * keep, keep, n))

    layers = {"first": nn.Conv1d(7, 8, 3, padding=1), "second": nn.Conv1d(8, 8, 3, padding=1)}
    x, n = sequences(lengths, width)
    model = Forward(run, linear=nn.Linear(8, 5), **layers)
    return [found.slug for found in audit(model, nn.CrossEntropyLoss(), ((x.transpose(1, 2), n), LABELS)).diagnoses]


POOLS = [
    (lambda h, keep, n: h.mean(2), ["padding_in_mean"]),
    (lambda h, keep, n: adaptive_avg_pool1d(h, 1).squeeze(-1), ["padding_in_mean"]),
    (statistics, ["padding_in_mean"]),
    (statistics_of_the_kept, []),
    (lambda h, keep, n: h.sum(2) / keep.sum(2), []),
    (lambda h, keep, n: h.mean(2) / keep.mean(2), []),
    (lambda h, keep, n: h.mean(2) * h.shape[2] / n[:, None], []),
    (lambda h, keep, n: h.amax(2), []),
    (lambda h, keep, n: adaptive_avg_pool1d(h, 3).amax(2), []),
]


@pytest.mark.parametrize(("pool", "slugs"), POOLS)
def test_a_pool_over_steps_that_lie_last(pool, slugs):
    assert of_channels(pool) == slugs


def test_of_a_width_that_is_the_same_in_every_batch_a_mean_may_be_meant():
    assert of_channels(lambda h, keep, n: h.mean(2), (6, 4, 5, 3)) == []


def test_a_mean_that_is_scaled_by_the_lengths_afterwards():
    def run(model, x, n):
        h = torch.relu(model.first(x)) * kept(n, 9)[:, :, None]
        return model.linear(h.mean(1) * (x.shape[1] / n)[:, None])

    def unscaled(model, x, n):
        return model.linear((torch.relu(model.first(x)) * kept(n, 9)[:, :, None]).mean(1))

    for forward, slugs in ((run, []), (unscaled, ["padding_in_mean"])):
        model = Forward(forward, first=nn.Linear(7, 8), linear=nn.Linear(8, 5))
        report = audit(model, nn.CrossEntropyLoss(), (sequences(LENGTHS, 9), LABELS))
        assert [found.slug for found in report.diagnoses] == slugs


LOSSES = [
    (lambda errors, keep: errors.mean(), ["padding_in_mean"]),
    (lambda errors, keep: errors.mean((1, 2)).mean(), ["padding_in_mean"]),
    (lambda errors, keep: errors.sum() / (keep.sum() * errors.shape[1]), []),
    (lambda errors, keep: (errors.mean(1).sum(1) / keep.sum((1, 2))).mean(), []),
    (lambda errors, keep: errors.sum(2).mean(), []),
]


@pytest.mark.parametrize(("reduced", "slugs"), LOSSES)
def test_a_loss_over_steps_that_lie_last(reduced, slugs):
    x, n = sequences(LENGTHS, 9)
    keep = kept(n, 9).unsqueeze(1)

    def loss(guess, target):
        return reduced((guess - target) ** 2 * keep, keep)

    model = nn.Sequential(nn.Conv1d(7, 8, 3, padding=1), nn.Tanh(), nn.Conv1d(8, 7, 3, padding=1))
    noisy = x.transpose(1, 2) + 0.1 * torch.randn(4, 7, 9) * keep
    assert [found.slug for found in audit(model, loss, (noisy, x.transpose(1, 2))).diagnoses] == slugs


@pytest.mark.parametrize(
    ("reduced", "slugs"), [(lambda e, m: e.mean(), ["padding_in_mean"]), (lambda e, m: e.sum() / m.sum(), [])]
)
def test_errors_that_were_added_up_behind_the_steps(reduced, slugs):
    x, n = sequences(LENGTHS, 9)
    keep = kept(n, 9)[:, :, None]
    model = Forward(lambda model, x: model.linear(x), linear=nn.Linear(7, 7))
    found = audit(model, lambda guess, y: reduced(((guess - y) ** 2 * keep).sum(-1), keep), (x, x * 2 + x.roll(1, 2)))
    assert [one.slug for one in found.diagnoses] == slugs


def laid_beside(errors, keep):
    return keep.expand_as(errors)


@pytest.mark.parametrize("spread", [laid_beside, lambda errors, keep: keep.bool().expand(-1, -1, 7)])
@pytest.mark.parametrize(
    ("reduced", "slugs"),
    [
        (lambda errors, keep: (errors * keep).mean(), ["padding_in_mean"]),
        (lambda errors, keep: (errors * keep).sum() / keep.sum().clamp_min(1), []),
        (lambda errors, keep: (errors * keep).mean() / keep.float().mean(), []),
        (lambda errors, keep: errors[keep.bool()].mean(), []),
    ],
)
def test_a_mask_that_is_laid_beside_each_number_of_a_step(spread, reduced, slugs):
    x, n = sequences(LENGTHS, 9)
    keep = kept(n, 9)[:, :, None]

    def loss(guess, target):
        errors = (guess - target).abs()
        return reduced(errors, spread(errors, keep))

    model = nn.Sequential(nn.Linear(7, 8), nn.Tanh(), nn.Linear(8, 7))
    assert [one.slug for one in audit(model, loss, (x, x * 2 + x.roll(1, 2))).diagnoses] == slugs


def test_a_mask_that_is_another_one_for_each_feature():
    x, n = sequences(LENGTHS, 9)
    seen = torch.rand(7) < 0.6
    model = Forward(lambda model, x: model.linear(x), linear=nn.Linear(7, 7))
    found = audit(model, lambda guess, y: ((guess - y) ** 2 * (kept(n, 9)[:, :, None] * seen)).mean(), (x, x * 2))
    assert [one.slug for one in found.diagnoses] == []


def real(x):
    """The mask, made anew each time of what the zeros in a batch say."""
    return (x[..., :1] != 0).float()


AGAIN = [
    (lambda errors, y: errors.mean(), ["padding_in_mean"]),
    (lambda errors, y: errors.mean() / 7, ["padding_in_mean"]),
    (lambda errors, y: errors.mean() / real(y).mean(), []),
    (lambda errors, y: errors.mean() / (y[..., 0] != 0).t().float().mean(), []),
    (lambda errors, y: errors.mean() / (1 - (y[..., 0] == 0).float().mean()), []),
    (lambda errors, y: errors.mean() / real(y).mean().item(), []),
    (lambda errors, y: errors.mean() * real(y).numel() / real(y).sum().item(), []),
    (lambda errors, y: (errors.mean((1, 2)) / real(y).mean((1, 2))).mean(), []),
]


@pytest.mark.parametrize(("reduced", "slugs"), AGAIN)
def test_a_mean_over_what_another_mask_like_it_keeps(reduced, slugs):
    x, _ = sequences(LENGTHS, 9)
    model = Forward(lambda model, x: model.linear(x), linear=nn.Linear(7, 7))
    found = audit(model, lambda guess, y: reduced((guess - y) ** 2 * real(y), y), (x, x * 2))
    assert [one.slug for one in found.diagnoses] == slugs


def spread(h, keep, share):
    mean = h.mean(1) / share[:, None]
    return ((h - mean[:, None]).pow(2) * keep).mean(1) / share[:, None]


@pytest.mark.parametrize(
    ("share", "slugs"),
    [
        (lambda x, n: real(x)[..., 0].mean(1), []),
        (lambda x, n: n / 9, []),
        (lambda x, n: torch.ones(4), ["padding_in_mean"]),
    ],
)
def test_a_variance_by_the_shares_of_the_rows(share, slugs):
    def run(model, x, n):
        keep = real(x)
        return model.linear(spread(torch.relu(model.first(x)) * keep, keep, share(x, n)))

    model = Forward(run, first=nn.Linear(7, 8), linear=nn.Linear(8, 5))
    report = audit(model, nn.CrossEntropyLoss(), (sequences(LENGTHS, 9), LABELS))
    assert [found.slug for found in report.diagnoses] == slugs


def test_tensors_that_are_read_twice_in_every_round_are_looked_through_once():
    def run(model, x, n):
        h = model.first(x)
        for _ in range(40):
            h = h + h * 0.01 * h.tanh()
        return model.linear(h.mean(1))

    model = Forward(run, first=nn.Linear(7, 8), linear=nn.Linear(8, 5))
    report = audit(model, nn.CrossEntropyLoss(), (sequences((9, 9, 9, 9), 9), LABELS))
    assert report.diagnoses == ()


TOLD = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0]).squeeze(-1)


def error(guess, wanted):
    off = (guess - wanted).abs() * known
    {told}


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
known = (torch.arange(9) < torch.tensor([9, 4, 6, 3])[:, None]).float()
x, wanted = torch.randn(4, 9, 3) * known[..., None], torch.randn(4, 9) * known
for _ in range(2):
    guess = model(x)
    loss = ((guess - wanted) ** 2 * known).sum(){over}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"{{loss.item():.4f}}", {shown})
"""
BY_MASK, TOLD_MEAN, SHOWN = " / known.sum()", "return off.mean().item()", "error(guess.detach(), wanted)"


@pytest.mark.parametrize("told", [TOLD_MEAN, "return torch.mean(off).item()"])
def test_a_mean_that_is_told_counts_what_the_loss_does_not(told):
    assert found_in(TOLD.format(told=told, over=BY_MASK, shown=SHOWN), "") == ["padding_in_mean"]


@pytest.mark.parametrize(
    ("told", "over", "shown"),
    [
        ("return (off.sum() / known.sum()).item()", BY_MASK, SHOWN),
        # It is scaled again as a number of Python's, here or where it was asked for.
        ("return off.mean().item() * known.numel() / known.sum().item()", BY_MASK, SHOWN),
        (TOLD_MEAN, BY_MASK, f"{SHOWN} / known.mean().item()"),
        ("share = off.mean().item()\n    return share", BY_MASK, SHOWN),
        # The loss does not say how many there are.
        (TOLD_MEAN, "", SHOWN),
    ],
)
def test_a_mean_that_is_told_may_be_meant(told, over, shown):
    assert found_in(TOLD.format(told=told, over=over, shown=shown), "") == []


OUTPUT = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(9, 6), nn.GRU(6, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        h = self.out(self.rnn(self.embed(x))[0])
        return {left}


def criterion(made, y):
    return {loss}


model = Model()
batches = []
for _ in range(3):
    x = torch.randint(1, 9, (4, 8))
    x[torch.arange(8) >= torch.tensor([8, 3, 5, 6])[:, None]] = 0
    batches.append((x, torch.randn(4, 8, 3) * (x != 0)[..., None]))
"""
BESIDE = "h, (x != 0).unsqueeze(-1).float()"


@pytest.mark.parametrize(
    ("left", "loss", "found"),
    [
        # The filler of the targets is zero, and so is that of the predictions: a criterion of torch is what it is.
        ("h * (x != 0).unsqueeze(-1)", "F.mse_loss(made, y)", []),
        ("h.masked_fill((x == 0)[..., None], 0.0)", "nn.MSELoss()(made, y)", []),
        ("torch.where((x != 0)[..., None], h, 0.0)", "F.smooth_l1_loss(made, y)", []),
        (BESIDE, "F.mse_loss(made[0] * made[1], y)", []),
        (BESIDE, "nn.L1Loss()(made[0] * made[1], y * made[1]) / made[1].mean()", []),
        # Both are masked for the loss.
        (BESIDE, "F.mse_loss(made[0] * made[1], y * made[1])", ["padding_in_mean"]),
        (BESIDE, "nn.L1Loss()(made[0] * made[1], torch.mul(y, made[1]))", ["padding_in_mean"]),
        (
            "h, (x == 0)[..., None]",
            "F.mse_loss(made[0].masked_fill(made[1], 0), y.masked_fill(made[1], 0.0))",
            ["padding_in_mean"],
        ),
    ],
)
def test_zeros_on_both_sides_of_a_criterion(left, loss, found):
    assert found_in(OUTPUT.format(left=left, loss=loss)) == found
