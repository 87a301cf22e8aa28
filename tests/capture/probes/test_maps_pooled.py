"""Maps of which the rows or columns are read for the channels, beside poolings that are meant."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self, channels=8{sizes}):
        super().__init__()
        self.first, self.norm = nn.Conv2d(1, channels, 3, padding=1), nn.LayerNorm(8)
        {layers}

    def forward(self, x):
        maps = self.first(x).relu()
        {returned}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 1, 8, 8), torch.randint(0, 3, (5,))) for _ in range(2)]
"""


def told(returned: str, layers: str = "self.out = nn.Linear(8, 3)", sizes: str = "") -> list[str]:
    return slugs(PROGRAM.format(returned=returned, layers=layers, sizes=sizes))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("maps.mean(dim=(1, 2))", "maps.mean(dim=(2, 3))"),
        ("torch.amax(maps, (-3, -1), keepdim=True).flatten(1)", "torch.amax(maps, (-2, -1), keepdim=True).flatten(1)"),
        ("maps.mean(1).mean(1)", "maps.mean(3).mean(2)"),
        ("maps.amax(1).sum(2)", "maps.amax(2).sum(2)"),
    ],
)
def test_rows_or_columns_that_a_layer_reads_for_channels(wrong, right):
    assert told(f"return self.out(self.norm({wrong}))") == ["positions_read_as_features"]
    assert told(f"return self.out(self.norm({right}))") == []


@pytest.mark.parametrize(
    ("returned", "layers", "sizes"),
    [
        # A gate for each column: it weighs what was pooled.
        (
            "gate = self.gate(maps.mean((1, 2))).sigmoid()[:, None, None]; return self.out((maps * gate).mean((2, 3)))",
            "self.gate, self.out = nn.Linear(8, 8), nn.Linear(8, 3)",
            "",
        ),
        # Named for what stands in the rows, and by another name than the channels.
        ("return self.out(maps.mean((1, 3)))", "self.out = nn.Linear(bands, 3)", ", bands=8"),
        ("return self.out(maps.mean((1, 3)))", "self.out = nn.Linear(n_frames, 3)", ", n_frames=8"),
        # Each column has numbers of its own.
        (
            "return self.out((maps + self.places).mean((1, 2)))",
            "self.out, self.places = nn.Linear(8, 3), nn.Parameter(torch.randn(1, 8, 1, 8))",
            "",
        ),
        # In which row something is, by how strong each of them is, and what else stands there.
        ("return self.out(maps.mean((1, 3)))", "self.out = nn.Linear(8, 8)", ""),
        (
            "return self.out(maps.mean((1, 3)))",
            "self.out = nn.Sequential(nn.Linear(8, 9), nn.Tanh(), nn.Linear(9, 8))",
            "",
        ),
        # Each row of a map by itself.
        ("return self.out(maps.mean(1)).mean(1)", "self.out = nn.Linear(8, 3)", ""),
    ],
)
def test_poolings_of_maps_that_are_meant(returned, layers, sizes):
    assert told(returned, layers, sizes) == []
