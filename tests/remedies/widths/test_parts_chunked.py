"""A layer whose output is cut into parts, each of which should be as wide as the layer was told."""

import pytest
from mended import mended, printed

GATED = """
    class Gated(nn.Module):
        def __init__(self, width=12):
            super().__init__()
            self.both, self.out = nn.Linear(width, {width}), nn.Linear(width, 2)

        def forward(self, x):
            {parts} = {cut}
            return self.out({used})

    print(round(Gated()(torch.randn(5, 12)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("count", "parts", "cut", "used"),
    [
        (2, "value, gate", "self.both(x).chunk(2, dim=-1)", "value * gate.sigmoid()"),
        (3, "a, b, c", "torch.chunk(self.both(x), 3, dim=1)", "a * b + c"),
    ],
)
def test_it_is_told_as_many_times_the_width(count, parts, cut, used):
    found = mended(GATED.format(width="width", parts=parts, cut=cut, used=used))
    assert found.output == printed(GATED.format(width=f"{count} * width", parts=parts, cut=cut, used=used))
    assert not found.doubts


def test_where_nothing_is_cut_the_layer_behind_is_another_matter():
    program = GATED.format(width="width // 2", parts="value", cut="self.both(x)", used="value")
    found = mended(program, most=1).diagnoses[0]
    assert not any("2 * (width // 2)" in edit.replacement for fix in found.fixes for edit in fix.edits)
