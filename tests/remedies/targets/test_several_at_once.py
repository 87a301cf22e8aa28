"""Predictions that hold several steps each, and losses that take rows alone."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Decoder(nn.Module):
        def __init__(self, d, wide, times):
            super().__init__()
            self.rnn, self.proj = nn.GRU(d, 10, batch_first=True), nn.Linear(10, wide * times)

        def forward(self, memory):
            return self.proj(self.rnn(memory)[0])

    pred, mel = Decoder(6, 8, times=3)(torch.randn(2, 5, 6)), torch.randn(2, {steps}, {wide})
    print(round(F.{loss}({pred}, mel).item(), 5))
"""


@pytest.mark.parametrize("loss", ["l1_loss", "mse_loss", "smooth_l1_loss"])
def test_predictions_are_laid_out_as_the_steps_of_the_target(loss):
    found = mended(PROGRAM.format(steps=15, wide=8, loss=loss, pred="pred"), most=1)
    right = PROGRAM.format(steps=15, wide=8, loss=loss, pred="pred.reshape(2, 15, 8)")
    assert found.output == printed(right)
    assert not found.doubts


@pytest.mark.parametrize(("steps", "wide"), [(15, 7), (14, 8), (5, 8), (24, 5)])
def test_other_sizes_are_not_laid_out(steps, wide):
    found = mended(PROGRAM.format(steps=steps, wide=wide, loss="l1_loss", pred="pred"), most=1)
    assert not any("-1" in fix.title and "reshape" in fix.title for fix in found.diagnoses[0].fixes)


ADAPTIVE = """
    emb, rnn = nn.Embedding(50, 6), nn.LSTM(6, 8, batch_first=True)
    crit, ids = nn.AdaptiveLogSoftmaxWithLoss(8, 50, cutoffs=[10, 25], div_value=2), torch.randint(0, 50, (3, 9))
    h, _ = rnn(emb(ids[:, :-1]))
    print(round(crit({given}).loss.item(), 4))
"""


def test_steps_become_rows_for_a_loss_that_takes_rows():
    found = mended(ADAPTIVE.format(given="h, ids[:, 1:]"), most=1)
    assert found.output == printed(ADAPTIVE.format(given="h.flatten(0, 1), ids[:, 1:].flatten()"))
    assert not found.doubts


def test_labels_that_are_not_beside_their_features_do_not_become_rows():
    found = mended(ADAPTIVE.format(given="h, ids"), most=1)
    assert found.output == "crashed" or found.doubts
