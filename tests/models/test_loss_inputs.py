"""The loss inputs of both reference models are right for every batch size and length, and each mistake is named."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from shapecheck import CheckedLoss, Protocol, ShapeError, Stage, check_loss, check_model, watch
from shapecheck.models import CharLSTM, PriceLSTM, char_protocol, price_protocol
from shapecheck.strategies import batches

CLASSES = 11


def price_model(head):
    return PriceLSTM(hidden_size=8, head=head)


def char_model():
    return CharLSTM(CLASSES, hidden_size=8)


@pytest.mark.parametrize("head", ["every-step", "last-step"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_mse_gets_two_tensors_of_one_shape(head, data):
    model, criterion = price_model(head), nn.MSELoss()
    protocol = price_protocol(model)
    batch = data.draw(batches(protocol, coincidences=("one", "equal")))
    with watch(model, loss=criterion, protocol=protocol) as seen:
        prediction = model(batch.input)
        loss = criterion(prediction, batch.target)
    assert prediction.shape == batch.target.shape
    assert loss.ndim == 0
    assert check_loss(criterion, prediction, batch.target).ok
    assert seen.violations == ()


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_cross_entropy_gets_n_by_c_scores_and_n_labels(data):
    model, criterion = char_model(), nn.CrossEntropyLoss()
    protocol = char_protocol(model)
    batch = data.draw(batches(protocol, coincidences=("one", "equal")))
    with watch(model, loss=criterion, protocol=protocol) as seen:
        output = model(batch.input)
        scores = output[0] if isinstance(output, tuple) else output
        criterion(scores, batch.target)
    rows = batch.sizes["batch_size"] * batch.sizes["seq_length"]
    assert scores.shape == (rows, CLASSES)
    assert batch.target.shape == (rows,)
    assert batch.target.dtype == torch.int64
    assert check_loss(criterion, scores, batch.target).ok
    assert seen.violations == ()


@pytest.mark.parametrize("head", ["every-step", "last-step"])
def test_the_price_model_keeps_its_protocol(head):
    report = check_model(lambda: price_model(head), price_protocol(price_model(head)), nn.MSELoss(), max_examples=10)
    assert report.ok
    assert len(report.checked) == 4


def test_the_character_model_keeps_its_protocol():
    report = check_model(char_model, char_protocol(char_model()), nn.CrossEntropyLoss(), max_examples=10)
    assert report.ok
    assert len(report.checked) == 4


LABELS = torch.randint(CLASSES, (4, 7), generator=torch.Generator().manual_seed(0))
SCORES = torch.randn(4, 7, CLASSES, generator=torch.Generator().manual_seed(0))
FLAT = SCORES.reshape(-1, CLASSES)


@pytest.mark.parametrize(
    ("scores", "labels", "slug"),
    [
        pytest.param(FLAT, LABELS.reshape(-1, 1), "labels_with_extra_axis", id="target (N, 1)"),
        pytest.param(FLAT, nn.functional.one_hot(LABELS.flatten(), CLASSES), "one_hot_labels", id="one-hot"),
        pytest.param(FLAT, LABELS.flatten().float(), "labels_of_wrong_dtype", id="float labels"),
        pytest.param(SCORES, LABELS, "class_axis_last", id="missing reshape"),
    ],
)
def test_each_documented_mistake_is_refused_by_its_name(scores, labels, slug):
    report = check_loss(nn.CrossEntropyLoss(), scores, labels)
    assert not report.ok
    assert [found.slug for found in report.diagnoses][:1] == [slug]
    with pytest.raises(ShapeError):
        CheckedLoss(nn.CrossEntropyLoss())(scores, labels)


def test_targets_without_the_feature_axis_are_flagged():
    report = check_loss(nn.MSELoss(), torch.randn(28, 1), torch.randn(28))
    assert [found.slug for found in report.diagnoses] == ["loss_over_all_pairs"]


def test_classes_moved_by_reshape_instead_of_permute_are_scrambled():
    """(N, T, C) made (N, C, T) by reshape has the right sizes: only the content tells."""

    class Reshapes(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, CLASSES)
            self.scores = nn.Identity()

        def forward(self, x):
            return self.scores(self.linear(x).reshape(4, CLASSES, 7))

    protocol = Protocol(
        "classes second",
        (
            Stage("scores of every step", "linear.output", "batch_size seq_length num_classes"),
            Stage(
                "loss input",
                "scores.input",
                "batch_size num_classes seq_length",
                step="batch_size seq_length num_classes -> batch_size num_classes seq_length",
            ),
        ),
    )
    model = Reshapes()
    with watch(model, protocol=protocol, on_violation="record") as seen:
        model(torch.randn(4, 7, 3))
    assert [found.slug for found in seen.report.diagnoses] == ["scrambled_by_reshape"]
