"""A layer of both directions that was to be half as wide."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Encoder(nn.Module):
        def __init__(self, width, both):
            super().__init__()
            {count}
            self.rnn = nn.GRU(4, {width}, bidirectional=both)

        def forward(self, x):
            return self.rnn(x)[1]

    class Decoder(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.rnn = nn.{layer}(3, width)

        def forward(self, y, h):
            return self.rnn(y, torch.cat([h[0:1], h[1:2]], 2){taken})

    encoder, decoder = Encoder(6, True), Decoder(6)
    y = torch.randn(2, 5, 3)
    print(decoder(y{taken}, encoder(torch.randn(7, 5, 4)))[0].sum().item())
"""


@pytest.mark.parametrize(("layer", "taken"), [("GRU", ""), ("GRUCell", "[0]")])
@pytest.mark.parametrize("count", ["2 if both else 1", "1 + int(both)"])
def test_the_number_of_directions_that_nobody_reads_divides_the_width(layer, taken, count):
    names = {"layer": layer, "taken": taken, "count": f"self.ways = {count}"}
    found = mended(PROGRAM.format(width="width", **names), most=1)
    assert found.output == printed(PROGRAM.format(width="width // self.ways", **names))
    assert not found.doubts


def test_the_width_stays_where_nothing_counts_the_directions():
    found = mended(PROGRAM.format(width="width", layer="GRU", taken="", count="pass"), most=1)
    assert not any("//" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
