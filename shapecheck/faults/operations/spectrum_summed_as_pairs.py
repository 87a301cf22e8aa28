"""A complex spectrum is squared and summed as if it were pairs of numbers."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.sizes.pairs_of_spectra import spectrum_as_pairs


def _recognise(evidence: Evidence) -> Recognition | None:
    place = spectrum_as_pairs(evidence)
    if place is None:
        return None
    return Recognition(f"{place.text} is complex: its last axis holds the frames, and they are summed", weight=9)


BAD = """\
import torch

filters, wave = torch.rand(5, 9), torch.randn(3, 64)
spec = torch.stft(wave, 16, window=torch.ones(16), return_complex=True)
power = spec.pow(2).sum(-1)
print((filters @ power).shape)
"""

GOOD = BAD.replace("spec.pow(2)", "torch.view_as_real(spec).pow(2)")

FAULT = Fault(
    code="SC590",
    slug="spectrum_summed_as_pairs",
    headline="a complex spectrum was summed as if it were pairs of numbers",
    why=(
        "torch.stft once returned the real and the imaginary parts as a last axis of two, along which their squares "
        "were summed. With return_complex=True there is no such axis, and the sum runs over the frames. "
        "torch.view_as_real gives the pairs."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The power of a complex spectrum is spec.abs() ** 2.",
    messages=(r"mat1 and mat2 shapes cannot be multiplied",),
)
