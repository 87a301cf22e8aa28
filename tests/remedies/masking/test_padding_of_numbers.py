"""A padding mask of zeros and ones: which of them is padding shows a sequence that has none."""

import pytest
from mended import mended, printed

PROGRAM = """
    layer, x = {layer}, torch.randn(3, 5, 8)
    marks = torch.tensor({marks})
    print(round({called}.square().sum().item(), 3))
"""
LAYERS = [
    ("nn.TransformerEncoderLayer(8, 2, 9, 0.0, batch_first=True)", "layer(x, src_key_padding_mask={})"),
    ("nn.MultiheadAttention(8, 2, batch_first=True)", "layer(x, x, x, key_padding_mask={})[0]"),
]
PADDED = "[[0, 0, 0, 1, 1], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1]]"
KEPT = "[[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0]]"


@pytest.mark.parametrize(("layer", "called"), LAYERS)
@pytest.mark.parametrize(("marks", "right"), [(PADDED, "marks.bool()"), (KEPT, "marks == 0")])
def test_a_row_without_padding_shows_what_a_one_is(layer, called, marks, right):
    found = mended(PROGRAM.format(layer=layer, marks=marks, called=called.format("marks")))
    assert [each.slug for each in found.diagnoses] == ["mask_of_numbers"]
    assert found.output == printed(PROGRAM.format(layer=layer, marks=marks, called=called.format(right)))
    assert not found.doubts


def test_where_every_row_has_both_it_is_not_said():
    layer, called = LAYERS[0]
    marks = "[[0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]"
    found = mended(PROGRAM.format(layer=layer, marks=marks, called=called.format("marks")))
    assert found.changed == ["print(round(layer(x, src_key_padding_mask=marks.bool()).square().sum().item(), 3))"]
    assert found.doubts == ["no row says whether a one is a step or padding"]
