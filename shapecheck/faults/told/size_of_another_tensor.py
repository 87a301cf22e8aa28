"""A size was asked of another tensor than the one that it must go with."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn


def join(text, sound, voice):
    spread = voice.unsqueeze(1).expand(-1, text.size(1), -1)
    return torch.cat([sound, spread], dim=-1), text.mean(dim=1)


joined, gist = join(torch.randn(3, 5, 4), torch.randn(3, 11, 6), torch.randn(3, 2))
out, _ = nn.GRU(8, 7, batch_first=True)(joined)
print(out.shape)
"""

GOOD = BAD.replace("text.size(1)", "sound.size(1)")

FAULT = Fault(
    code="SC927",
    slug="size_of_another_tensor",
    headline="a size was asked of another tensor than the one that it must go with",
    why=(
        "A source and a target, a text and its sound, have sequences of their own lengths. What is spread over the "
        "steps of one of them, or masks its steps, must be made as long as that one; asked of the other, the size is "
        "a plain number like any other, and fails where the two meet."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Ask the tensor that it will be joined with, added to or masked by for its size.",
    messages=(r"Sizes of tensors must match except in dimension",),
    see="Print the shapes of both tensors in front of the line that joins them.",
    speaks_for=lambda message: -1.0,
)
