"""A layer reads tensors that were laid flat and joined, and is told another sum of their axes."""

import pytest
from mended import mended, printed

PROGRAM = """
class Block(nn.Module):
    def __init__(self, steps, later, past, known, width):
        super().__init__()
        self.fc = nn.Linear({told}, width)

    def forward(self, y, before, behind):
        return self.fc(torch.cat([y, before.flatten(1), behind.reshape(len(y), -1)], dim=1))


net = Block(12, 5, past=4, known=3, width=7)
print(net(torch.ones(6, 12), torch.ones(6, 12, 4), torch.ones(6, 5, 3)).sum().item())
"""
RIGHT = "steps + steps * past + later * known"


@pytest.mark.parametrize("told", ["steps + steps * past + known", "steps + (steps + later) * known"])
def test_the_width_is_the_sum_of_the_products_of_their_axes(told):
    found = mended(PROGRAM.format(told=told))
    assert (found.doubts, found.output) == ([], printed(PROGRAM.format(told=RIGHT)))
    assert RIGHT in found.changed[0]


def test_a_name_that_has_no_part_in_the_sum_leaves_a_doubt():
    found = mended(PROGRAM.format(told="steps + steps * past + later * width"), most=1)
    assert (RIGHT in found.changed[0], bool(found.doubts)) == (True, True)
