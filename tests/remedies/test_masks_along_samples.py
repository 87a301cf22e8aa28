"""A square mask as long as the axis that a layer takes for the samples: the layer reads the axes otherwise."""

import pytest
from mended import mended, printed

BLOCK = """
    layer = {layer}
    x = torch.randn({sizes}, 6)
    mask = torch.ones({steps}, {steps}).triu(1).bool()
    y = layer({given})
    print(round((y{read}.std(-1) * torch.arange(4)).sum().item(), 4))
"""
ENCODER = "nn.TransformerEncoderLayer(6, 2, 8, dropout=0.0{})"
ATTENTION = "nn.MultiheadAttention(6, 2{})"


@pytest.mark.parametrize(
    ("layer", "given", "read"),
    [
        (ENCODER, "x, src_mask=mask", ".mean(1)"),
        (f"nn.TransformerEncoder({ENCODER}, 2)", "x, mask", "[:, -1]"),
        (ATTENTION, "x, x, x, attn_mask=mask", "[0].mean(1)"),
    ],
)
def test_the_layer_is_told_that_the_samples_stand_first(layer, given, read):
    one = {"sizes": "4, 9", "steps": 9, "given": given, "read": read}
    found = mended(BLOCK.format(layer=layer.format(""), **one))
    assert found.output == printed(BLOCK.format(layer=layer.format(", batch_first=True"), **one))
    assert not found.doubts


def test_the_layer_may_be_right_where_the_first_axis_is_read_as_the_steps():
    found = mended(BLOCK.format(layer=ENCODER.format(""), sizes="4, 9", steps=9, given="x, src_mask=mask", read="[-1]"))
    assert found.changed == ["y = layer(x.transpose(0, 1), src_mask=mask)"]
    assert found.doubts == ["what reads the result may take its axes in the order in which the layer gives them now"]


def test_a_layer_that_was_told_so_in_vain():
    one = {"sizes": "9, 4", "steps": 9, "given": "x, src_mask=mask"}
    bad = BLOCK.format(layer=ENCODER.format(", batch_first=True"), read="[-1]", **one)
    found = mended(bad)
    assert found.output == printed(BLOCK.format(layer=ENCODER.format(""), read="[-1]", **one))
    assert not found.doubts
    assert mended(bad.replace("[-1]", ".flatten(0, 1)[:4]")).doubts


def test_a_mask_of_more_steps_than_either_axis_has_is_cut():
    one = {"sizes": "5, 4", "steps": 9, "read": "[-1]"}
    found = mended(BLOCK.format(layer=ENCODER.format(""), given="x, src_mask=mask", **one))
    assert found.output == printed(BLOCK.format(layer=ENCODER.format(""), given="x, src_mask=mask[:5, :5]", **one))
