"""A spectrum whose squares are summed along its last axis is given as pairs."""

import pytest
from mended import mended, printed

PROGRAM = """
    filters, wave = torch.rand(5, 9), torch.randn(3, 64)


    def power_of(wave):
        spec = torch.stft(wave, 16, hop_length=4, window=torch.hann_window(16), return_complex=True)
        power = {power}
        return {read}


    print(round(power_of(wave).sum().item(), 3))
"""
READ = "filters @ power"


@pytest.mark.parametrize(
    "power",
    [
        "spec.pow(2).sum(-1)",
        "torch.sum(torch.pow(spec, 2), dim=[-1])",
        "(spec ** 2).sum(dim=-1)",
        "torch.sqrt(spec.pow(2).sum(-1) + 1e-6)",
        "spec.square().sum(-1, keepdim=False)",
    ],
)
@pytest.mark.parametrize("read", [READ, "torch.matmul(filters, power)"])
def test_the_pairs_are_summed(power, read):
    found = mended(PROGRAM.format(power=power, read=read))
    assert [each.slug for each in found.diagnoses] == ["spectrum_summed_as_pairs"]
    right = power.replace("spec", "torch.view_as_real(spec)")
    assert found.output == printed(PROGRAM.format(power=right, read=read))
    assert not found.doubts


@pytest.mark.parametrize("power", ["spec.abs().pow(2).sum(-1)", "spec.pow(2).sum(1)", "spec.pow(3).sum(-1)"])
def test_another_sum_is_left(power):
    found = mended(PROGRAM.format(power=power, read=READ), most=1)
    assert "view_as_real" not in found.text
