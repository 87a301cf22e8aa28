"""Maps laid flat that attend to themselves: the places are the steps, whatever width the layer could be made for."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Looks(nn.Module):
        def __init__(self, c, heads):
            super().__init__()
            self.norm = nn.GroupNorm(2, c)
            self.attend = nn.MultiheadAttention(c, heads, batch_first=True)

        def forward(self, x):
            z = {flat}
            z, _ = self.attend(z, z, z, need_weights=False)
            return x + z.transpose(1, 2).reshape(x.shape)

    y = nn.Sequential(nn.Conv2d(3, 8, 1), Looks(8, 2))(torch.randn(2, 3, 6, 7))
    print(y.shape, round(y.sum().item(), 3))
"""


@pytest.mark.parametrize("flat", ["self.norm(x).flatten(2)", "x.flatten(2, 3)"])
def test_the_channels_go_last(flat):
    found = mended(PROGRAM.format(flat=flat), most=1)
    assert found.output == printed(PROGRAM.format(flat=f"{flat}.transpose(1, 2)"))
    assert not found.doubts


def test_what_was_not_laid_flat_is_another_matter():
    found = mended(PROGRAM.format(flat="x.view(2, 8, 42)"), most=1)
    assert not any(".flatten" in fix.title for fix in found.diagnoses[0].fixes)
