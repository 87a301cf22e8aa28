"""Functions that ask whether an axis is true, and are told the first one, or none."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
{helper}

model, criterion = nn.Linear(3, 4), nn.MSELoss()
batches = [({call}, torch.randn(5, 4)) for x in torch.rand(3, 5, 3)]
"""
IN_ONE = """
def scaled(x, axis=None):
    return x / (x.amax(axis, keepdim=True) if axis else x.max())
"""
TURNED = """
def scaled(x, *, dim=None):
    if not dim:
        low = x.min()
    else:
        low = torch.amin(x, dim=dim, keepdim=True)
    return x - low
"""
LEFT_EARLY = """
def scaled(x, dim=None):
    if dim:
        return x.softmax(dim=dim)
    return torch.softmax(x, -1)
"""
KEPT = """
class Scaled:
    def __init__(self, axis=None):
        self.axis = axis

    def __call__(self, x):
        return x - (x.mean(self.axis, keepdim=True) if self.axis else x.mean())
"""
# 0 stands for no axis by itself; there is but one axis; what runs instead runs along the first one.
BY_DEFAULT = IN_ONE.replace("axis=None", "axis=0")
FIRST = TURNED.replace("x.min()", "x.amin(0)")
# What is told is no axis.
NORM = """
def scaled(x, p=None):
    return x * (x.norm(p, dim=1) if p else x.sign().abs().sum(1))[:, None]
"""
ASKED = IN_ONE.replace("if axis else", "if axis is not None else")


@pytest.mark.parametrize(
    ("helper", "call"),
    [
        (IN_ONE, "scaled(x, 0)"),
        (TURNED, "scaled(x, dim=0)"),
        (LEFT_EARLY, "scaled(x, 0)"),
        (KEPT, "Scaled(axis=0)(x)"),
    ],
)
def test_the_first_axis_is_taken_for_none(helper, call):
    assert slugs(PROGRAM.format(helper=helper, call=call)) == ["axis_zero_as_none"]


@pytest.mark.parametrize(
    ("helper", "call"),
    [
        (IN_ONE, "scaled(x, 1)"),
        (IN_ONE, "scaled(x)"),
        (IN_ONE, "scaled(x.flatten(), 0).view(5, 3)"),
        (KEPT, "Scaled()(x)"),
        (BY_DEFAULT, "scaled(x, 0)"),
        (FIRST, "scaled(x, dim=0)"),
        (ASKED, "scaled(x, 0)"),
        (NORM, "scaled(x, 0)"),
    ],
)
def test_none_was_told_or_it_is_no_matter(helper, call):
    assert slugs(PROGRAM.format(helper=helper, call=call)) == []


def test_the_test_is_mended():
    ((_, edits),) = audited(PROGRAM.format(helper=TURNED, call="scaled(x, dim=0)"))
    assert edits == ["    if dim is None:"]
