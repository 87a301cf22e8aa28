"""Fewer rows than targets: the last layer gives too few numbers a sample, unless as many rows went in."""

import pytest
from mended import mended

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.out = nn.Embedding(9, 4), nn.Linear(4, 1)

        def forward(self, x):
            return self.out(self.embed(x{taken}))

    net, x, y = Net(), torch.randint(0, 9, ({rows}, 1)), torch.rand(6, 1)
    {called}
    print(F.mse_loss(out, y).shape if out.shape == y.shape else F.binary_cross_entropy_with_logits(out, y).item())
"""
CALLED = ["out = net(x)", "guess = net(x)\n    out = guess"]


@pytest.mark.parametrize("called", CALLED)
def test_rows_that_were_lost_are_no_more_outputs(called):
    found = mended(PROGRAM.format(taken="[0]", rows=6, called=called), most=1)
    assert "6 * (1)" not in found.text


@pytest.mark.parametrize("called", CALLED)
def test_several_numbers_a_sample_are_still_given_by_the_last_layer(called):
    found = mended(PROGRAM.format(taken="[:, 0]", rows=2, called=called), most=1)
    assert [fix.title for fix in found.diagnoses[0].fixes if "3 * (1)" in fix.title]
