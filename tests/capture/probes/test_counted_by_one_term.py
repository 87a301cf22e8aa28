"""Losses of several terms over the same positions, of which one leaves out padding and another one counts it."""

from __future__ import annotations

import pytest
import torch
from programs import audited, slugs
from torch import nn

from shapecheck import audit

STUDENT = """
from torch.nn.utils.rnn import pad_sequence

class Tagger(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.embedding = nn.Embedding(11, width, padding_idx=0)
        self.gru = nn.GRU(width, width, batch_first={first})
        self.head, self.second = nn.Linear(width, 7), nn.Linear(width, 5)
        self.value = nn.Linear(width, 1)

    def forward(self, words):
        states = self.gru(self.embedding(words))[0]
        return self.head(states), states, self.second(states), self.value(states).squeeze(-1)


teacher, model = Tagger().requires_grad_(False).eval(), Tagger()


def criterion(out, targets):
    scores, states, others, values = out
    labels, (ideal, states_of_teacher, *_), kinds, returns = targets
    real = labels != 0
    wrong = {wrong}
    {other}
    return wrong + 0.3 * term


batches = []
for _ in range(2):
    words = [torch.randint(1, 11, (n,)) for n in (9, 4, 6, 3)]
    padded = pad_sequence(words, batch_first={first})
    labels = (padded % 6 + 1) * (padded != 0)
    kinds = padded % 3
    returns = torch.randn(padded.shape) * (padded != 0)
    batches.append((padded, (labels, teacher(padded), kinds, returns)))
"""
LABELS = "F.cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=0)"
MASKS = [
    LABELS,
    "F.cross_entropy(scores.transpose(1, 2), labels, ignore_index=0)",
    "(F.cross_entropy(scores.transpose(1, 2), labels, reduction='none') * real).sum() / real.sum()",
    "F.cross_entropy(scores.transpose(1, 2), labels, reduction='none')[real].mean()",
    "F.cross_entropy(scores.transpose(1, 2), labels, reduction='none').masked_fill(~real, 0.0).sum() / real.sum()",
    "F.cross_entropy(scores[real], labels[real])",
]
COUNTS = [
    "term = F.kl_div(scores.log_softmax(-1), ideal.softmax(-1), reduction='none').sum(-1).mean()",
    "term = F.kl_div(scores.flatten(0, 1).log_softmax(-1), ideal.flatten(0, 1).softmax(-1), reduction='batchmean')",
    "term = F.mse_loss(states, states_of_teacher)",
    "term = (states - states_of_teacher).pow(2).mean(-1).mean()",
    "term = (1 - F.cosine_similarity(states, states_of_teacher, dim=-1)).mean()",
    "term = -(-(scores.softmax(-1) * scores.log_softmax(-1)).sum(-1)).mean()",
    "term = torch.distributions.Categorical(logits=scores).entropy().mean()",
    "term = F.cross_entropy(others.transpose(1, 2), kinds)",
    "term = F.mse_loss(values, returns)",
    "term = nn.SmoothL1Loss()(values, returns)",
    "term = (values - returns).square().mean()",
    "term = torch.distributions.kl_divergence({0}(others, others.exp()), {0}(states[..., :5], 1.0)).mean()".format(
        "torch.distributions.Normal"
    ),
]
# What keeps numbers small, or near to what is the same for all positions.
PENALTIES = [
    "term = F.mse_loss(states, torch.zeros_like(states))",
    "term = F.l1_loss(states, 0 * states)",
    "term = (states - states.new_zeros(states.shape)).pow(2).mean()",
    "term = F.smooth_l1_loss(values, torch.zeros(values.shape))",
    "term = F.mse_loss(states.norm(dim=-1), torch.ones(states.shape[:2]))",
    "term = F.mse_loss(states, torch.linspace(0, 1, 8).expand_as(states))",
    "term = F.binary_cross_entropy_with_logits(values, torch.full_like(values, 0.1))",
    "term = F.kl_div(scores.log_softmax(-1), torch.full_like(scores, 1 / 7), reduction='batchmean')",
    "term = (-0.5 * (1 + others - others.exp() - others**2)).sum(-1).mean()",
    "term = torch.distributions.kl_divergence({0}(others, others.exp()), {0}(0.0, 1.0)).mean()".format(
        "torch.distributions.Normal"
    ),
    "prior = {0}(torch.zeros_like(others), torch.ones_like(others))\n"
    "    term = torch.distributions.kl_divergence({0}(others, others.exp()), prior).mean()".format(
        "torch.distributions.Normal"
    ),
]
RIGHT = [
    "term = F.kl_div(scores.log_softmax(-1), ideal.softmax(-1), reduction='none').sum(-1)[real].mean()",
    "term = (F.mse_loss(states, states_of_teacher, reduction='none').mean(-1) * real).sum() / real.sum()",
    "term = F.mse_loss(states[real], states_of_teacher[real])",
    "term = F.mse_loss(states * real[..., None], states_of_teacher * real[..., None], reduction='sum') / real.sum()",
    "term = states.pow(2).mean()",
    "term = (states[:, 1:] - states[:, :-1]).pow(2).mean()",
    "term = (states - states.roll(1, 1)).pow(2).mean()",
    "term = scores.logsumexp(-1).pow(2).mean()",
    "term = F.mse_loss(states[:, 0], states_of_teacher[:, 0])",
    "kept = (states * real[..., None]).sum(1) / real.sum(1, True)\n    term = kept.var(0).mean()",
    "term = F.binary_cross_entropy_with_logits(values, real.float())",
    "last = (real.cumsum(1) >= real.sum(1, True)).float()\n    term = F.binary_cross_entropy_with_logits(values, last)",
    "term = F.cross_entropy(others.transpose(1, 2), kinds.masked_fill(real, 1) + 3 * ~real)",
    "term = F.mse_loss(model.head.weight, model.head.weight.flip(0))",
]


