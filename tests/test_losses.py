"""The doors check_loss and CheckedLoss."""

import copy
import pickle
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import shapecheck
from shapecheck import CheckedLoss, TensorRecord, check_loss
from shapecheck.errors import ShapeError, ShapeWarning
from shapecheck.losses import hand_written

SCORES = torch.randn(4, 5)
LABELS = torch.tensor([3, 1, 4, 2])


def slugs(report):
    return [found.slug for found in report.diagnoses]


def test_the_report_of_a_column_of_labels_teaches():
    text = str(check_loss(nn.CrossEntropyLoss(), SCORES, LABELS.unsqueeze(1)))
    assert (
        text
        == """\
SC401: class labels have an axis too many

  stage     loss.target   nn.CrossEntropyLoss
  expected  (N=4,)   1 axis
  got       (4, 1)   2 axes
  seen      input: (4, 5) = (batch_size, num_classes)
            target: (4, 1)
  because   (4, 1) is the expected shape with one more axis at the end; squeeze(-1) drops it
  fix       target.squeeze(1)        not tried
  more      shapecheck explain SC401

what CrossEntropyLoss wants:
  input: (minibatch, C), raw scores, one for each class, any real numbers; yours is (4, 5) float32
  target: (minibatch,), one class index for each row of scores, int64 in [0, C); or (minibatch, C), one probability \
for each class, each row adding up to 1; yours is (4, 1) int64"""
    )


def test_a_good_call_has_nothing_to_complain_of():
    report = check_loss(F.cross_entropy, SCORES, LABELS)
    assert report.ok
    assert not report.diagnoses
    assert str(report).startswith(
        "cross_entropy: nothing to complain of\n\nwhat cross_entropy wants:\n  input: (minibatch, C)"
    )
    assert report.trace.entries[0].call.outputs[0].shape == ()


@pytest.mark.parametrize(
    ("loss", "args", "slug"),
    [
        (nn.CrossEntropyLoss(), (SCORES, F.one_hot(LABELS, 5)), "one_hot_labels"),
        (nn.CrossEntropyLoss(), (SCORES, LABELS.float()), "labels_of_wrong_dtype"),
        (nn.CrossEntropyLoss(), (SCORES, LABELS.int()), "labels_of_wrong_dtype"),
        (nn.CrossEntropyLoss(), (torch.randn(4, 7, 5), torch.zeros(4, 7).long()), "class_axis_last"),
        (nn.CrossEntropyLoss(), (torch.randn(28, 5), torch.zeros(4, 7).long()), "merged_on_one_side_only"),
        (nn.CrossEntropyLoss(), (torch.randn(4, 7, 5), torch.zeros(28).long()), "merged_on_one_side_only"),
        (nn.CrossEntropyLoss(), (torch.randn(28, 5), LABELS), "other_number_of_samples"),
        (nn.CrossEntropyLoss(), (SCORES, LABELS + 1), "class_index_out_of_range"),
        (nn.MSELoss(), (torch.randn(32, 1), torch.randn(32)), "loss_over_all_pairs"),
        (nn.KLDivLoss(), (-torch.rand(32, 1), torch.rand(32)), "loss_over_all_pairs"),
        ("hand-written", (torch.randn(32), torch.randn(32, 1)), "loss_over_all_pairs"),
        (nn.BCELoss(), (torch.full((4,), 2.0), torch.ones(4)), "scores_for_probabilities"),
        (nn.BCEWithLogitsLoss(), (torch.randn(4), torch.ones(4).long()), "answers_of_wrong_dtype"),
        (nn.BCEWithLogitsLoss(), (torch.randn(4, 1), torch.ones(4)), "target_without_feature_axis"),
        (nn.HuberLoss(), (torch.randn(4, requires_grad=True), LABELS), "fails_in_backward"),
    ],
)
def test_each_mistake_has_its_name(loss, args, slug):
    report = check_loss(loss, *args)
    assert slugs(report) == [slug]
    assert not report.ok


def test_backward_is_nobodys_concern_where_nothing_learns():
    report = check_loss(nn.HuberLoss(), torch.randn(4), LABELS)
    assert [(found.slug, found.severity) for found in report.diagnoses] == [("fails_in_backward", "note")]
    assert report.ok


