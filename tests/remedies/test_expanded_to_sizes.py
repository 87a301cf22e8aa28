"""What is expanded gets the axes that it lacks where they are missing."""

import pytest
from mended import mended, printed

MIXED = """
    def mixed(real, fake):
        share = {made}
        share = share{put}.{spread}
        return share * real + (1 - share) * fake
    one, two = torch.randn(4, 6, 9, 7), torch.randn(4, 6, 9, 7)
    print(round((mixed(one, two).std((1, 2, 3)) * torch.arange(4)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("made", "put"),
    [
        ("torch.rand(len(real))", "[:, None, None, None]"),
        ("torch.rand(real.size(0), 1)", "[:, :, None, None]"),
        ("torch.rand(4, 6)", "[:, :, None, None]"),
        ("torch.rand(4, 9)", "[:, None, :, None]"),
    ],
)
@pytest.mark.parametrize(
    "spread", ["expand(real.size())", "expand_as(real)", "expand(4, 6, 9, 7)", "expand(*real.shape)"]
)
def test_to_the_sizes_of_another(made, put, spread):
    found = mended(MIXED.format(made=made, put="", spread=spread))
    assert found.output == printed(MIXED.format(made=made, put=put, spread=spread))
    assert not found.doubts


def test_sizes_that_fit_along_several_axes_leave_a_doubt():
    bad = MIXED.format(made="torch.rand(4)", put="", spread="expand(real.shape)").replace("6, 9, 7", "4, 9, 7")
    found = mended(bad)
    assert found.changed == ["share = share[:, None, None, None].expand(real.shape)"]
    assert found.doubts == ["the same sizes would fit along other axes as well"]
