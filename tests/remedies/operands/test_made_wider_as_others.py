"""A layer that was told another width than all the others of its model is told theirs."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Places(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.table = nn.Parameter(torch.randn(30, width))

        def forward(self, x):
            return x + self.table[: x.size(1)]

    class Model(nn.Module):
        def __init__(self, n_tokens, width, inner):
            super().__init__()
            self.width, self.scale = width, math.sqrt(width)
            self.places = Places(width)
            self.embed = nn.Embedding(n_tokens, {told})
            self.layer = nn.TransformerEncoderLayer(width, 2, inner, dropout=0.0, batch_first=True)
            self.head = nn.Linear(width, n_tokens)

        def forward(self, x):
            x = self.places({scaled})
            return self.head(self.layer(x))

    model = Model({sizes})
    out = model(torch.randint(0, 13, (3, 5)))
    print(out.shape, sum(each.numel() for each in model.parameters()))
"""


@pytest.mark.parametrize(
    "scaled",
    [
        "self.embed(x)",
        "self.embed(x) * self.width**0.5",
        "self.embed(x) * math.sqrt(self.width)",
        "self.embed(x) * 4.0",
        "self.embed(x) * self.scale",
    ],
)
@pytest.mark.parametrize("sizes", ["13, 8, 12", "n_tokens=13, width=8, inner=6"])
def test_it_is_told_the_width_of_the_others(scaled, sizes):
    program = "    import math\n" + PROGRAM
    found = mended(program.format(told="inner", scaled=scaled, sizes=sizes))
    assert found.output == printed(program.format(told="width", scaled=scaled, sizes=sizes))
    assert found.changed == ["self.embed = nn.Embedding(n_tokens, width)"]
    assert not found.doubts
