"""A loss that is written by hand from two tensors: the contract of its stand-in says what torch's arithmetic says."""

from itertools import product
from pathlib import Path

import pytest
import torch
from wording import check_words

from shapecheck import predict
from shapecheck.losses import hand_written

SHAPES = ((), (3,), (2, 3), (3, 1), (1,), (4,))
DTYPES = (torch.float32, torch.float64, torch.float16, torch.bool, torch.complex64)
CASES = [
    (torch.ones(left).to(first), torch.ones(right).to(second))
    for (left, right), (first, second) in product(product(SHAPES, repeat=2), product(DTYPES, repeat=2))
]


@pytest.mark.filterwarnings("ignore")
def test_the_verdict_is_that_of_the_mean_of_squares():
    for prediction, target in CASES:
        if torch.result_type(prediction, target) == torch.complex32:
            # torch can subtract such numbers and not square them; another loss of one's own may do without.
            continue
        outcome = predict(hand_written, prediction, target)
        try:
            result = ((prediction - target) ** 2).mean()
        except RuntimeError:
            assert not outcome.accepted
        else:
            assert [(found.shape, found.dtype) for found in outcome.outputs] == [((), str(result.dtype)[6:])]


@pytest.mark.filterwarnings("ignore")
def test_the_words_are_those_that_were_read():
    path = Path(__file__).parent / "sweeps" / "wording" / "hand_written.txt"
    check_words(path, [(hand_written, case, {}) for case in CASES])
