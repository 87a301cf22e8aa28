"""A convolution that is padded by a number that goes with another kernel than it is told."""

import pytest
from mended import mended, printed

BLOCKS = """
    class Block(nn.Module):
        def __init__(self, width, kernel):
            super().__init__()
            self.first = nn.Conv1d(width, width, {kernel}, padding={padding})
            self.second = nn.Conv1d(width, width, {kernel}, padding={padding})

        def forward(self, x):
            return x + {made}

    net = nn.Sequential(Block(4, 3), Block(4, 5))
    print(round(net(torch.rand(2, 4, 9)).sum().item(), 4))
"""
ONE, BOTH = "torch.relu(self.first(x))", "self.second(torch.relu(self.first(x)))"


@pytest.mark.parametrize("made", [ONE, BOTH])
def test_it_is_padded_by_half_of_its_kernel(made):
    found = mended(BLOCKS.format(kernel="kernel", padding=1, made=made), most=1)
    assert found.output == printed(BLOCKS.format(kernel="kernel", padding="kernel // 2", made=made))
    assert not found.doubts


def test_a_kernel_that_is_written_there_may_be_the_wrong_one():
    found = mended(BLOCKS.format(kernel=5, padding=1, made=ONE), most=1)
    assert found.doubts


def test_a_convolution_that_strides_is_left():
    found = mended(BLOCKS.format(kernel="kernel, 2", padding=1, made=ONE), most=1)
    assert not any("kernel // 2" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
