"""What a call says of `batch_first`."""

import ast

import pytest

from shapecheck.reading.recurrent.batch_first import says_batch_first


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nn.GRU(3, 8)", False),
        ("nn.GRU(3, 8, batch_first=True)", True),
        ("nn.GRU(3, 8, batch_first=False)", False),
        ("nn.GRU(3, 8, batch_first=first)", True),
        ("pad_sequence(parts)", False),
        ("pad_sequence(parts, True)", True),
        ("rnn.pad_packed_sequence(packed, True, total_length=9)", True),
        ("pack_padded_sequence(x, lengths, False)", False),
        ("pack_padded_sequence(x, lengths, True, enforce_sorted=False)", True),
        ("pack_padded_sequence(x, True)", False),
    ],
)
def test_what_a_call_says_of_itself(text, says):
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    assert says_batch_first(call) is says
