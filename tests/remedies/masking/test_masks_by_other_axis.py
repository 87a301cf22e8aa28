"""A mask of the future that is as large as there are samples, beside positions that lie along the steps."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Model(nn.Module):
        def __init__(self, width=8):
            super().__init__()
            self.table = nn.Parameter(torch.randn({table}) * 0.1)
            layer = nn.TransformerEncoderLayer(width, 2, 12, dropout=0.0)
            self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)

        def forward(self, x, mask):
            x = {positions}
            return self.encoder(x, mask)

    x = torch.randn(7, 3, 8)
    mask = {mask}
    out = Model()(x, mask)
    print(out.shape, round(out[0, 1].abs().sum().item(), 4))
"""
LEADING = {"table": "20, 1, width", "positions": "x + self.table[: x.size(0)]"}


@pytest.mark.parametrize(
    "mask",
    [
        'torch.triu(torch.full(({0}, {0}), float("-inf")), diagonal=1)',
        "torch.ones({0}, {0}).triu(1).bool()",
        "nn.Transformer.generate_square_subsequent_mask({0})",
    ],
)
@pytest.mark.parametrize("asked", ["x.size({})", "x.shape[{}]"])
def test_both_of_its_sides_are_asked_of_the_steps(mask, asked):
    found = mended(PROGRAM.format(mask=mask.format(asked.format(1)), **LEADING))
    assert found.output == printed(PROGRAM.format(mask=mask.format(asked.format(0)), **LEADING))
    assert not found.doubts


@pytest.mark.parametrize(
    "parts",
    [{"table": "20, width", "positions": "x + self.table[: x.size(1)]"}, {"table": "1, 1, 8", "positions": "x * 2"}],
)
def test_else_the_layer_may_read_the_samples_first(parts):
    found = mended(PROGRAM.format(mask="torch.ones(x.size(1), x.size(1)).triu(1).bool()", **parts), most=1)
    assert any("batch_first=True" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("end", [".unsqueeze(0)", "[None]"])
def test_one_mask_for_all_has_no_axis_in_front(end):
    mask = "torch.ones(x.size(0), x.size(0)).triu(1).bool()"
    found = mended(PROGRAM.format(mask=mask + end, **LEADING))
    assert found.output == printed(PROGRAM.format(mask=mask, **LEADING))
    assert not found.doubts
