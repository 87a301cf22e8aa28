"""Rows that go on from batch to batch."""

import pytest
import torch

from shapecheck import DataError
from shapecheck.models import StatefulBatches


@pytest.mark.parametrize(("length", "batch_size", "seq_length"), [(101, 4, 7), (30, 3, 9), (10, 1, 4), (5, 4, 3)])
def test_row_i_continues_row_i(length, batch_size, seq_length):
    batches = list(StatefulBatches(torch.arange(length), batch_size, seq_length))
    row_length = (length - 1) // batch_size
    whole = torch.cat([inputs for inputs, _ in batches], dim=1)
    assert whole.shape == (batch_size, row_length)
    assert whole.flatten().tolist() == list(range(batch_size * row_length))


def test_the_target_is_the_next_character():
    for inputs, targets in StatefulBatches(torch.arange(50), batch_size=4, seq_length=5):
        torch.testing.assert_close(targets, inputs + 1)


def test_with_one_row_nothing_is_left_out():
    batches = list(StatefulBatches(torch.arange(10), batch_size=1, seq_length=4))
    assert [inputs.shape[1] for inputs, _ in batches] == [4, 4, 1]
    assert batches[-1][1].tolist() == [[9]]


def test_length_is_the_number_of_batches():
    batches = StatefulBatches(torch.arange(101), batch_size=4, seq_length=7)
    assert len(batches) == len(list(batches)) == 4


def test_a_text_too_short_for_the_rows():
    with pytest.raises(DataError) as caught:
        StatefulBatches(torch.arange(4), batch_size=4, seq_length=2)
    assert str(caught.value) == (
        "the text has 4 characters: expected at least 5, one for each of the 4 rows and one to predict"
    )


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (-1, 3)])
def test_sizes_below_one(sizes):
    with pytest.raises(DataError, match=r"^expected sizes of at least 1, got batch_size="):
        StatefulBatches(torch.arange(50), *sizes)
