"""Lengths from before several steps were put side by side."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    class Pyramid(nn.Module):
        def __init__(self, d, hid, k=2):
            super().__init__()
            self.k, self.lstm = k, nn.LSTM(k * d, hid, batch_first=True)

        def forward(self, x, lens):
            b, t, d = x.shape
            x = {folded}
            out, _ = self.lstm(pack_padded_sequence(x, {lens}, batch_first=True))
            return pad_packed_sequence(out, batch_first=True)

    x, lens = Pyramid(4, 5)(torch.randn(3, 16, 4), torch.tensor([16, 12, 10]))
    print(x.shape, lens.tolist())
"""


@pytest.mark.parametrize(
    ("folded", "divided"),
    [
        ("x.reshape(b, t // 2, 2 * d)", "lens // 2"),
        ("x[:, :t // self.k * self.k].reshape(b, t // self.k, -1)", "lens // self.k"),
    ],
)
def test_lengths_are_divided_as_the_steps(folded, divided):
    found = mended(PROGRAM.format(folded=folded, lens="lens"), most=1)
    assert found.diagnoses[0].slug == "lengths_longer_than_input"
    assert found.output == printed(PROGRAM.format(folded=folded, lens=divided))
    assert not found.doubts


def test_steps_that_were_cut_off_are_not_divided():
    found = mended(PROGRAM.format(folded="torch.cat([x, x], -1)[:, :11]", lens="lens"), most=1)
    assert not any("//" in fix.title for fix in found.diagnoses[0].fixes)
