"""A container of a backbone and a head has a Flatten between them."""

import pytest
from mended import mended, printed

PROGRAM = """
    backbone = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d({pool}))
    head = {head}
    model = nn.Sequential(backbone, {between}{part})
    print(round(model(torch.randn(4, 3, 9, 11)).sum().item(), 4))
"""
HEADS = [
    ("nn.Sequential(nn.Linear({}, 5), nn.ReLU(), nn.Linear(5, 2))", "head"),
    ("[nn.Linear({}, 5), nn.ReLU(), nn.Linear(5, 2)]", "*head"),
    ("nn.Sequential(nn.Sequential(nn.Linear({}, 5)), nn.Linear(5, 2))", "*head"),
]


@pytest.mark.parametrize(("head", "part"), HEADS)
@pytest.mark.parametrize(("pool", "width"), [("1", 6), ("(1, 2)", 12)])
def test_the_maps_are_laid_flat_before_the_part_that_wants_rows(head, part, pool, width):
    parts = {"pool": pool, "head": head.format(width), "part": part}
    found = mended(PROGRAM.format(between="", **parts))
    assert found.output == printed(PROGRAM.format(between="nn.Flatten(), ", **parts))
    assert not found.doubts


def test_a_width_that_the_maps_have_not_is_not_laid_flat_for():
    program = PROGRAM.format(between="", pool="1", head=HEADS[0][0].format(7), part="head")
    assert "Flatten" not in mended(program, most=1).text
