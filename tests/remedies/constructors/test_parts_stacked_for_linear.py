"""Parts of a row stacked along a last axis in front of a Linear that reads them side by side."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Pairs(nn.Module):
        def __init__(self, width=6):
            super().__init__()
            self.score = nn.Linear({parts} * width, 2)

        def forward(self, one, other):
            both = torch.{join}({given}, {along})
            return self.score(both)


    torch.manual_seed(0)
    pairs = Pairs()
    scores = pairs(torch.rand(5, 6), torch.rand(5, 6))
    print(tuple(scores.shape), round(scores.sum().item(), 4))
"""


@pytest.mark.parametrize(("parts", "given"), [(2, "[one, other]"), (3, "(one, other, one * other)")])
@pytest.mark.parametrize("along", ["dim=-1", "dim=2", "-1"])
def test_what_is_written_part_by_part_is_put_side_by_side(parts, given, along):
    found = mended(PROGRAM.format(parts=parts, given=given, along=along, join="stack"))
    assert found.changed == [f"both = torch.cat({given}, dim=-1)"]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(parts=parts, given=given, along="dim=-1", join="cat"))


def test_parts_stacked_in_front_of_their_features_may_be_laid_flat():
    found = mended(PROGRAM.format(parts=2, given="[one, other]", along="dim=1", join="stack"))
    assert found.changed == ["return self.score(both.flatten(1))"]
    assert found.output == printed(PROGRAM.format(parts=2, given="[one, other]", along="dim=-1", join="cat"))
