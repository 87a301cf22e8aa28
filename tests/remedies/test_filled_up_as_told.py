"""Sequences that could not be stacked, filled up with the number that the script leaves out."""

import pytest
from mended import mended, printed

LOADER = """
    from torch.utils.data import DataLoader

    EMPTY = 7
    torch.manual_seed(5)
    rows = [(torch.randn(3), torch.randint(0, 7, (n,)){cast}) for n in (4, 2, 5, 3)]


    def together(batch):
        return torch.stack([x for x, _ in batch]), {stack}


    lost = nn.CrossEntropyLoss(ignore_index={ignored})
    for x, words in DataLoader(rows, batch_size=4, collate_fn=together):
        scores = x.sum() * torch.arange(9.0).repeat(words.numel(), 1)
        print(words.tolist(), lost(scores, words.flatten().long().clamp(max=8)).item())
"""
PLAIN = "torch.stack([y for _, y in batch])"


def filled(value):
    return f"torch.nn.utils.rnn.pad_sequence([y for _, y in batch], batch_first=True{value})"


@pytest.mark.parametrize(("ignored", "value"), [("EMPTY", "EMPTY"), ("8", "8")])
def test_the_number_that_the_loss_leaves_out(ignored, value):
    found = mended(LOADER.format(stack=PLAIN, ignored=ignored, cast=""))
    right = filled(f", padding_value={value}")
    assert right in found.changed[0]
    assert found.output == printed(LOADER.format(stack=right, ignored=ignored, cast=""))
    assert found.doubts == []


@pytest.mark.parametrize(("ignored", "value"), [("EMPTY", "EMPTY"), ("-5", "-5")])
def test_a_number_below_zero(ignored, value):
    text = LOADER.replace("EMPTY = 7", "EMPTY = -1")
    found = mended(text.format(stack=PLAIN, ignored=ignored, cast=""))
    right = filled(f", padding_value={value}")
    assert right in found.changed[0]
    assert found.output == printed(text.format(stack=right, ignored=ignored, cast=""))
    assert found.doubts == []


def test_zero_needs_no_word():
    found = mended(LOADER.format(stack=PLAIN, ignored="0", cast=""))
    assert filled("") in found.changed[0]
    assert found.doubts == []


def test_measurements_are_filled_up_with_zeros():
    found = mended(LOADER.format(stack=PLAIN, ignored="EMPTY", cast=".float()"))
    assert filled("") in found.changed[0]
    assert found.doubts == []


def test_two_numbers_are_in_doubt():
    text = LOADER.format(stack=PLAIN, ignored="EMPTY", cast="").replace(
        "lost =", "e = nn.Embedding(9, 2, padding_idx=0)\n    lost ="
    )
    assert mended(text, most=1).doubts == [
        "the loss and the embedding are told different numbers for what was filled up"
    ]
