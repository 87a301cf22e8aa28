"""Numbers of classes in a formula with a column a class are one-hot; counts and lengths may be factors of rows."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Margin(nn.Module):
        def forward(self, scores, labels):
            left, right = F.relu(0.9 - scores), F.relu(scores - 0.1)
            return {formula}


    CLASSES = 7
    answers = {drawn}
    marks = answers{cast}
    scores = torch.rand(5, 7)
    print(round(Margin()(scores, marks).item(), 4))
"""
BOTH = "(labels * left + 0.5 * (1.0 - labels) * right).sum()"
ONE = "-(labels * left.log_softmax(1)).sum()"
DRAWN = "torch.randint(0, CLASSES, (5,)).clamp(min=2)"
GIVEN = "torch.tensor([4, 0, 2, 6, 3])"
HOT = "marks = torch.nn.functional.one_hot(answers.long(), 7)"


@pytest.mark.parametrize(("formula", "drawn"), [(BOTH, GIVEN), (BOTH, DRAWN), (ONE, "torch.randint(0, CLASSES, (5,))")])
def test_labels_are_made_one_hot(formula, drawn):
    found = mended(PROGRAM.format(formula=formula, drawn=drawn, cast=".long()"), most=1)
    assert found.changed == [HOT]
    assert not found.doubts
    assert found.output == printed(
        PROGRAM.format(formula=formula, drawn=drawn, cast=".long()").replace("marks = answers.long()", HOT)
    )


def test_where_nothing_tells_that_they_are_labels_a_column_is_in_doubt():
    found = mended(PROGRAM.format(formula=ONE, drawn=GIVEN, cast=".long()"), most=1)
    assert found.changed == ["return -(labels.unsqueeze(1) * left.log_softmax(1)).sum()"]
    assert any("numbers of classes" in doubt for doubt in found.doubts)


@pytest.mark.parametrize("drawn", ["torch.tensor([14, 9, 12, 8, 11])", "torch.tensor([1, 0, 1, 1, 0])"])
def test_what_is_no_number_of_a_column_is_a_factor_of_its_row(drawn):
    found = mended(PROGRAM.format(formula=ONE, drawn=drawn, cast=".long()"), most=1)
    assert "labels.unsqueeze(1)" in found.changed[0]
    assert not found.doubts


def test_labels_made_floats_in_a_loss_of_ones_own():
    program = """
        class Focal(nn.Module):
            def forward(self, scores, labels):
                labels = {labels}
                p = torch.sigmoid(scores)
                gap = (p - labels).abs()
                weight = 0.25 * labels + 0.75 * (1 - labels)
                return (weight * gap.pow(2)).sum() / scores.size(0)

        scores, kinds = nn.Linear(3, 5)(torch.randn(14, 3)), torch.arange(14) % 5
        print(round(Focal()(scores, kinds).item(), 4))
    """
    found = mended(program.format(labels="labels.float()"))
    right = "torch.nn.functional.one_hot(labels, 5).float()"
    assert found.output == printed(program.format(labels=right))
    assert found.changed == [f"labels = {right}"]
    assert not found.doubts


@pytest.mark.parametrize("labels", ["labels.float()", "labels.type_as(scores)"])
def test_one_number_more_than_columns_is_the_background_in_doubt(labels):
    program = """
        def focal(scores, labels):
            labels = {labels}
            gap = (1 - scores.sigmoid()) * labels + scores.sigmoid() * (1 - labels)
            return gap.pow(2).sum()

        scores, kinds = nn.Linear(3, 5)(torch.randn(14, 3)), torch.arange(14) % 6
        print(round(focal(scores, kinds).item(), 4))
    """
    found = mended(program.format(labels=labels))
    assert found.output == printed(program.format(labels="F.one_hot(labels, 6)[:, :5]"))
    assert found.doubts


def test_numbers_from_one_to_the_columns_have_no_background():
    program = """
        scores, kinds = nn.Linear(3, 5)(torch.randn(14, 3)), 1 + torch.arange(14) % 5
        print(((1 - scores.sigmoid()) * kinds + scores.sigmoid() * (1 - kinds)).sum())
    """
    assert not any(", 6)" in fix.title for each in mended(program).diagnoses for fix in each.fixes)


def test_whole_floats_that_are_no_labels_are_not_made_columns():
    program = """
        counts, rates = torch.tensor([1.0, 3.0, 2.0, 0.0]), torch.rand(4, 5)
        print((rates - counts{rows}).shape)
    """
    found = mended(program.format(rows=""), most=1)
    assert not any("one_hot" in fix.title for fix in found.diagnoses[0].fixes)


def test_counts_that_each_column_is_a_guess_of_are_in_doubt():
    program = """
        guesses, counts = nn.Linear(4, 3)(torch.randn(8, 4)), torch.randint(0, 3, (8,)).float()
        gaps = counts{rows} - guesses
        print(gaps.shape, torch.max(-0.5 * gaps, 0.5 * gaps).mean().item())
    """
    found = mended(program.format(rows=""), most=1)
    assert found.output == printed(program.format(rows=".unsqueeze(1)"))
    assert any("numbers of classes" in doubt for doubt in found.doubts)
