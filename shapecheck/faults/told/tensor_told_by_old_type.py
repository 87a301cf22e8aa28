"""A tensor is told by a type that no tensor has any more."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn
from torch.autograd import Variable


def cut(state):
    if type(state) == Variable:
        return state.detach()
    return tuple(cut(each) for each in state)


_, state = nn.LSTM(5, 8)(torch.randn(7, 4, 5))
print([each.shape for each in cut(state)])
"""

GOOD = BAD.replace("type(state) == Variable", "isinstance(state, torch.Tensor)")

FAULT = Fault(
    code="SC945",
    slug="tensor_told_by_old_type",
    headline="a tensor is told by a type that no tensor has any more",
    why=(
        "Since tensors and variables became one, what Variable(...) makes is a Tensor, and a comparison of its type "
        "with Variable never holds. The tensor is then taken for what the other branch reads, such as a tuple of "
        "states, and gone through down to single numbers."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="isinstance asks for a kind of object; a comparison of types asks for one class alone.",
    messages=(r"iteration over a 0-d tensor",),
    see="Look for comparisons with type(...) in the function that failed.",
    speaks_for=lambda message: -1.0,
)
