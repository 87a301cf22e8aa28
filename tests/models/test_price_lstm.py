"""The price model, its two heads and its protocol."""

import pytest
import torch

from shapecheck import DataError, ShapeError, watch
from shapecheck.models import HEADS, PriceLSTM, price_protocol

ROWS = {"every-step": 5 * 3, "last-step": 5}


@pytest.mark.parametrize("head", HEADS)
def test_predictions_and_targets_have_the_same_shape(head):
    model = PriceLSTM(hidden_size=4, head=head, out_size=2)
    assert model(torch.randn(5, 3, 1)).shape == (ROWS[head], 2)
    assert model.head.targets(torch.randn(5, 3, 2)).shape == (ROWS[head], 2)


@pytest.mark.parametrize("head", HEADS)
def test_the_prediction_for_the_day_after_has_seen_the_whole_window(head):
    model = PriceLSTM(hidden_size=4, head=head)
    prices = torch.randn(5, 3, 1)
    after = model.head.after_window(model(prices), 3)
    changed = prices.clone()
    changed[2, 0] += 1
    moved = (model.head.after_window(model(changed), 3) != after).squeeze(1)
    assert after.shape == (5, 1)
    assert moved.tolist() == [False, False, True, False, False]


def test_both_heads_read_the_same_last_step():
    torch.manual_seed(0)
    every, last = PriceLSTM(hidden_size=4), PriceLSTM(hidden_size=4, head="last-step")
    last.load_state_dict(every.state_dict())
    prices = torch.randn(5, 3, 1)
    torch.testing.assert_close(every.head.after_window(every(prices), 3), last(prices))


def test_targets_at_every_step_are_in_the_order_of_the_rows():
    following = torch.arange(6.0).reshape(2, 3, 1)
    assert HEADS["every-step"].targets(following).squeeze(1).tolist() == [0, 1, 2, 3, 4, 5]
    assert HEADS["last-step"].targets(following).squeeze(1).tolist() == [2, 5]


def test_an_unknown_head():
    with pytest.raises(DataError, match=r"^expected head to be every-step or last-step, got 'first'$"):
        PriceLSTM(head="first")


@pytest.mark.parametrize("head", HEADS)
def test_the_protocol_holds(head):
    model, criterion = PriceLSTM(hidden_size=4, head=head), torch.nn.MSELoss()
    with watch(model, loss=criterion, protocol=price_protocol(model)) as handle:
        criterion(model(torch.randn(5, 3, 1)), model.head.targets(torch.randn(5, 3, 1)))
    assert {entry.call.module for entry in handle.trace} >= {"lstm", "linear"}
    assert dict(handle.trace.sizes)["batch_size"] == 5


def test_the_protocol_refuses_a_target_that_would_broadcast():
    model, criterion = PriceLSTM(hidden_size=4, head="last-step"), torch.nn.MSELoss()
    with pytest.raises(ShapeError), watch(model, loss=criterion, protocol=price_protocol(model)):
        criterion(model(torch.randn(5, 3, 1)), torch.randn(5))
