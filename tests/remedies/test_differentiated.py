"""Operands beside each other for which gradients are asked get their axes where they are made."""

import pytest
from mended import mended, printed

FIELD = """
    net = nn.Sequential(nn.Linear(2, 9), nn.Tanh(), nn.Linear(9, 1))
    {helper}
    place = {place}
    time = torch.rand(12, 1, requires_grad=True)
    u = net(torch.cat((place, time), {axis}))
    {asked}
    print(tuple(rest.shape), round(rest.abs().mean().item(), 5))
"""
BOTH = "up, ut = torch.autograd.grad(u.sum(), (place, time), create_graph=True)\n    rest = ut - 0.3 * up"
EACH = "rest = d(u, time) + u * d(u, place)"
NAMED = "def d(y, x):\n        return torch.autograd.grad(y.sum(), x, create_graph=True)[0]"
SHORT = "d = lambda y, x: torch.autograd.grad(outputs=y.sum(), inputs=x, create_graph=True)[0]"


@pytest.mark.parametrize(("helper", "asked"), [("", BOTH), (NAMED, EACH), (SHORT, EACH)])
@pytest.mark.parametrize("axis", [1, -1])
@pytest.mark.parametrize(
    ("place", "right"),
    [
        ("torch.linspace(-1, 1, 12).requires_grad_()", "torch.linspace(-1, 1, 12).unsqueeze(1).requires_grad_()"),
        ("torch.rand(12, requires_grad=True)", "torch.rand(12, requires_grad=True).unsqueeze(1)"),
    ],
)
def test_the_column_is_made_in_front_of_what_is_differentiated(helper, asked, axis, place, right):
    one = {"helper": helper, "asked": asked, "axis": axis}
    found = mended(FIELD.format(place=place, **one))
    assert found.output == printed(FIELD.format(place=right, **one))
    assert right in found.text
    assert not found.doubts


def test_without_gradients_it_is_made_where_it_is_used():
    found = mended(FIELD.format(helper="", place="torch.rand(12)", axis=1, asked="rest = u"))
    assert "place.unsqueeze(1)" in found.changed[0]
