"""Positions in a flat table that were divided by the length of its rows stay whole numbers."""

import pytest
from mended import mended, printed

PROGRAM = """
    width, scores, rows = 7, torch.randn(3, 4, 7), torch.randn(3, 4, 5)
    flat = scores.flatten(1)
    best, places = flat.topk(2)
    table = nn.Embedding(9, 5)
    row = {row}
    print(row.tolist(), places.remainder(width).tolist())
    print(round(({taken}).sum().item(), 4))
"""
TAKEN = [
    "rows.gather(1, row.unsqueeze(-1).expand(-1, -1, 5))",
    "torch.gather(rows, 1, row[:, :, None].repeat(1, 1, 5))",
    "table(row)",
    "rows[0][row]",
    "rows.flatten(0, 1)[row.view(-1)]",
    "rows[torch.arange(3)[:, None], row]",
    "F.embedding(row, table.weight)",
]


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize(
    ("row", "whole"),
    [
        ("places / width", "places // width"),
        ("torch.div(places, width)", 'torch.div(places, width, rounding_mode="floor")'),
        ("places / scores.size(-1)", "places // scores.size(-1)"),
        ("flat.argsort(1)[:, :2] / width", "flat.argsort(1)[:, :2] // width"),
        ("(places + 1) / (width + 1)", "(places + 1) // (width + 1)"),
    ],
)
def test_the_division_is_that_of_whole_numbers(row, whole, taken):
    found = mended(PROGRAM.format(row=row, taken=taken))
    assert found.output == printed(PROGRAM.format(row=whole, taken=taken))
    assert not found.doubts


@pytest.mark.parametrize("row", ["best * 2.5 / 3", "places / 2.0", "(best / 1).round()"])
def test_floats_that_are_divided_are_left(row):
    fixes = mended(PROGRAM.format(row=row, taken=TAKEN[0]), most=1).diagnoses[0].fixes
    assert not [fix for fix in fixes if "//" in fix.title or "floor" in fix.title]


def test_what_is_farther_back_is_left():
    program = """
        steps, half = torch.arange(6), 4
        ratio = steps / half
        weights = torch.randn(6).softmax(0) * ratio
        table = nn.Embedding(9, 5)
        print(table(table(steps).mean(1) + weights).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not [fix for fix in fixes if not fix.doubt and "//" in fix.title]
