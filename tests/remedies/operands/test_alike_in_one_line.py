"""Several operands of one line that lack the same axes."""

import pytest
from mended import mended, printed

PROGRAM = """
    def styled(x, like):
        (m, s), (n, t) = ((each.{flat}.mean(-1), each.{flat}.std(-1)) for each in (x, like))
        return {text}
    y = styled(torch.rand(2, 5, 6, 7), torch.rand(2, 5, 3, 4))
    print(y.shape, round(y.sum().item(), 3))
"""


def test_all_of_them_get_their_axes_at_once():
    found = mended(PROGRAM.format(flat="flatten(2)", text="(x - m) / s * t + n"))
    more = "[:, :, None, None]"
    assert found.output == printed(
        PROGRAM.format(flat="flatten(2)", text=f"(x - m{more}) / s{more} * t{more} + n{more}")
    )
    assert not found.doubts
    assert len(found.diagnoses) == 1


def test_an_axis_between_them_is_put_in_for_all():
    program = """
    x = torch.randn(4, 6, 3)
    low, high = x.amin(1), x.amax(1)
    print(round({}.sum().item(), 4))
    """
    found = mended(program.format("((x - low) / (high - low))"))
    assert found.output == printed(program.format("((x - low[:, None]) / (high - low)[:, None])"))
    assert not found.doubts


@pytest.mark.parametrize(
    "shape",
    [
        # A column would be spread over what has other rows.
        "3, 6, 5",
        # There are two places where the axis could be put.
        "6, 4, 4",
    ],
)
def test_what_may_not_be_put_in_one_place_is_left(shape):
    program = f"""
    low, high, x = torch.randn(6, 4), torch.randn(6, 4), torch.randn({shape})
    print(((x - low) / high).shape)
    """
    found = mended(program, most=1)
    assert not any(", high[" in fix.title for fix in found.diagnoses[0].fixes)
