"""A number of parts with a rest that is rounded in one place and multiplied first in another."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Skip(nn.Module):
        def __init__(self, window, every):
            super().__init__()
            self.every = every
            self.parts = {made}

        def forward(self, x):
            x = x[:, {cut}:]
            return x.{view}(x.size(0), int(self.parts), self.every)


    torch.manual_seed(3)
    print(Skip(23, 5)(torch.randn(2, 23)).sum(1).tolist())
"""


@pytest.mark.parametrize("view", ["view", "reshape"])
@pytest.mark.parametrize("cut", ["-int(self.parts * self.every)", "int(-self.parts * self.every)"])
@pytest.mark.parametrize(
    ("made", "right"), [("window / every", "window // every"), ("(window - 0) / every", "(window - 0) // every")]
)
def test_the_number_is_rounded_where_it_is_made(made, right, cut, view):
    found = mended(PROGRAM.format(made=made, cut=cut, view=view))
    assert found.output == printed(PROGRAM.format(made=right, cut=cut, view=view))
    assert found.diagnoses[0].slug == "float_as_size"
    assert not found.doubts


def test_a_number_that_is_multiplied_nowhere_is_left():
    """What is cut to another length was not cut by it."""
    found = mended(PROGRAM.format(made="window / every", cut="-21", view="view"))
    assert not any("//" in fix.title for fix in found.diagnoses[0].fixes)
