"""Noise that is drawn for a layer which has read wider or narrower rows before."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Decoder(nn.Module):
        def __init__(self, latent, hidden):
            super().__init__()
            self.start = {layer}
            self.out = nn.Linear(hidden, 3)

        def forward(self, z):
            return self.out({called})

    class Both(nn.Module):
        def __init__(self, latent=5, hidden=7):
            super().__init__()
            self.encoder, self.decoder = nn.Linear(3, latent), Decoder(latent, hidden)

        def forward(self, x):
            return self.decoder(self.encoder(x))

    torch.manual_seed(3)
    both = Both()
    {before}
    print(round(both.decoder({noise}).abs().sum().item(), 4))
"""
LINEAR = {"layer": "nn.Linear(latent, hidden)", "called": "self.start(z)"}
STEPS = {"layer": "nn.GRU(latent, hidden, batch_first=True)", "called": "self.start(z)[0]"}


@pytest.mark.parametrize(
    ("parts", "before", "noise"),
    [
        (LINEAR, "both(torch.randn(2, 3))", "torch.randn(4, {})"),
        (LINEAR, "both(torch.randn(2, 6, 3))", "2 * torch.rand((4, {}))"),
        (STEPS, "both(torch.randn(2, 6, 3))", "torch.randn(4, 6, {})"),
    ],
)
@pytest.mark.parametrize("wrong", ["4", "8"])
def test_it_is_as_wide_as_what_was_read_before(parts, before, noise, wrong):
    found = mended(PROGRAM.format(before=before, noise=noise.format(wrong), **parts))
    assert found.output == printed(PROGRAM.format(before=before, noise=noise.format("5"), **parts))
    assert not found.doubts


def test_the_first_data_may_be_right():
    found = mended(PROGRAM.format(before="", noise="torch.randn(4, 8)", **LINEAR), most=1)
    assert not any(change == "8 -> 5" for change in (fix.title for fix in found.diagnoses[0].fixes))
