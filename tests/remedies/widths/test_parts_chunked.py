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


CELL = """
    class Cell(nn.Module):
        def __init__(self, channels, depth={depth}):
            super().__init__()
            self.mix = {layer}
            self.out = nn.Linear(depth, 2)

        def forward(self, x, before):
            {taken}
            after = before * keep.sigmoid() + new.tanh() * take.sigmoid()
            return self.out({read})

    cell = Cell(4)
    print(round(cell({x}, {before}).sum().item(), 4))
"""
ROWS = {"x": "torch.randn(6, 4)", "before": "torch.randn(6, {})", "read": "after"}
MAPS = {"x": "torch.randn(6, 4, 9)", "before": "torch.randn(6, {}, 9)", "read": "after.mean(2)"}


def _cell(sizes, depth, layer, taken):
    sizes = {name: text.format(depth) for name, text in sizes.items()}
    return CELL.format(depth=depth, layer=layer, taken=taken, **sizes)


@pytest.mark.parametrize(
    ("sizes", "depth", "layer", "taken"),
    [
        (ROWS, 4, "nn.Linear(channels, {})", "keep, new, take = self.mix(x).chunk(3, dim=1)"),
        # These go into three, and meet what is as wide as all of them.
        (ROWS, 9, "nn.Linear(channels, {})", "keep, new, take = self.mix(x).chunk(3, dim=1)"),
        (ROWS, 5, "nn.Linear(channels, {})", "keep, new, take = torch.chunk(self.mix(x), 3, -1)"),
        (MAPS, 5, "nn.Conv1d(channels, {}, 3, padding=1)", "keep, new, take = torch.chunk(self.mix(x), 3, dim=1)"),
        (
            MAPS,
            4,
            "nn.Conv1d(channels, {}, 1)",
            "mixed = self.mix(x)\n            keep, new, take = mixed.chunk(3, dim=1)",
        ),
        (ROWS, 6, "nn.Linear(channels, {})", "keep, new, take = self.mix(x).split(before.size(1), dim=1)"),
    ],
)
def test_a_layer_that_falls_into_too_few_parts_is_told_all_of_them(sizes, depth, layer, taken):
    found = mended(_cell(sizes, depth, layer.format("depth"), taken))
    assert found.output == printed(_cell(sizes, depth, layer.format("3 * depth"), taken))
    assert not found.doubts


def test_parts_that_are_cut_along_another_axis_say_nothing_of_the_width():
    program = _cell(ROWS, 7, "nn.Linear(channels, 3 * depth)", "keep, new, take = self.mix(x)[:2].chunk(3, dim=0)")
    found = mended(program, most=1).diagnoses[0]
    assert not any("3 * (3 * depth)" in edit.replacement for fix in found.fixes for edit in fix.edits)
