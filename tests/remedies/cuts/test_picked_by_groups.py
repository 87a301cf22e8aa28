"""Rows beside a table of their groups meet the row of their own group."""

import pytest
from mended import mended, printed

CENTRES = """
    class Centres(nn.Module):
        def __init__(self, classes, width):
            super().__init__()
            self.centres = nn.Parameter(torch.randn(classes, width))

        def forward(self, x, labels{more}):
            {first}
            return {formula}

    labels = torch.tensor([0, 2, 1, 3, 3, 0, 1])
    print(round(Centres(4, 5)(torch.randn(7, 5), labels{given}).item(), 4))
"""
FORMULAS = ["((x - {0}) ** 2).sum(1).mean()", "(x * {0}).sum()", "F.mse_loss(x, {0})", "torch.dist(x + {0}, x)"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_each_row_meets_its_own_group(formula):
    parts = {"more": "", "given": "", "first": "pass"}
    found = mended(CENTRES.format(formula=formula.format("self.centres"), **parts))
    assert found.output == printed(CENTRES.format(formula=formula.format("self.centres[labels]"), **parts))
    assert not found.doubts


@pytest.mark.parametrize(
    ("more", "given", "first"),
    [
        ("", "", "criterion = nn.NLLLoss(); self.cost = criterion(x, labels)"),
        (", others", ", labels.flip(0)", "pass"),
        ("", "", "nearest = torch.cdist(x, self.centres).argmin(1)"),
    ],
)
def test_another_index_or_a_choice_leaves_a_doubt(more, given, first):
    program = CENTRES.format(formula=FORMULAS[0].format("self.centres"), more=more, given=given, first=first)
    assert mended(program, most=1).doubts


def test_whole_numbers_that_reach_beyond_the_groups_pick_none():
    program = CENTRES.format(formula=FORMULAS[0].format("self.centres"), more="", given="", first="pass")
    assert "self.centres[labels]" not in mended(program.replace("3, 3, 0", "9, 3, 0"), most=1).text


def test_what_is_to_be_predicted_as_well_leaves_a_doubt():
    program = """
        x, y = torch.randn(8, 5), torch.tensor([0, 2, 1, 0, 1, 2, 2, 0])
        batch = {{"site": torch.tensor([1, 1, 0, 2, 2, 0, 1, 0])}}
        means = torch.stack([x[{index} == site].mean(0) for site in range(3)])
        centred = x - means
        criterion = nn.CrossEntropyLoss()
        print({printed})
    """
    loss = "round(criterion(nn.Linear(5, 3)(centred), y).item(), 4)"
    assert mended(program.format(index="batch['site']", printed=loss), most=1).doubts
    found = mended(program.format(index="y", printed="round(centred.norm().item(), 4)"), most=1)
    assert "x - means[y]" in found.text
    assert not found.doubts
