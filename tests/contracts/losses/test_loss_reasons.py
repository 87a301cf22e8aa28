"""Refusals that teach, and those that no sweep can reach: another device, a list, labels past the end."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from shapecheck import TensorRecord, predict

SCORES = TensorRecord("scores", (4, 5))
SEQUENCE = TensorRecord("scores", (4, 7, 5))


def labels(*shape, dtype="int64"):
    return TensorRecord("labels", shape, dtype)


def refusal(loss, *args, **kwargs):
    (found,) = predict(loss, *args, **kwargs).violations
    return found


ROWS = (
    "cross entropy takes one class index for each row of scores: the target has the axes of the input "
    "without C, the class "
    "axis, which is axis 1 and never the last of several"
)


@pytest.mark.parametrize(
    ("args", "reason", "advice"),
    [
        ((SCORES, labels(4, 1)), ROWS, "target.squeeze(1)"),
        ((SCORES, labels(1, 4)), ROWS, "target.squeeze(0)"),
        ((TensorRecord("s", (1, 5)), labels()), ROWS, "target.unsqueeze(0)"),
        ((TensorRecord("s", (28, 5)), labels(4, 7)), ROWS, "target.reshape(-1)"),
        ((SEQUENCE, labels(4, 7)), ROWS, "input.movedim(-1, 1)"),
        (
            (SEQUENCE, labels(28)),
            "cross entropy compares row n of the scores with item n of the target, so there are N of both",
            "input.reshape(-1, 5)",
        ),
        ((SEQUENCE, labels(4)), ROWS, ""),
        (
            (SCORES, labels(3)),
            "cross entropy compares row n of the scores with item n of the target, so there are N of both",
            "",
        ),
        (
            (TensorRecord("s", (5,)), labels(2)),
            "the input (C,) holds the scores of one sample, so there is one class index: () or (1,)",
            "",
        ),
    ],
)
def test_labels_of_a_wrong_shape(args, reason, advice):
    found = refusal(F.cross_entropy, *args)
    assert found.role == "target"
    assert found.advice == advice
    assert found.reason == (f"{reason}; write {advice}" if advice else reason)


def test_expected_and_got_are_in_the_contracts_letters():
    found = refusal(F.cross_entropy, SCORES, labels(4, 1))
    assert (found.kind, found.expected, found.got) == ("ndim", (("N", 4),), (4, 1))
    found = refusal(F.cross_entropy, SCORES, labels(3))
    assert [(item.dim, item.size, item.by) for item in found.blame] == [("N", 4, "the input")]
    named = TensorRecord("scores", (8, 3), dims=("batch_size", "out_size"))
    assert refusal(F.mse_loss, named, TensorRecord("y", (7, 3))).expected == (("batch_size", 8), ("out_size", 3))


@pytest.mark.parametrize(
    ("dtype", "got"), [("int32", "int32"), ("float32", "float32"), ("bool", "bool"), ("int16", "int16")]
)
def test_labels_of_a_wrong_dtype(dtype, got):
    found = refusal(F.nll_loss, SCORES, labels(4, dtype=dtype))
    assert (found.kind, found.expected_text, found.got_text) == ("dtype", "int64 (or uint8)", got)
    assert found.reason == (
        "a class index is a position, and torch takes positions as int64; floats of this shape are no "
        "probabilities either, "
        "since those have a class axis; write target.long()"
    )


def test_bytes_are_labels_only_without_more_axes():
    assert predict(F.cross_entropy, SCORES, labels(4, dtype="uint8")).accepted
    assert refusal(F.cross_entropy, TensorRecord("s", (4, 5, 2)), labels(4, 2, dtype="uint8")).expected_text == "int64"


def test_a_one_hot_of_whole_numbers():
    assert refusal(F.cross_entropy, SCORES, labels(4, 5)).reason == (
        "a target of the very shape of the scores means one probability for each class, and those are "
        "floats: a one-hot of "
        "whole numbers is refused; a label is one class index for each row of scores; write target.argmax(1)"
    )
    assert refusal(F.cross_entropy, TensorRecord("s", (4, 1)), labels(4, 1)).advice == "target.squeeze(1)"
    assert refusal(F.cross_entropy, TensorRecord("s", (5,)), labels(5)).advice == "target.argmax(0)"


def test_a_label_out_of_range():
    found = refusal(nn.CrossEntropyLoss(), torch.randn(3, 5), torch.tensor([1, 5, 2]))
    assert (found.expected_text, found.got_text) == ("class indices in [0, 5), or ignore_index=-100", "an index 5")
    assert refusal(nn.NLLLoss(), torch.randn(3, 5), torch.tensor([1, -1, 2])).got_text == "an index -1"
    assert predict(nn.NLLLoss(ignore_index=-1), torch.randn(3, 5), torch.tensor([1, -1, 2])).accepted


def test_labels_past_the_end_of_a_row_are_refused_although_torch_reads_on():
    lengths = torch.tensor([5, 5]), torch.tensor([2, 1])
    found = refusal(F.ctc_loss, torch.zeros(5, 2, 4), torch.tensor([[1, 3], [4, 0]]), *lengths)
    assert found.torch_accepts
    assert (found.expected_text, found.got_text) == ("labels in [0, 4)", "a label 4")
    assert found.reason == (
        "each label points at one of the C classes; torch does not look, and reads past the end of a row"
    )
    assert refusal(F.ctc_loss, torch.zeros(5, 2, 4), torch.tensor([[1, -1], [2, 0]]), *lengths).got_text == "a label -1"
    # What stands behind the end of a sequence is never read.
    assert predict(F.ctc_loss, torch.zeros(5, 2, 4), torch.tensor([[1, 3], [2, 99]]), *lengths).accepted


def test_lengths_of_two_kinds():
    log_probs, targets = torch.zeros(5, 2, 4), torch.ones(2, 1).long()
    found = refusal(F.ctc_loss, log_probs, targets, [5, 5], torch.tensor([1, 1]))
    assert (found.role, found.got_text, found.advice) == ("input_lengths", "a list", "torch.tensor(input_lengths)")
    with pytest.raises(TypeError):
        F.ctc_loss(log_probs, targets, [5, 5], torch.tensor([1, 1]))


@pytest.mark.parametrize(
    ("loss", "more"),
    [
        (F.cross_entropy, labels(4)),
        (F.nll_loss, labels(4)),
        (F.multi_margin_loss, labels(4)),
        (F.mse_loss, SCORES),
        (F.binary_cross_entropy, SCORES),
        (F.multilabel_soft_margin_loss, SCORES),
    ],
)
def test_a_weight_is_a_tensor(loss, more):
    found = refusal(loss, SCORES, more, weight=[1.0] * 5)
    assert (found.kind, found.role, found.expected_text) == ("type", "weight", "a Tensor")
    with pytest.raises((TypeError, AttributeError)):
        loss(torch.rand(4, 5), torch.zeros(more.shape, dtype=getattr(torch, more.dtype)), weight=[1.0] * 5)


DEVICES = {
    F.l1_loss: ("input", "target"),
    F.cross_entropy: ("input", "target", "weight"),
    F.nll_loss: ("input", "target", "weight"),
    F.binary_cross_entropy: ("input", "target", "weight"),
    F.kl_div: ("input", "target"),
    F.gaussian_nll_loss: ("input", "target", "var"),
    F.multi_margin_loss: ("input", "target", "weight"),
    F.multilabel_margin_loss: ("input", "target"),
    F.ctc_loss: ("log_probs", "targets"),
}


@pytest.mark.parametrize("loss", DEVICES)
def test_all_tensors_lie_on_one_device(loss):
    rows, length = {"weight": (5,)}, {}
    if loss is F.ctc_loss:
        rows = {"log_probs": (6, 4, 5), "targets": (4, 2)}
        length = {"input_lengths": labels(4), "target_lengths": labels(4)}
    elif loss in (F.cross_entropy, F.nll_loss, F.multi_margin_loss):
        rows["target"] = (4,)
    given = {
        role: TensorRecord(
            role,
            rows.get(role, (4, 5)),
            "int64"
            if rows.get(role) in ((4,), (4, 2)) or (loss is F.multilabel_margin_loss and role == "target")
            else "float32",
        )
        for role in DEVICES[loss]
    }
    assert predict(loss, **given, **length).accepted
    for role in DEVICES[loss][1:]:
        away = TensorRecord(role, given[role].shape, given[role].dtype, "cuda:0")
        found = refusal(loss, **{**given, role: away}, **length)
        assert (found.kind, found.role, found.expected_text, found.got_text) == ("device", role, "cpu", "cuda:0")
        assert found.advice == f"{role}.to({DEVICES[loss][0]}.device)"


def test_a_single_number_and_a_meta_tensor_may_lie_anywhere():
    away = TensorRecord("p", (4,), device="cuda:0")
    assert predict(F.mse_loss, away, TensorRecord("y", ())).accepted
    assert predict(F.mse_loss, away, TensorRecord("y", (4,), device="meta")).accepted
    assert not predict(F.mse_loss, away, TensorRecord("y", (4,))).accepted


def test_a_distance_of_ones_own_promises_nothing():
    loss = nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs().sum(-1))
    outcome = predict(loss, SCORES, SCORES, SCORES)
    assert outcome.accepted
    assert outcome.outputs == ()


@pytest.mark.parametrize(
    ("loss", "args", "reason"),
    [
        (
            nn.BCELoss(),
            (SCORES, TensorRecord("y", (4,))),
            "each number of the input is the answer to a yes-or-no question",
        ),
        (nn.CosineEmbeddingLoss(), (SCORES, SCORES, labels(4, 1)), "the loss compares two vectors for each label"),
        (nn.CTCLoss(), (SCORES, labels(3, 2), labels(3), labels(3)), "log_probs (T, C) holds one sequence"),
        (nn.MultiMarginLoss(), (SCORES, labels(4, 5)), "there is one class index for each sample"),
        (nn.GaussianNLLLoss(), (SCORES, SCORES, 1), "the variance is a tensor, or one float for all"),
        (nn.MSELoss(), (SCORES,), "a loss compares what the model said with what would have been right"),
    ],
)
def test_reasons_of_other_losses(loss, args, reason):
    assert any(found.reason.startswith(reason) for found in predict(loss, *args).violations)


@pytest.mark.parametrize(
    ("loss", "dtypes", "got"),
    [
        (F.mse_loss, ("int64", "int64"), "torch squares no differences of int64"),
        (F.mse_loss, ("complex64", "float32"), "torch squares no differences of complex64"),
        (F.smooth_l1_loss, ("int64", "bool"), "torch smooths no differences of int64"),
        (F.l1_loss, ("float32", "bool"), "torch does not subtract tensors of dtype bool"),
        (F.l1_loss, ("int64", "int64"), "torch takes no mean of int64"),
        (F.hinge_embedding_loss, ("bool", "float32"), "torch does not subtract tensors of dtype bool"),
        (F.hinge_embedding_loss, ("complex64", "float32"), "torch does not order numbers of complex64"),
        (F.poisson_nll_loss, ("bool", "bool"), "torch does not subtract tensors of dtype bool"),
        (F.multilabel_soft_margin_loss, ("float32", "bool"), "torch does not subtract tensors of dtype bool"),
        (F.margin_ranking_loss, ("float32", "float32", "bool"), "torch does not negate tensors of dtype bool"),
        (F.margin_ranking_loss, ("bool", "float32", "float32"), "torch does not subtract tensors of dtype bool"),
        (F.margin_ranking_loss, ("complex64", "float32", "float32"), "torch does not order numbers of complex64"),
        (F.cosine_embedding_loss, ("complex64", "float32", "float32"), "torch does not order numbers of complex64"),
        (F.triplet_margin_loss, ("float32", "bool", "float32"), "torch does not subtract tensors of dtype bool"),
    ],
)
def test_dtypes_that_a_formula_cannot_be_computed_in(loss, dtypes, got):
    shapes = [(4, 5)] * len(dtypes) if loss is not F.cosine_embedding_loss else [(4, 5), (4, 5), (4,)]
    found = refusal(loss, *(TensorRecord("x", *given) for given in zip(shapes, dtypes, strict=True)))
    assert (found.kind, found.expected_text, found.got_text) == ("dtype", "a dtype that it can be computed in", got)
    with pytest.raises(RuntimeError):
        loss(*(torch.ones(shape, dtype=getattr(torch, dtype)) for shape, dtype in zip(shapes, dtypes, strict=True)))


def test_without_smoothing_the_label_of_one_sample_may_have_an_axis():
    one, weight = TensorRecord("s", (5,)), TensorRecord("w", (5, 1))
    assert predict(F.cross_entropy, one, labels(1), label_smoothing=0.0).accepted
    found = refusal(F.cross_entropy, one, labels(1), label_smoothing=0.1)
    assert (found.kind, found.expected_text, found.got, found.advice) == ("ndim", "()", (1,), "target.squeeze(0)")
    more = TensorRecord("s", (4, 5, 2))
    assert predict(F.cross_entropy, more, labels(4, 2), weight=weight, label_smoothing=0.0).accepted
    assert not predict(F.cross_entropy, more, labels(4, 2), weight=weight, label_smoothing=0.1).accepted
    bytes_, flat = labels(4, dtype="uint8"), TensorRecord("w", (5,))
    assert predict(F.cross_entropy, SCORES, bytes_, weight=flat, label_smoothing=0.0).accepted
    assert not predict(F.cross_entropy, SCORES, bytes_, weight=flat, label_smoothing=0.1).accepted


def test_complex_scores_have_a_soft_margin_but_no_gradient():
    scores, signs = torch.zeros(3, dtype=torch.complex64), torch.ones(3)
    assert F.soft_margin_loss(scores, signs).dtype == torch.complex64
    with pytest.raises(RuntimeError, match="complex"):
        F.soft_margin_loss(scores.requires_grad_(), signs)
    (found,) = predict(F.soft_margin_loss, scores, signs).violations
    assert (found.role, found.kind, found.torch_accepts) == ("input", "dtype", True)
