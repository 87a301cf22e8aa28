"""What is legal and rarely meant: told where it is so, and nowhere else."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from shapecheck import TensorRecord, predict

torch.manual_seed(0)
SCORES = torch.randn(6, 5)
LABELS = torch.tensor([3, 1, 4, 2, 0, 3])
SIGNS = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, 1.0])
BITS = torch.tensor([1.0, 0.0, 1.0, 0.0, 1.0, 1.0])


def hazards(loss, *args, **kwargs):
    outcome = predict(loss, *args, **kwargs)
    assert outcome.accepted
    return [(found.slug, found.certainty, found.severity) for found in outcome.hazards]


def text(loss, *args, **kwargs):
    (found,) = predict(loss, *args, **kwargs).hazards
    return found.text, found.fix


SPREADING = [
    F.mse_loss,
    F.l1_loss,
    F.smooth_l1_loss,
    F.huber_loss,
    F.kl_div,
    F.poisson_nll_loss,
    F.hinge_embedding_loss,
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("loss", SPREADING)
def test_all_pairs_are_told_of_and_torch_makes_them(loss):
    prediction, target = -torch.rand(6, 1), torch.rand(6)
    assert loss(prediction, target, reduction="none").shape == (6, 6)
    assert hazards(loss, prediction, target) == [("loss_over_all_pairs", "proved", "error")]
    assert hazards(loss, target - 1, -prediction) == [("loss_over_all_pairs", "proved", "error")]
    assert hazards(loss, prediction, target, reduction="none") == [("loss_over_all_pairs", "possible", "warning")]
    assert hazards(loss, prediction, target.unsqueeze(1)) == []
    assert hazards(loss, -torch.rand(6, 1), torch.rand(1, 5)) == [("loss_over_all_pairs", "likely", "warning")]


@pytest.mark.parametrize("loss", SPREADING)
def test_a_repeated_target_is_told_of_and_a_single_number_is_not(loss):
    assert hazards(loss, -torch.rand(6, 5), torch.rand(5)) == [("spread_by_broadcasting", "possible", "warning")]
    assert hazards(loss, -torch.rand(5), torch.rand(6, 5)) == [("spread_by_broadcasting", "possible", "warning")]
    assert hazards(loss, -torch.rand(6, 5), torch.rand(6, 1)) == [("spread_by_broadcasting", "possible", "warning")]
    assert hazards(loss, -torch.rand(1, 1), torch.rand(1)) == [("spread_by_broadcasting", "possible", "note")]
    assert hazards(loss, -torch.rand(6, 5), torch.tensor(0.5)) == []


def test_the_words_about_spreading():
    assert text(F.mse_loss, TensorRecord("p", (32, 1)), TensorRecord("y", (32,))) == (
        "input (32, 1) and target (32,) are spread to (32, 32), 1024 pairs: each item of the one is compared with "
        "every item of the other, and reduction='mean' hides it; the loss falls while the model learns to predict "
        "the mean",
        "target.unsqueeze(1)",
    )
    assert text(F.mse_loss, TensorRecord("p", (32,)), TensorRecord("y", (32, 1)))[1] == "target.squeeze(1)"
    assert text(F.mse_loss, TensorRecord("p", (8, 5)), TensorRecord("y", (5,))) == (
        "target (5,) is repeated until it has the shape (8, 5) of input",
        "",
    )
    assert text(F.mse_loss, TensorRecord("p", (1, 1)), TensorRecord("y", (1,))) == (
        "input (1, 1) and target (1,) differ in their number of axes; here no number is repeated, but with other sizes "
        "it may be",
        "target.unsqueeze(1)",
    )


def test_other_losses_that_spread():
    rows, columns = torch.randn(6, 1), torch.randn(1, 6)
    assert hazards(F.margin_ranking_loss, rows, columns, torch.ones(6, 1))[0][0] == "loss_over_all_pairs"
    assert hazards(F.triplet_margin_loss, SCORES, SCORES, torch.randn(1, 5))[0][0] == "spread_by_broadcasting"
    assert hazards(F.cosine_embedding_loss, SCORES, SCORES[:1], torch.ones(6))[0][0] == "spread_by_broadcasting"
    assert hazards(F.gaussian_nll_loss, rows, torch.randn(6), torch.rand(6, 1))[0][0] == "loss_over_all_pairs"
    assert hazards(F.soft_margin_loss, SCORES, SIGNS[:5])[0][0] == "spread_by_broadcasting"
    assert hazards(F.multilabel_soft_margin_loss, SCORES, torch.ones(5))[0][0] == "spread_by_broadcasting"


def test_as_many_steps_as_classes():
    labels = torch.zeros(4, 5).long()
    assert hazards(F.cross_entropy, torch.randn(4, 5, 5), labels) == [("class_axis_last", "possible", "note")]
    named = TensorRecord("scores", (4, 5, 5), dims=("batch_size", "seq_length", "num_classes"))
    assert hazards(F.cross_entropy, named, TensorRecord("y", (4, 5), "int64")) == [
        ("class_axis_last", "likely", "warning")
    ]
    assert hazards(F.cross_entropy, torch.randn(4, 5, 7), torch.zeros(4, 7).long()) == []
    assert hazards(F.cross_entropy, torch.randn(4, 3, 5, 5), torch.zeros(4, 5, 5).long()) == []


def test_probabilities_where_scores_are_wanted():
    told = [("probabilities_for_scores", "likely", "warning")]
    assert hazards(F.cross_entropy, SCORES.softmax(1), LABELS) == told
    assert hazards(F.cross_entropy, SCORES.half().softmax(1), LABELS) == told
    assert hazards(F.cross_entropy, SCORES[0].softmax(0), LABELS[0]) == told
    assert hazards(F.cross_entropy, SCORES, LABELS) == []
    assert hazards(F.cross_entropy, SCORES.softmax(0), LABELS) == []
    # Twice the logarithm of a softmax is once: nothing to tell.
    assert hazards(F.cross_entropy, SCORES.log_softmax(1), LABELS) == []
    assert torch.allclose(F.cross_entropy(SCORES.log_softmax(1), LABELS), F.cross_entropy(SCORES, LABELS))
    answers = torch.randint(2, (6, 5)).float()
    told = [("probabilities_for_scores", "possible", "warning")]
    assert hazards(F.binary_cross_entropy_with_logits, SCORES.sigmoid(), answers) == told
    assert hazards(F.binary_cross_entropy_with_logits, SCORES, answers) == []
    assert hazards(F.binary_cross_entropy_with_logits, SCORES[:2].sigmoid(), answers[:2]) == []
    assert hazards(F.binary_cross_entropy_with_logits, SCORES.relu().clamp(max=0.9), answers) == []


@pytest.mark.filterwarnings("ignore:reduction")
def test_scores_where_log_probabilities_are_wanted():
    slug = "scores_for_log_probabilities"
    assert hazards(F.nll_loss, SCORES, LABELS) == [(slug, "proved", "warning")]
    assert "behind a softmax" in text(F.nll_loss, SCORES.softmax(1), LABELS)[0]
    assert text(F.nll_loss, SCORES.softmax(1), LABELS)[1] == "input.log()"
    assert text(F.nll_loss, SCORES[0], LABELS[0])[1] == "input.log_softmax(0)"
    assert hazards(F.nll_loss, SCORES.log_softmax(1), LABELS) == []
    assert hazards(F.kl_div, SCORES, SCORES.softmax(1)) == [(slug, "likely", "warning")]
    assert text(F.kl_div, SCORES.softmax(1), SCORES.softmax(1))[1] == "input.log()"
    assert hazards(F.kl_div, SCORES.log_softmax(1), SCORES.softmax(1)) == []
    lengths = torch.tensor([5, 5, 5]), torch.tensor([2, 2, 2])
    ones = torch.ones(3, 2).long()
    assert hazards(F.ctc_loss, torch.randn(5, 3, 4), ones, *lengths) == [(slug, "proved", "warning")]
    assert hazards(F.ctc_loss, torch.randn(5, 3, 4).log_softmax(-1), ones, *lengths) == []


def test_targets_that_are_no_probabilities():
    slug = "targets_outside_zero_one"
    assert hazards(F.binary_cross_entropy_with_logits, SCORES[:, 0], SIGNS) == [(slug, "proved", "warning")]
    assert hazards(F.binary_cross_entropy_with_logits, SCORES[:, 0], BITS * 255) == [(slug, "proved", "warning")]
    assert hazards(F.binary_cross_entropy_with_logits, SCORES[:, 0], BITS) == []
    logs = SCORES.log_softmax(1)
    assert hazards(F.kl_div, logs, logs) == [(slug, "likely", "warning")]
    assert text(F.kl_div, logs, torch.full((6, 5), -0.5))[0] == (
        "the target is read as probabilities, but it goes down to -0.5; with log-probabilities there, write "
        "log_target=True"
    )
    assert hazards(F.kl_div, logs, logs, log_target=True) == []
    assert hazards(F.kl_div, logs, logs.exp(), log_target=True) == [(slug, "likely", "warning")]


@pytest.mark.parametrize(
    ("loss", "args", "why"),
    [
        (
            F.soft_margin_loss,
            (SCORES[:, 0],),
            "a label of 0 costs the same whatever the score is, so nothing is learned from it",
        ),
        (F.hinge_embedding_loss, (SCORES[:, 0],), "a label of 0 counts as both together and apart"),
        (
            F.margin_ranking_loss,
            (SCORES[:, 0], SCORES[:, 1]),
            "a pair with label 0 costs the margin whatever its scores are",
        ),
        (F.cosine_embedding_loss, (SCORES, SCORES), "a pair with label 0 costs nothing, so nothing is learned from it"),
    ],
)
def test_zero_and_one_for_one_and_minus_one(loss, args, why):
    assert hazards(loss, *args, SIGNS) == []
    assert hazards(loss, *args, BITS) == [("labels_of_zero_and_one", "likely", "warning")]
    assert hazards(loss, *args, torch.ones(6)) == []
    assert hazards(loss, *args, BITS * 0.5) == []
    assert hazards(loss, *args, BITS * 2) == []
    words = f"the target holds 0 and no -1, but this loss tells 1 from -1: {why}"
    assert text(loss, *args, BITS) == (words, "2 * target - 1")


def test_one_class_teaches_nothing():
    assert hazards(F.cross_entropy, torch.randn(4, 1), torch.zeros(4).long()) == [("single_class", "proved", None)]
    assert hazards(F.cross_entropy, torch.ones(4, 1), torch.zeros(4).long()) == [("single_class", "proved", None)]
    assert hazards(F.cross_entropy, torch.randn(4, 1), torch.ones(4, 1)) == [("single_class", "proved", None)]
    scores = torch.randn(4, 1, requires_grad=True)
    F.cross_entropy(scores, torch.zeros(4).long()).backward()
    assert not scores.grad.any()


def test_targets_read_as_probabilities():
    slug = "targets_read_as_probabilities"
    assert hazards(F.cross_entropy, SCORES, torch.full((6, 5), 3.0)) == [(slug, "likely", "warning")]
    assert hazards(F.cross_entropy, SCORES, SCORES.softmax(1)) == []
    assert hazards(F.cross_entropy, SCORES, F.one_hot(LABELS, 5).float()) == []
    assert text(F.cross_entropy, SCORES, torch.full((6, 5), 3.0))[0] == (
        "a float target of the shape (6, 5) of the scores is read as probabilities, one for each class, but its rows "
        "are none: they hold negative numbers or do not add up to 1"
    )
    records = TensorRecord("scores", (6, 5)), TensorRecord("y", (6, 5))
    assert hazards(F.cross_entropy, *records) == [(slug, "possible", "note")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("loss", "args", "kwargs"),
    [
        (F.mse_loss, (torch.zeros(0, 2), torch.zeros(0, 2)), {}),
        (F.binary_cross_entropy, (torch.zeros(0), torch.zeros(0)), {}),
        (F.kl_div, (torch.zeros(0), torch.zeros(0)), {}),
        (F.cross_entropy, (torch.zeros(0, 5), torch.zeros(0).long()), {}),
        (F.cross_entropy, (torch.zeros(0, 5), torch.zeros(0, 5)), {}),
        (F.cross_entropy, (SCORES, torch.full((6,), -100)), {}),
        (F.nll_loss, (SCORES.log_softmax(1), torch.zeros(6).long()), {"ignore_index": 0}),
    ],
)
def test_the_mean_of_nothing_is_nan(loss, args, kwargs):
    assert math.isnan(loss(*args, **kwargs))
    assert [slug for slug, _, _ in hazards(loss, *args, **kwargs)] == ["nothing_to_average"]
    assert hazards(loss, *args, **kwargs, reduction="sum") in ([], [("class_is_ignored", "possible", "note")])


@pytest.mark.filterwarnings("ignore")
def test_the_old_name_of_the_mean_is_known():
    nothing = torch.zeros(0, 2)
    assert math.isnan(F.mse_loss(nothing, nothing, reduction="elementwise_mean"))
    assert hazards(F.mse_loss, nothing, nothing, reduction="elementwise_mean")[0][0] == "nothing_to_average"


def test_a_class_that_is_ignored():
    assert hazards(F.cross_entropy, SCORES, LABELS, ignore_index=3) == [("class_is_ignored", "possible", "note")]
    assert text(F.cross_entropy, SCORES, LABELS, ignore_index=3)[0] == (
        "2 of 6 labels are 3, which is a class and ignore_index too: the loss never sees this class"
    )
    assert hazards(F.cross_entropy, SCORES, LABELS.clamp(max=2), ignore_index=3) == []
    assert text(F.cross_entropy, SCORES, torch.full((6,), 3), ignore_index=3)[0] == (
        "all 6 labels are ignore_index=3, and the mean of no loss is NaN: one such batch turns every weight into NaN"
    )
    padded = torch.tensor([3, 1, -100, 2, 0, 3])
    assert hazards(F.cross_entropy, SCORES, padded) == []


def test_hazards_of_modules_are_those_of_functions():
    assert hazards(nn.CrossEntropyLoss(ignore_index=3), SCORES, LABELS) == [("class_is_ignored", "possible", "note")]
    assert hazards(nn.MSELoss(reduction="none"), SCORES[:, :1], LABELS.float())[0][1] == "possible"
