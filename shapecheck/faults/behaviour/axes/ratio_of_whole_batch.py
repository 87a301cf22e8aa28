"""A ratio of a whole batch was averaged over its samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """

def error_to_signal(made, wanted):
    error = (wanted - made).square().mean()
    energy = wanted.square().mean()
    return torch.mean(error / (energy + 1e-8))


report = audit(nn.Linear(6, 6), error_to_signal, (torch.randn(8, 5, 6), torch.randn(8, 5, 6)))
"""
)

GOOD = BAD.replace(".square().mean()", ".square().mean(dim=(1, 2))")

FAULT = Fault(
    code="SC1050",
    slug="ratio_of_whole_batch",
    headline="a ratio is that of the whole batch before it is averaged over the samples",
    why=(
        "A mean without dim runs over the samples as well. The ratio of two such means is that of the whole batch: the "
        "samples with the largest numbers decide it, those with small ones hardly count, and it depends on what else "
        "is in the batch. The mean that follows, which was to be taken over the samples, has one number left."
    ),
    recognise=sees("ratio_of_whole_batch"),
    bad=BAD,
    good=GOOD,
    lesson="Reduce along all axes but that of the samples, divide, and take the mean last.",
)
