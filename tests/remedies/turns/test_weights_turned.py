"""Weights for linear that have the inputs as their rows."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Made(nn.Module):
        def __init__(self, z, i, o):
            super().__init__()
            self.i, self.o, self.gen_w, self.gen_b = i, o, nn.Linear(z, i * o), nn.Linear(z, o)

        def forward(self, x, z):
            w = self.gen_w(z).{view}
            return F.linear(x, w{bias})

    y = Made(4, 7, 5)(torch.randn(6, 7), torch.ones(4))
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize("bias", ["", ", self.gen_b(z)", ", bias=self.gen_b(z)"])
@pytest.mark.parametrize("name", ["view", "reshape"])
def test_generated_weights_are_laid_out_the_other_way_round(name, bias):
    found = mended(PROGRAM.format(view=f"{name}(self.i, self.o)", bias=bias), most=1)
    assert found.output == printed(PROGRAM.format(view=f"{name}(self.o, self.i)", bias=bias))
    assert not found.doubts


def test_weights_that_are_kept_are_turned():
    program = "w = nn.Parameter(torch.arange(21.0).view(7, 3))\nprint(F.linear(torch.ones(5, 7), {w}).sum().item())"
    found = mended(program.format(w="w"), most=1)
    assert found.output == printed(program.format(w="w.t()"))


def test_weights_of_another_width_are_not_turned():
    found = mended("w = torch.ones(4, 3)\nprint(F.linear(torch.ones(5, 7), w).shape)", most=1)
    assert not any(".t()" in fix.title for fix in found.diagnoses[0].fixes)