@pytest.mark.parametrize("thing", [None, 5, "cross-entropy", SCORES])
def test_what_is_no_loss_is_said_to_be_none(thing):
    report = check_loss(thing, SCORES, LABELS)
    assert not report.checked
    assert report.not_checked[0].why == "a loss is a module or a function, or 'hand-written'"


@pytest.mark.parametrize("loss", [lambda p, y: (p - y).sum(), F.pairwise_distance, nn.Sequential()])
def test_a_loss_without_a_contract_is_not_checked_and_never_guessed(loss):
    report = check_loss(loss, SCORES, SCORES)
    assert not report.diagnoses
    assert not report.checked
    assert "write one as a shapecheck.contract.Contract" in report.not_checked[0].why
    assert "check_loss('hand-written', prediction, target)" in report.not_checked[0].why
    assert "not checked" in str(report)


@pytest.mark.parametrize(
    "args", [(), (SCORES,), (None, LABELS), (SCORES, None), (5, "x"), (SCORES, [1, 2]), (1, 2, 3, 4)]
)
def test_bad_input_is_reported_and_never_raised(args):
    report = check_loss(nn.CrossEntropyLoss(), *args)
    assert not report.ok
    assert str(report)


def test_a_class_and_a_layer_are_no_losses():
    (missed,) = check_loss(nn.CrossEntropyLoss, SCORES, LABELS).not_checked
    assert missed.what == "CrossEntropyLoss"
    assert missed.why == "this is the class; make a loss of it first: CrossEntropyLoss()"
    (missed,) = check_loss(nn.Linear(5, 2), SCORES).not_checked
    assert missed.why == "this is a layer and no loss; shapecheck.predict says what a layer makes of its input"
    with pytest.raises(TypeError, match="got CrossEntropyLoss: this is the class; make a loss of it first"):
        CheckedLoss(nn.CrossEntropyLoss)


def test_records_and_meta_tensors_do_as_well():
    records = TensorRecord("a", (4, 5), dims=("batch_size", "num_classes")), TensorRecord("b", (4, 1), "int64")
    assert slugs(check_loss(F.cross_entropy, *records)) == ["labels_with_extra_axis"]
    assert slugs(check_loss(nn.MSELoss(), torch.empty(8, 1, device="meta"), torch.empty(8, device="meta"))) == [
        "loss_over_all_pairs"
    ]


def test_the_report_can_be_read_by_machines():
    found = check_loss(nn.MSELoss(), torch.randn(32, 1), torch.randn(32)).to_dict()["findings"][0]
    assert (found["code"], found["severity"], found["certainty"]) == ("SC404", "error", "proved")
    assert found["fixes"][0]["title"] == "target.unsqueeze(1)"
    assert [item["shape"] for item in found["evidence"]] == [[32, 1], [32]]


def test_the_names_are_public():
    assert {"check_loss", "CheckedLoss"} <= set(shapecheck.__all__)


def test_a_checked_loss_gives_what_the_loss_gives():
    weight = torch.rand(5)
    for plain in (nn.CrossEntropyLoss(weight), nn.CrossEntropyLoss(reduction="none"), nn.NLLLoss(weight)):
        scores = SCORES.log_softmax(1).requires_grad_()
        assert torch.equal(CheckedLoss(plain)(scores, LABELS), plain(scores, LABELS))
    assert torch.equal(
        CheckedLoss(F.cross_entropy)(SCORES, LABELS, weight=weight), F.cross_entropy(SCORES, LABELS, weight)
    )


def test_a_refused_call_is_told_before_torch_is_called():
    with pytest.raises(ShapeError, match=r"SC401: class labels have an axis too many") as caught:
        CheckedLoss(nn.CrossEntropyLoss(), name="criterion")(SCORES, LABELS.unsqueeze(1))
    assert "stage     criterion.target" in str(caught.value)
    assert "what CrossEntropyLoss wants:\n  input: (minibatch, C)" in str(caught.value)
    assert [found.slug for found in caught.value.diagnoses] == ["labels_with_extra_axis"]


def test_a_broadcast_that_is_wrong_for_certain_raises():
    with pytest.raises(ShapeError, match="every prediction with every target"):
        CheckedLoss(nn.L1Loss())(torch.zeros(4, 1), torch.zeros(4))


