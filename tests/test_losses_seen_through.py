"""A CheckedLoss is seen through: by a watch, by the other doors, and by what is set on it."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

import shapecheck
from shapecheck import CheckedLoss, Protocol, check_loss
from shapecheck.errors import ShapeError
from shapecheck.strategies import invalid_loss_inputs, loss_inputs

SCORES = torch.randn(4, 5)
LABELS = torch.tensor([3, 1, 4, 2])


def slugs(report):
    return [found.slug for found in report.diagnoses]


class Flow(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 8, batch_first=True)
        self.linear = nn.Linear(8, 1)

    def forward(self, x):
        return self.linear(self.lstm(x)[0][:, -1])


WRAPPED = [nn.MSELoss(), F.mse_loss, CheckedLoss(nn.MSELoss())]


@pytest.mark.parametrize("loss", WRAPPED, ids=["module", "function", "wrapped twice"])
def test_a_watch_sees_through_a_checked_loss(loss):
    criterion, model = CheckedLoss(loss), Flow()
    with shapecheck.watch(model, criterion, Protocol.documented(loss="mse", head="last step")) as seen:
        criterion(model(torch.randn(4, 7, 1)), torch.randn(4, 1))
    assert seen.report.ok
    call = seen.trace.entries[-1].call
    assert [record.role for record in call.inputs] == ["input", "target"]
    assert call.type in ("MSELoss", "mse_loss")
    assert "stage 'loss target' at loss.target: batch_size out_size" in seen.report.checked


def test_a_watch_holds_what_a_checked_loss_gets_against_its_stage():
    criterion, model = CheckedLoss(nn.MSELoss(), on_violation="record"), Flow()
    with (
        pytest.raises(ShapeError, match=r"stage     loss target, at loss\.target"),
        shapecheck.watch(model, criterion, Protocol.documented(loss="mse", head="last step")),
    ):
        criterion(model(torch.randn(4, 7, 1)), torch.randn(4, 2))


@pytest.mark.parametrize("loss", WRAPPED, ids=["module", "function", "wrapped twice"])
def test_the_other_doors_see_through_it_too(loss):
    criterion = CheckedLoss(loss)
    assert shapecheck.predict(criterion, torch.zeros(4, 1), torch.zeros(4)).hazards[0].slug == "loss_over_all_pairs"
    assert slugs(check_loss(criterion, torch.zeros(4, 1), torch.zeros(4))) == ["loss_over_all_pairs"]


def test_a_model_is_checked_with_a_checked_loss():
    protocol = Protocol.documented(loss="mse", head="last step")
    report = shapecheck.check_model(Flow, protocol, loss=CheckedLoss(nn.MSELoss()), max_examples=3)
    assert report.ok
    assert "the loss is one finite number and every parameter gets a gradient" in report.checked


@settings(max_examples=5)
@given(st.data())
def test_its_inputs_are_drawn_as_for_the_loss_itself(data):
    criterion = CheckedLoss(nn.MSELoss())
    example = data.draw(loss_inputs(criterion))
    assert example.loss is criterion
    assert criterion(*example.arguments).ndim == 0
    bad = data.draw(invalid_loss_inputs(criterion))
    assert (bad.loss, bad.violation) == (criterion, "lengths differ")


def test_what_is_set_afterwards_is_set_on_the_loss():
    plain = nn.CrossEntropyLoss()
    criterion = CheckedLoss(nn.CrossEntropyLoss())
    for loss in (plain, criterion):
        loss.ignore_index = int(LABELS[0])
        loss.reduction = "none"
        loss.label_smoothing = 0.1
        loss.weight = torch.arange(5.0)
    assert torch.equal(criterion(SCORES, LABELS), plain(SCORES, LABELS))
    assert list(criterion.state_dict()) == list(plain.state_dict())
    again = pickle.loads(pickle.dumps(copy.deepcopy(criterion)))
    assert torch.equal(again(SCORES, LABELS), plain(SCORES, LABELS))


def test_what_belongs_to_the_wrapper_is_set_on_the_wrapper():
    criterion = CheckedLoss(nn.MSELoss())
    criterion.on_violation, criterion.name, criterion.note = "record", "mse", "mine"
    assert (criterion.note, criterion.on_violation) == ("mine", "record")
    assert not {"note", "on_violation", "name"} & set(vars(criterion.loss))
    criterion.eval()
    assert not criterion.training
    assert not criterion.loss.training
    criterion.loss = nn.L1Loss()
    assert isinstance(criterion.loss, nn.L1Loss)
    del criterion.reduction
    assert not hasattr(criterion, "reduction")
