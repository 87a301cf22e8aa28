"""States that a function makes as wide as its input: the width of the layer, by its name where there is one."""

import pytest
from mended import mended

TOLD = """
def run(layer, config, x):
    {width} = config["hidden_size"]
    h = torch.zeros({sizes})
    return layer(x, h)[0]


print(run(nn.GRU(3, 6), {{"hidden_size": 6}}, torch.randn(5, 4, 3)).sum().item())
"""


@pytest.mark.parametrize("sizes", ["size=[1, x.shape[1], {}]", "size=(1, x.shape[1], {})", "(1, x.shape[1], {})"])
def test_sizes_by_their_keyword_are_read_and_a_width_that_is_called_so_is_written_by_its_name(sizes):
    found = mended(TOLD.format(width="hidden_size", sizes=sizes.format("x.shape[2]")))
    assert found.changed == [f"h = torch.zeros({sizes.format('hidden_size')})"]
    assert not found.doubts


def test_a_number_that_is_called_otherwise_is_not_taken_for_the_width():
    found = mended(TOLD.format(width="steps", sizes="1, x.shape[1], x.shape[2]"))
    assert found.changed == ["h = torch.zeros(1, x.shape[1], 6)"]