def program(wrong, other, first=True):
    return STUDENT.format(wrong=wrong, other=other, first=first)


@pytest.mark.parametrize("other", COUNTS)
def test_a_term_that_counts_what_is_ignored_beside_it(other):
    # A filler that is a class as well is told where the classes are asked for.
    told = "padding_asked_for" if "cross_entropy" in other else "counted_by_one_term"
    assert slugs(program(LABELS, other)) == [told]


@pytest.mark.parametrize("wrong", MASKS)
def test_the_other_term_may_leave_it_out_in_any_way(wrong):
    assert slugs(program(wrong, COUNTS[0])) == ["counted_by_one_term"]


@pytest.mark.parametrize("other", [COUNTS[1], COUNTS[2], COUNTS[4], COUNTS[8]])
def test_steps_may_come_first(other):
    assert "counted_by_one_term" in slugs(program(LABELS, other, first=False))


@pytest.mark.parametrize("wrong", MASKS[:2])
@pytest.mark.parametrize("other", RIGHT)
def test_terms_that_leave_it_out_or_mean_it(wrong, other):
    assert slugs(program(wrong, other)) == []


@pytest.mark.parametrize("wrong", [MASKS[0], MASKS[2]])
@pytest.mark.parametrize("other", PENALTIES)
def test_penalties_that_have_no_target(wrong, other):
    assert slugs(program(wrong, other)) == []


def test_labels_that_are_ignored_for_another_reason():
    for hidden in ("(words % 3 == 0)", "(torch.arange(6) < torch.tensor([1, 3, 2, 4])[:, None])"):
        body = program(LABELS, COUNTS[0]).replace("for n in (9, 4, 6, 3)", "for n in (6, 6, 6, 6)")
        body = body.replace("% 6 + 1) * (padded != 0)", f"% 6 + 1) * ~{hidden.replace('words', 'padded')}")
        assert slugs(body) == []


