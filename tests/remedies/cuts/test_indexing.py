"""An index of more axes than there are."""

import pytest
from mended import mended, printed

CLIP = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.still, self.moving = nn.Conv2d(2, 4, 3, padding=1), nn.Conv3d(2, 4, 3, padding=1)

        def forward(self, clip):
            last = self.still(clip[:, :, {place}])
            return torch.cat([last, self.moving(clip).amax(2)], dim=1)


    frames = torch.randn(9, 2, 6, 7)
    print(tuple(Reader()(frames[5].unsqueeze(0)).shape))
"""
ACTED = """
    import numpy as np

    policy, seen = nn.Linear(3, 1), []
    for row in torch.randn(4, 1, 3):
        with torch.no_grad():
            act = policy(row).{squeezed}.numpy()
        seen.append(float(act[0]))
    print([round(each, 6) for each in seen])
"""


@pytest.mark.parametrize("place", ["-1, :, :", "0, :, :"])
def test_which_of_several_axes_is_missing_leaves_a_doubt(place):
    found = mended(CLIP.format(place=place))
    assert found.output == "crashed" or found.doubts


def test_an_array_that_numpy_refuses_to_index_is_made_no_tensor():
    found = mended(ACTED.format(squeezed="squeeze()"))
    assert found.output == printed(ACTED.format(squeezed="squeeze(0)"))
    assert not any("from_numpy" in fix.title for each in found.diagnoses for fix in each.fixes)


@pytest.mark.parametrize("taken", ["x.index_select(0, rows)", "torch.index_select(x, 0, rows)"])
def test_no_colons_are_put_into_a_call(taken):
    fixes = mended(f"x, rows = torch.randn(3, 8), torch.tensor([1, 5])\nprint({taken})", most=1).diagnoses[0].fixes
    assert not any(":" in each.title for each in fixes)
