"""A tensor that is told by its old type is asked for as one."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.autograd import Variable

    def cut(state):
        if {asked}:
            return {one}
        return {other}

    state = (torch.ones(2, 3, 4), torch.zeros(2, 3, 4))
    print([each.shape for each in cut(state)])
"""
ONE, ALL = "state.detach()", "tuple(cut(each) for each in state)"


@pytest.mark.parametrize(
    ("asked", "one", "other", "right"),
    [
        ("type(state) == Variable", ONE, ALL, "isinstance(state, torch.Tensor)"),
        ("type(state) is torch.autograd.Variable", ONE, ALL, "isinstance(state, torch.Tensor)"),
        ("type(state) in (Variable,)", ONE, ALL, "isinstance(state, torch.Tensor)"),
        ("type(state) != Variable", ALL, ONE, "not isinstance(state, torch.Tensor)"),
    ],
)
def test_a_tensor_is_asked_for_as_one(asked, one, other, right):
    found = mended(PROGRAM.format(asked=asked, one=one, other=other))
    assert found.output == printed(PROGRAM.format(asked=right, one=one, other=other))
    assert [each.slug for each in found.diagnoses] == ["tensor_told_by_old_type"]
    assert not found.doubts


def test_a_class_that_tensors_have_is_left():
    found = mended(PROGRAM.format(asked="type(state) == torch.Tensor and False", one=ONE, other=ALL), most=1)
    assert "isinstance" not in found.text