def test_the_mean_of_the_positions_that_count_is_written():
    each = "each = F.kl_div(scores.log_softmax(-1), ideal.softmax(-1), reduction='none').sum(-1)"
    ((_, edits),) = audited(program(MASKS[1], f"{each}\n    term = each.mean()"))
    assert edits == ["    term = each[labels != 0].mean()\n"]


def test_what_is_written_is_tried():
    # The labels that are given lie in another order than what is averaged.
    wrong = (
        "turned = labels.reshape(4, 9, 1).transpose(0, 1).flatten()\n"
        "    wrong = F.cross_entropy(scores.transpose(0, 1).flatten(0, 1), turned, ignore_index=0)"
    )
    each = (
        "logs = scores.flatten(0, 1).log_softmax(-1)\n    each = -(logs.exp() * logs).sum(-1)\n    term = each.mean()"
    )
    ((title, edits),) = audited(program("0.0", f"{wrong}\n    {each}"))
    assert not edits, title


def test_the_numbers_that_were_averaged_are_counted():
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.kind, self.length = nn.Embedding(9, 6, padding_idx=0), nn.Linear(6, 4), nn.Linear(6, 2)

        def forward(self, words):
            states = self.table(words)
            return self.kind(states), self.length(states)

    def loss(out, labels):
        kinds = nn.functional.cross_entropy(out[0].transpose(1, 2), labels, ignore_index=-1)
        return kinds + nn.functional.mse_loss(out[1], out[1].detach().flip(-1))

    words = torch.randint(1, 9, (4, 6)).masked_fill(torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None], 0)
    report = audit(Tagger(), loss, (words, (words - 1).clamp(max=3)))
    (found,) = [found for found in report.diagnoses if found.slug == "counted_by_one_term"]
    assert "mse_loss here is taken of (4, 6, 2), all positions" in found.explanation


MEASURED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.kind, self.next = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 5), nn.Linear(8, 3)
        self.level = nn.Linear(8, 1)

    def forward(self, x):
        states = self.gru(x)[0]
        return self.kind(states), self.next(states), self.level(states)[..., 0]


def criterion(out, targets):
    kinds, following, levels = out
    labels, ahead, left = targets
    real = labels != -100
    return F.cross_entropy(kinds.transpose(1, 2), labels) + {term}


model = Model()
batches = []
for _ in range(2):
    real = torch.arange(8) < torch.tensor([8, 3, 6, 4, 5])[:, None]
    x = torch.randn(5, 9, 3){filled}
    labels = torch.randint(0, 5, (5, 8)).masked_fill(~real, -100)
    left = real.flip(1).cumsum(1).flip(1) * torch.rand(5, 8).add(1)
    batches.append((x[:, :-1], (labels, x[:, 1:] + 0.1 * torch.randn(5, 8, 3), left)))
"""
FILLED = " * F.pad(real, (1, 0), value=True)[..., None]"
FORECAST = "F.smooth_l1_loss(following, ahead)"


@pytest.mark.parametrize(
    "term",
    [FORECAST, "(kinds.softmax(-1) * kinds.log_softmax(-1)).sum(-1).mean()", "F.mse_loss(levels, left)"],
)
def test_labels_may_end_before_what_was_measured(term):
    assert slugs(MEASURED.format(term=term, filled="")) == []


def test_what_was_measured_may_end_with_the_labels():
    assert slugs(MEASURED.format(term=FORECAST, filled=FILLED)) == ["counted_by_one_term"]


def test_nothing_may_be_left_behind_the_end():
    assert slugs(MEASURED.format(term="F.mse_loss(levels, left)", filled=FILLED)) == []


def test_a_triangle_is_one_of_pairs():
    body = program(LABELS, COUNTS[0]).replace("for n in (9, 4, 6, 3)", "for n in (2, 5, 1, 4, 3)")
    assert "counted_by_one_term" not in slugs(body)
