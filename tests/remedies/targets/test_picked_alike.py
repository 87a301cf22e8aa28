"""A prediction and a target of which only one was picked."""

import pytest
from mended import mended, printed

PROGRAM = """
    scores, wanted, pos = torch.randn(3, 6), torch.rand(3, 6), torch.randint(0, 3, (3, 6))
    places = {places}
    print(round(F.{loss}({scores}, {target}).item(), 4))
"""


@pytest.mark.parametrize("places", ["pos != 0", "torch.where(pos != 0)"])
@pytest.mark.parametrize("loss", ["binary_cross_entropy_with_logits", "mse_loss"])
@pytest.mark.parametrize(
    ("scores", "target", "right"),
    [
        ("scores[places]", "torch.zeros_like(scores)", ("scores[places]", "torch.zeros_like(scores)[places]")),
        ("scores[places]", "wanted", ("scores[places]", "wanted[places]")),
        ("scores", "wanted[places]", ("scores[places]", "wanted[places]")),
    ],
)
def test_the_other_one_is_picked_by_the_same(places, loss, scores, target, right):
    found = mended(PROGRAM.format(places=places, loss=loss, scores=scores, target=target), most=1)
    assert found.output == printed(PROGRAM.format(places=places, loss=loss, scores=right[0], target=right[1]))
    assert not found.doubts


def test_what_has_another_shape_is_not_picked_from():
    program = PROGRAM.format(places="pos != 0", loss="mse_loss", scores="scores[places]", target="wanted.t()")
    assert not any("[places]" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)
