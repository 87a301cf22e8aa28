"""Masks of numbers where truth values are wanted, truth values where numbers are, and whole numbers for floats."""

import pytest
from mended import mended, printed

MASKED = """
    scores = torch.randn(3, 5, 5)
    later = {mask}
    print(scores.{use}.shape)
"""


@pytest.mark.parametrize("use", ["masked_fill(later, -1e9)", "masked_fill(mask=later, value=0.0)"])
@pytest.mark.parametrize("mask", ["torch.triu(torch.ones(5, 5), 1)", "torch.ones(5, 5, dtype=torch.long).triu(2)"])
def test_a_mask_of_zeros_and_ones_is_made_of_truth_values(mask, use):
    found = mended(MASKED.format(mask=mask, use=use), most=1)
    assert [each.slug for each in found.diagnoses] == ["mask_of_numbers"]
    assert found.output == printed(MASKED.format(mask=f"{mask}.bool()", use=use))
    assert not found.doubts


@pytest.mark.parametrize(
    ("mask", "first"),
    [("torch.tril(torch.ones(5, 5))", "later == 0"), ("(torch.arange(5) != 2).float()", "later.bool()")],
)
def test_a_mask_may_mark_what_is_to_be_kept(mask, first):
    found = mended(MASKED.format(mask=mask, use="masked_fill(later, -1e9)"), most=1)
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert titles[0] == first
    assert "later == 0" in titles
    assert found.doubts


def test_which_of_many_numbers_are_true_is_in_doubt():
    found = mended(MASKED.format(mask="torch.randn(5, 5)", use="masked_fill(later, -1e9)"), most=1)
    assert found.diagnoses[0].slug == "mask_of_numbers"
    assert found.doubts


@pytest.mark.parametrize("text", ["kept & wide", "wide | kept", "~wide"])
def test_flags_that_are_floats_are_joined_as_truth_values(text):
    program = """
    kept, wide = torch.arange(6) > 2, (torch.arange(6) % 2).float()
    print(({text}).tolist())
    """
    found = mended(program.format(text=text), most=1)
    assert found.diagnoses[0].slug == "mask_of_numbers"
    assert found.output == printed(program.format(text=text.replace("wide", "wide.bool()")))


REST = """
    tokens, losses = torch.arange(12).view(3, 4) % 3, torch.ones(3, 4)
    padding, first = tokens == 0, tokens == 1
    print({text})
"""


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("(losses * (1 - padding)).sum()", "(losses * (1 - padding.float())).sum()"),
        ("(1.0 - padding).mean()", "(1.0 - padding.float()).mean()"),
        ("(padding - first).sum()", "(padding.float() - first.float()).sum()"),
        ("(losses - padding).sum()", "(losses - padding.float()).sum()"),
    ],
)
def test_flags_that_are_subtracted_are_made_numbers(text, right):
    found = mended(REST.format(text=text), most=1)
    assert [each.slug for each in found.diagnoses] == ["flags_subtracted"]
    assert found.output == printed(REST.format(text=right))
    assert not found.doubts


def test_the_rest_of_a_mask_is_offered_too():
    (found,) = mended(REST.format(text="(losses * (1 - padding)).sum()"), most=1).diagnoses
    assert "~padding" in [fix.title for fix in found.fixes]


WHOLE = """
    counts, noise = torch.arange(12).view(3, 4), torch.ones(3, 4)
    {text}
    print(counts.shape)
"""


@pytest.mark.parametrize("text", ["counts.mean(1)", "(counts > 3).mean()", "counts.std()", "counts.norm(dim=1)"])
def test_what_has_decimals_is_made_of_floats(text):
    found = mended(WHOLE.format(text=text), most=1)
    assert [each.slug for each in found.diagnoses] == ["whole_numbers_for_floats"]
    assert found.output == printed(WHOLE.format(text="pass"))
    assert not found.doubts


def test_a_softmax_of_whole_numbers_is_in_doubt():
    found = mended(WHOLE.format(text="counts.softmax(-1)"), most=1)
    assert [each.slug for each in found.diagnoses] == ["whole_numbers_for_floats"]
    assert found.doubts


@pytest.mark.parametrize("text", ["counts += noise", "counts.mul_(0.5)", "counts /= counts.sum()", "counts[0] *= 0.5"])
def test_what_is_changed_in_its_place_is_made_of_floats_where_it_is_made(text):
    (found,) = mended(WHOLE.format(text=text), most=1).diagnoses
    assert found.slug == "whole_numbers_for_floats"
    assert found.fixes
    lines = {edit.line for fix in found.fixes for edit in fix.edits}
    assert len(lines) == 1


def test_a_tensor_of_floats_beside_whole_numbers_is_another_matter():
    program = """
    layer, tokens = nn.Linear(4, 2), torch.arange(12).view(3, 4)
    print(layer(tokens).mean())
    """
    assert mended(program, most=1).diagnoses[0].slug == "input_of_other_dtype"


CHOSEN = """
    rows = torch.rand(7, 3)
    marks = {marks}
    print(rows[{index}].shape)
"""


@pytest.mark.parametrize("marks", ["torch.tensor([1.0, 0, 0, 1, 1, 0, 1])", "(torch.arange(7) > 2).double()"])
def test_zeros_and_ones_for_each_row_are_marks(marks):
    found = mended(CHOSEN.format(marks=marks, index="marks"), most=1)
    assert found.diagnoses[0].slug == "index_of_other_dtype"
    assert found.output == printed(CHOSEN.format(marks=marks, index="marks.bool()"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("marks", "is_open"), [("torch.tensor([2.0, 0, 6])", False), ("torch.tensor([1.0, 0, 1])", True)]
)
def test_other_numbers_are_positions(marks, is_open):
    found = mended(CHOSEN.format(marks=marks, index="marks"), most=1)
    assert found.output == printed(CHOSEN.format(marks=marks, index="marks.long()"))
    assert bool(found.doubts) == is_open


def test_the_mean_of_a_comparison_without_a_name():
    program = """
    scores, labels = torch.rand(8, 3), torch.randint(3, (8,))
    guess = scores.argmax(1)
    print({share}.item())
    """
    found = mended(program.format(share="(guess == torch.clone(labels)).mean()"), most=1)
    assert found.diagnoses[0].slug == "whole_numbers_for_floats"
    assert found.output == printed(program.format(share="(guess == labels).float().mean()"))


def test_arrays_that_do_not_spread():
    found = mended(
        """
        import numpy as np
        rows = np.arange(35.0).reshape(7, 5)
        centred = rows - rows.mean(axis=1)
        print(centred.shape)
        """,
        most=1,
    )
    assert found.diagnoses[0].slug == "sizes_do_not_broadcast"
    assert "rows.mean(axis=1, keepdims=True)" in found.text
    assert found.doubts


@pytest.mark.parametrize(
    "nearest", ["torch.cdist(rows, rows[:2]).argmin(1).float()", "torch.randint(0, 2, (7,)).float()"]
)
def test_two_positions_are_no_marks(nearest):
    found = mended(CHOSEN.format(marks=nearest, index="marks"), most=1)
    assert not any("bool()" in fix.title for fix in found.diagnoses[0].fixes)
    assert any("long()" in fix.title for fix in found.diagnoses[0].fixes)


def test_numbers_up_to_one_may_be_anything():
    program = "rows, share = torch.rand(7, 3), torch.linspace(0, 1, 7)\nprint(rows[share].shape)"
    truths = [fix for fix in mended(program, most=1).diagnoses[0].fixes if "bool()" in fix.title]
    assert truths
    assert all(fix.doubt for fix in truths)
