"""Scores that are compared with a class, beside labels that are compared with the same."""

import pytest
from mended import mended, printed

OVERLAP = """
    torch.manual_seed(2)
    net, x = nn.Conv2d(3, 5, 3, padding=1), torch.randn(4, 3, 8, 7)
    mask = {mask}
    pred = net(x){best}
    for c in range(5):
        print({both})
"""
MASK = "torch.randint(0, 5, (4, 8, 7))"


@pytest.mark.parametrize(
    "both",
    [
        "((pred == c) & (mask == c)).sum().item(), ((pred == c) | (mask == c)).sum().item()",
        "((mask == c).float() * (pred == c).float()).sum().item()",
        "torch.logical_and(pred == c, mask == c).sum().item()",
    ],
)
def test_the_class_of_the_largest_score_is_compared(both):
    found = mended(OVERLAP.format(mask=MASK, best=".softmax(1)", both=both))
    assert found.output == printed(OVERLAP.format(mask=MASK, best=".argmax(1)", both=both))
    assert not found.doubts


@pytest.mark.parametrize("part", ["mask", "mask[0:]"])
def test_what_was_compared_a_line_above_is_as_well(part):
    program = OVERLAP.replace("print({both})", f"p, m = pred == c, {part} == c\n        print((p & m).sum().item())")
    found = mended(program.format(mask=MASK, best=".softmax(1)"))
    assert found.output == printed(program.format(mask=MASK, best=".argmax(1)"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("mask", "both"),
    [
        (MASK, "((pred > c) & (mask > c)).sum().item()"),
        ("torch.rand(4, 8, 7)", "((pred == c) & (mask == c)).sum().item()"),
        ("torch.randint(0, 5, (4, 7, 8))", "((pred == c) & (mask == c)).sum().item()"),
    ],
)
def test_thresholds_and_other_places_are_none_of_classes(mask, both):
    found = mended(OVERLAP.format(mask=mask, best=".softmax(1)", both=both), most=1)
    assert not any("argmax" in fix.title for fix in found.diagnoses[0].fixes)
