"""The window of a spectrum, longer or shorter than what is transformed at a time."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Spectra(nn.Module):
        def __init__(self, n_fft=48, win=36):
            super().__init__()
            self.n_fft, self.win = n_fft, win
            self.register_buffer("window", torch.hann_window({made}))
        def forward(self, x):
            return torch.stft(x, self.n_fft, 12, {told}window=self.window, return_complex=True).abs()
    print(Spectra()(torch.randn(2, 300)).sum(1))
"""


@pytest.mark.parametrize(
    ("made", "told", "right"),
    [
        ("2 * n_fft", "", ("n_fft", "")),
        ("win", "", ("win", "win_length=36, ")),
        ("n_fft", "win_length=self.win, ", ("win", "win_length=self.win, ")),
    ],
)
def test_a_window_is_as_long_as_it_is_told(made, told, right):
    found = mended(PROGRAM.format(made=made, told=told))
    assert found.output == printed(PROGRAM.format(made=right[0], told=right[1]))
    assert not found.doubts


def test_a_window_of_unknown_make_is_left():
    text = PROGRAM.format(made="2 * n_fft", told="").replace(
        "torch.hann_window(2 * n_fft)", "torch.rand(96).softmax(0)"
    )
    found = mended(text, most=1)
    assert not any("window" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("made", ["win", "60"])
def test_a_longer_window_may_be_the_right_one(made):
    found = mended(PROGRAM.format(made=made, told="").replace("win=36", "win=60"), most=1)
    assert found.doubts or not any("_window" in line for line in found.changed)
