"""The lengths of targets are counted of the lists that the targets are made of."""

import pytest
from mended import mended, printed

PROGRAM = """
    def spaced(word):
        return [part for letter in word for part in (0, letter)] + [0]


    words = [[4, 2, 5], [3, 1], [2, 2, 1, 5]]
    longer = [spaced(word) for word in words]
    targets = {targets}
    lengths = {lengths}
    steps = torch.randn(20, 3, 6).log_softmax(-1)
    print(round({loss}(steps, targets, torch.full((3,), 20), lengths).item(), 4))
"""
PADDED = "nn.utils.rnn.pad_sequence([torch.tensor(word) for word in words], batch_first=True)"
JOINED = "torch.cat([torch.tensor(word) for word in words])"


@pytest.mark.parametrize("targets", [PADDED, JOINED])
@pytest.mark.parametrize("lengths", ["torch.tensor([len(each) for each in {}])", "torch.tensor(list(map(len, {})))"])
@pytest.mark.parametrize("loss", ["F.ctc_loss", "nn.CTCLoss()"])
def test_the_lists_that_the_targets_are_made_of_are_counted(targets, lengths, loss):
    found = mended(PROGRAM.format(targets=targets, lengths=lengths.format("longer"), loss=loss))
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(targets=targets, lengths=lengths.format("words"), loss=loss))


def test_lengths_of_the_same_lists_are_left():
    lengths = "torch.tensor([len(each) + 4 for each in words])"
    found = mended(PROGRAM.format(targets=PADDED, lengths=lengths, loss="F.ctc_loss"))
    assert lengths in found.text
