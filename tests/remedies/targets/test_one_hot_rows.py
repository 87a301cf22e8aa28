"""Labels of one column a class that were put in one row."""

import pytest
from mended import mended

PROGRAM = """
    torch.manual_seed(3)
    kinds = torch.randint(0, 4, (6,))
    columns = {made}
    scores = torch.randn(6, 4)
    {line}
    print({loss}.item())
    print(F.cross_entropy(scores, kinds).item())
"""
EYE = "torch.eye(4, dtype=torch.long)[kinds]"
ROWS = "torch.tensor([[int(k == j) for j in range(4)] for k in kinds.tolist()])"


@pytest.mark.parametrize("made", ["F.one_hot(kinds, 4)", EYE, ROWS])
@pytest.mark.parametrize(
    ("line", "loss"),
    [
        ("pass", "F.cross_entropy(scores, columns.view(-1))"),
        ("pass", "nn.CrossEntropyLoss()(scores, columns.flatten())"),
        ("pass", "F.cross_entropy(scores, torch.flatten(columns))"),
        ("pass", "F.cross_entropy(scores, columns.view(-1).long())"),
        ("labels = columns.long().view(-1)", "F.cross_entropy(scores, labels)"),
        ("labels = columns.reshape(-1)", "F.nll_loss(scores.log_softmax(1), labels)"),
    ],
)
def test_the_classes_are_numbered_again(made, line, loss):
    found = mended(PROGRAM.format(made=made, line=line, loss=loss))
    first, second = map(float, found.output.split())
    assert first == pytest.approx(second)
    assert len(found.diagnoses) == 1


def test_as_many_zeros_and_ones_that_mark_something_else_stay():
    program = """
    marks = torch.tensor([[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0]])
    print(F.cross_entropy(torch.randn(3, 4), marks.view(-1)).item())
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("argmax" in fix.title for fix in fixes)


@pytest.mark.parametrize(("line", "given"), [("pass", "parts.view(-1)"), ("flat = parts.flatten()", "flat")])
def test_a_row_with_two_ones_beside_one_with_none_is_no_class_number(line, given):
    program = f"""
    parts = torch.tensor([[0, 0, 1], [1, 1, 0], [0, 0, 0], [0, 1, 0]])
    {line}
    print(F.cross_entropy(torch.randn(4, 3), {given}).item())
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if "argmax" in fix.title)


@pytest.mark.parametrize(("made", "is_sure"), [(ROWS, False), (EYE, True)])
def test_rows_that_nobody_holds_any_more_are_in_doubt_unless_what_made_them_tells(made, is_sure):
    program = f"""
    def flat(kinds):
        return {made}.view(-1)

    kinds = torch.tensor([2, 0, 3, 1, 1, 2])
    labels = flat(kinds)
    print(F.cross_entropy(torch.randn(6, 4), labels).item())
    """
    found = mended(program)
    assert found.output != "crashed"
    assert bool(found.doubts) is not is_sure


def test_the_classes_of_every_step_are_numbered_again():
    program = """
    kinds = torch.randint(0, 4, (3, 5))
    scores, columns = torch.randn(3, 5, 4), F.one_hot(kinds, 4)
    print(F.cross_entropy(scores.view(-1, 4), columns.view(-1)).item())
    print(F.cross_entropy(scores.view(-1, 4), kinds.view(-1)).item())
    """
    first, second = map(float, mended(program).output.split())
    assert first == pytest.approx(second)


@pytest.mark.parametrize("rows", ["[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [1, 0, 0]]", "[[1, 1, 0], [0, 0, 0]]"])
def test_the_numbers_of_rows_behind_several_axes_tell_too(rows):
    program = f"""
    columns = torch.tensor([{rows}])
    print(F.cross_entropy(torch.randn(columns.numel() // 3, 3), columns.view(-1)).item())
    """
    fixes = [fix for each in mended(program, most=1).diagnoses for fix in each.fixes if "argmax" in fix.title]
    is_one_hot = "[1, 1" not in rows
    assert [fix.doubt for fix in fixes] == ([""] if is_one_hot else [])