def test_a_risk_is_warned_of_once():
    criterion = CheckedLoss(nn.CrossEntropyLoss())
    scores = SCORES.softmax(1)
    with pytest.warns(ShapeWarning, match="SC408: probabilities are given where raw scores are wanted") as told:
        criterion(scores, LABELS)
    assert told[0].filename == __file__
    criterion(scores, LABELS)
    assert slugs(criterion.report) == ["probabilities_for_scores"]


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_violations_can_be_warned_of_or_only_recorded():
    with pytest.warns(ShapeWarning, match="SC404"):
        CheckedLoss(nn.MSELoss(), on_violation="warn")(torch.zeros(4, 1), torch.zeros(4))
    silent = CheckedLoss(nn.MSELoss(), on_violation="record")
    silent(torch.zeros(4, 1), torch.zeros(4))
    assert slugs(silent.report) == ["loss_over_all_pairs"]
    with pytest.raises(ValueError, match=r"batch_size \(4\)") as caught:
        CheckedLoss(nn.CrossEntropyLoss(), on_violation="record")(SCORES, LABELS[:3])
    assert not isinstance(caught.value, ShapeError)


def test_a_violation_raises_at_every_call():
    criterion = CheckedLoss(nn.MSELoss())
    for _ in range(2):
        with pytest.raises(ShapeError):
            criterion(torch.zeros(4, 1), torch.zeros(4))


def test_a_new_setting_is_a_new_call():
    criterion = CheckedLoss(nn.CrossEntropyLoss())
    criterion(SCORES, LABELS)
    criterion.loss.reduction = "avg"
    with pytest.raises(ShapeError, match="'none' or 'mean'"):
        criterion(SCORES, LABELS)


def test_attributes_and_the_state_dict_are_those_of_the_loss():
    plain = nn.CrossEntropyLoss(torch.rand(5), reduction="sum", ignore_index=3)
    criterion = CheckedLoss(plain)
    assert (criterion.reduction, criterion.ignore_index) == ("sum", 3)
    assert criterion.weight is plain.weight
    assert list(criterion.state_dict()) == ["weight"]
    other = CheckedLoss(nn.CrossEntropyLoss(torch.zeros(5)))
    other.load_state_dict(plain.state_dict())
    assert torch.equal(other.weight, plain.weight)
    plain.load_state_dict(other.state_dict())
    with pytest.raises(AttributeError, match="no attribute 'rediction'"):
        getattr(criterion, "rediction")  # noqa: B009


def test_the_state_dict_of_a_model_that_holds_one_is_as_without():
    model = nn.ModuleDict({"head": nn.Linear(2, 5), "criterion": CheckedLoss(nn.CrossEntropyLoss(torch.rand(5)))})
    plain = nn.ModuleDict({"head": nn.Linear(2, 5), "criterion": nn.CrossEntropyLoss(torch.zeros(5))})
    assert list(model.state_dict()) == list(plain.state_dict())
    plain.load_state_dict(model.state_dict())
    model.load_state_dict(plain.state_dict())
    assert torch.equal(plain["criterion"].weight, model["criterion"].weight)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda loss: pickle.loads(pickle.dumps(loss))])
@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(torch.rand(5)), F.cross_entropy])
def test_copies_work_and_begin_anew(again, loss):
    criterion = CheckedLoss(loss)
    expected = criterion(SCORES, LABELS)
    twin = again(criterion)
    assert not twin.report.checked
    assert torch.equal(twin(SCORES, LABELS), expected)


def test_it_is_a_module_that_moves_with_the_others():
    criterion = CheckedLoss(nn.CrossEntropyLoss(torch.rand(5))).to(torch.float64)
    assert criterion.weight.dtype == torch.float64
    assert repr(CheckedLoss(F.mse_loss)) == "CheckedLoss(mse_loss)"
    assert "CrossEntropyLoss()" in repr(criterion)


def test_a_loss_without_a_contract_passes_through():
    criterion = CheckedLoss(nn.PairwiseDistance())
    assert criterion(torch.ones(2, 3), torch.ones(2, 3)).shape == (2,)
    assert criterion.report.not_checked[0].what == "torch.nn.modules.distance.PairwiseDistance"


@pytest.mark.parametrize(("settings", "error"), [({"loss": 5}, TypeError), ({"on_violation": "shout"}, ValueError)])
def test_wrong_settings_are_refused(settings, error):
    with pytest.raises(error, match="expected"):
        CheckedLoss(**{"loss": nn.MSELoss(), **settings})


