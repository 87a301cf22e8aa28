"""Features that only seem to stand in another axis than the last."""

import pytest
from mended import mended

READ = """
    class Read(nn.Module):
        def __init__(self, features={features}, steps={steps}, wide=7):
            super().__init__()
            self.steps, self.read = steps, nn.Linear(features, wide)

        def forward(self, x):
            return self.read({x}).mean(1)

    print(round(Read()(torch.randn({sizes})).sum().item(), 4))
"""


@pytest.mark.parametrize("sizes", ["4, 6, 3"])
def test_where_another_parameter_is_as_many_the_axis_may_be_its_own(sizes):
    found = mended(READ.format(features=6, steps=6, sizes=sizes, x="x"), most=1)
    assert found.doubts
