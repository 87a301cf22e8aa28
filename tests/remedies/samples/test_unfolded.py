"""Windows of unfold that go into a layer with their steps behind the features."""

import pytest
from mended import mended, printed

PROGRAM = """
    def windows_of(series):
        pieces = {made}
        return {given}

    series = torch.randn({shape})
    pieces = windows_of(series)
    layer = {layer}
    out = layer(pieces)
    out = out[0] if isinstance(out, tuple) else out
    print(F.mse_loss(nn.Linear(6, 3)(out), pieces).item())
"""
GRU = "nn.GRU(3, 6, batch_first=True)"


@pytest.mark.parametrize(
    ("shape", "made", "given", "layer"),
    [
        ("4, 20, 3", "series.unfold(1, 7, 2)", "pieces.flatten(0, 1)", GRU),
        ("4, 20, 3", "series.unfold(1, 7, 2).flatten(0, 1)", "pieces", GRU),
        ("20, 3", "series.unfold(0, 7, 2)", "pieces", GRU),
        ("20, 3", "series.unfold(dimension=0, size=7, step=2)", "pieces.contiguous()", "nn.Linear(3, 6)"),
        ("4, 20, 3", "series.unfold(1, 7, 2)", "pieces.reshape(-1, 3, 7)", GRU),
    ],
)
def test_windows_are_turned_where_they_are_made(shape, made, given, layer):
    found = mended(PROGRAM.format(shape=shape, made=made, given=given, layer=layer), most=1)
    assert ".transpose(-2, -1)" in found.changed[0]
    right = PROGRAM.format(shape=shape, made=made, given=f"{given}.transpose(-2, -1)", layer=layer)
    assert found.output == printed(right)
    assert not found.doubts


def test_windows_that_were_turned_are_left():
    made = "series.unfold(1, 7, 2).permute(0, 1, 2, 3)"
    found = mended(PROGRAM.format(shape="4, 20, 3", made=made, given="pieces.flatten(0, 1)", layer=GRU), most=1)
    assert not any(".transpose(-2, -1)" in fix.title for fix in found.diagnoses[0].fixes)


def test_windows_of_other_features_are_left():
    program = PROGRAM.format(shape="4, 20, 5", made="series.unfold(1, 7, 2)", given="pieces.flatten(0, 1)", layer=GRU)
    assert not any(".transpose(-2, -1)" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)