def test_a_bug_of_ours_does_not_stop_a_training(monkeypatch):
    criterion = CheckedLoss(nn.MSELoss())
    monkeypatch.setattr("shapecheck.losses.read_loss", lambda *given: 1 / 0)
    with pytest.warns(RuntimeWarning, match="stepped aside"):
        criterion(torch.zeros(2), torch.zeros(2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert criterion(torch.zeros(2), torch.zeros(2)) == 0


def test_gradients_and_random_numbers_are_those_of_the_loss():
    state = torch.get_rng_state()
    grads = []
    for criterion in (nn.CrossEntropyLoss(), CheckedLoss(nn.CrossEntropyLoss())):
        scores = SCORES.clone().requires_grad_()
        criterion(scores, LABELS).backward()
        grads.append(scores.grad)
    assert torch.equal(*grads)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_stand_in_for_a_hand_written_loss_does_nothing():
    assert hand_written(SCORES, SCORES) is None


@pytest.mark.parametrize(
    ("loss", "args", "slug", "severity"),
    [
        (nn.CrossEntropyLoss(), (LABELS, SCORES), "arguments_exchanged", "error"),
        (nn.NLLLoss(), (LABELS, SCORES.log_softmax(1)), "arguments_exchanged", "error"),
        (nn.CrossEntropyLoss(), (SCORES.softmax(1), SCORES), "arguments_exchanged", "warning"),
        (nn.BCEWithLogitsLoss(), (torch.tensor([1, 0]), torch.randn(2)), "arguments_exchanged", "error"),
        (
            nn.BCEWithLogitsLoss(),
            (torch.tensor([1.0, 0.0]), torch.tensor([3.0, -2.0])),
            "arguments_exchanged",
            "warning",
        ),
        (nn.BCELoss(), (torch.tensor([1.0, 0.0]), torch.tensor([3.0, -2.0])), "arguments_exchanged", "error"),
        (nn.CrossEntropyLoss(), (LABELS, LABELS), "classes_chosen_before_loss", "error"),
        (nn.NLLLoss(), (LABELS, LABELS), "classes_chosen_before_loss", "error"),
        (nn.CrossEntropyLoss(), (LABELS.float(), LABELS), "classes_chosen_before_loss", "error"),
        (nn.CrossEntropyLoss(torch.ones(4)), (SCORES, LABELS), "weight_of_other_length", "error"),
        (nn.NLLLoss(torch.ones(5, 1)), (SCORES, LABELS), "weight_of_other_length", "error"),
        (nn.BCEWithLogitsLoss(pos_weight=torch.ones(4)), (SCORES, SCORES), "weight_of_other_length", "error"),
        (nn.CrossEntropyLoss(), (SCORES, LABELS.to(torch.uint8)), "labels_of_bytes", "note"),
        (nn.CrossEntropyLoss(), (SCORES, LABELS.to(torch.int8)), "labels_of_wrong_dtype", "error"),
        (nn.CrossEntropyLoss(), (SCORES, LABELS.to(torch.int16)), "labels_of_wrong_dtype", "error"),
        (nn.CrossEntropyLoss(), (SCORES, LABELS > 2), "labels_of_wrong_dtype", "error"),
    ],
)
def test_arguments_that_are_not_what_the_loss_takes_have_one_name(loss, args, slug, severity):
    report = check_loss(loss, *args)
    assert [(found.slug, found.severity) for found in report.diagnoses] == [(slug, severity)]


@pytest.mark.parametrize("other", [nn.MSELoss(), nn.L1Loss(), nn.SmoothL1Loss(), nn.HuberLoss()])
def test_a_loss_that_is_the_same_either_way_round_says_nothing(other):
    prediction, target = torch.randn(4, requires_grad=True), torch.randn(4)
    assert torch.equal(other(prediction, target), other(target, prediction))
    assert not check_loss(other, target, prediction).diagnoses


def test_bytes_say_that_they_hold_no_ignored_index():
    (found,) = check_loss(nn.CrossEntropyLoss(), SCORES, LABELS.to(torch.uint8)).diagnoses
    assert found.explanation == (
        "uint8 labels are taken beside scores of one or two axes, and hold no ignore_index=-100: one written into them "
        "is a class; with more axes, or with weights and label_smoothing, the same labels are refused"
    )


def test_a_one_hot_of_one_sample_is_no_row_of_chosen_classes():
    report = check_loss(nn.CrossEntropyLoss(), SCORES[0], F.one_hot(LABELS[0], 5))
    assert slugs(report) == ["one_hot_labels"]
