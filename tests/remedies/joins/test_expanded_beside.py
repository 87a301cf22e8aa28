"""One step repeated for another tensor than the one beside it; axes that are not there; sums of products."""

import pytest
from mended import mended, printed

BESIDE = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.speaker = nn.Embedding(4, 3)

        def forward(self, text, sound, who):
            one = self.speaker(who).unsqueeze(1)
            {line}
            return both

    print(Net()(torch.randn(2, 9, {wide}), torch.randn(2, 7, 6), torch.tensor([1, 3])).sum().item())
"""


@pytest.mark.parametrize(
    ("line", "wide"),
    [
        ("both = torch.cat([text, one.expand(-1, {}, -1)], 2)", 5),
        ("both = torch.cat((one.repeat(1, {}, 1), text), dim=-1)", 5),
        ("one = one.expand(-1, {}, -1)\n            both = torch.cat([text, one], -1)", 5),
        ("both = text + one.expand(2, {}, 3)", 3),
    ],
)
def test_a_step_is_repeated_for_what_it_stands_beside(line, wide):
    found = mended(BESIDE.format(line=line.format("sound.size(1)"), wide=wide), most=1)
    assert found.output == printed(BESIDE.format(line=line.format("text.size(1)"), wide=wide))
    assert not found.doubts


def test_what_has_steps_of_its_own_is_not_repeated():
    found = mended(BESIDE.format(line="both = torch.cat([text, sound.expand(-1, 7, -1)], 2)", wide=5), most=1)
    assert not any("text.size" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)


def test_a_step_that_is_made_and_never_read_may_be_meant_beside_what_is_repeated_for():
    line = "first = torch.zeros(2, 1, 5)\n            both = torch.cat([text, one.expand(-1, 10, -1)], 2)"
    found = mended(BESIDE.format(line=line, wide=5), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if "text.size" in fix.title]
    assert told
    assert all(fix.doubt for fix in told)


POOLED = """
    parts = [torch.randn({sizes}) for width in (2, 3, 5, 4)]
    print(torch.cat(parts, len(parts)).{then}.shape)
"""


@pytest.mark.parametrize(
    ("sizes", "then", "is_sure"),
    [
        ("6, 1, 1, 7", "flatten(1)", True),
        ("3, 6, width", "flatten(1)", True),
        ("6, 7", "relu()", False),
        ("6, 1, 7", "relu()", False),
    ],
)
def test_parts_are_joined_along_their_last_axis(sizes, then, is_sure):
    program = POOLED.format(sizes=sizes, then=then)
    found = mended(program, most=1)
    assert found.output == printed(program.replace("len(parts))", "-1)"))
    assert bool(found.doubts) != is_sure


ADDED = """
    x, weight, bias = torch.randn({sizes}), torch.randn(6, 4), torch.randn({bias})
    print(torch.addmm(bias, x, weight).shape)
"""


def test_rows_with_more_axes_are_multiplied_and_added():
    program = ADDED.format(sizes="3, 7, 6", bias=4)
    found = mended(program, most=1)
    assert found.output == printed(program.replace("addmm(bias, x, weight)", "matmul(x, weight).add(bias)"))
    assert not found.doubts
    others = mended(ADDED.format(sizes="3, 7, 5", bias=4), most=1).diagnoses[0].fixes
    assert not any("matmul" in fix.title for fix in others)
