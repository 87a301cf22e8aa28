"""Tensors that may be missing and are asked for their truth; and truth that is asked of what is always there."""

import pytest
from mended import mended, printed

GIVEN = """
    def scaled(x, weight=None):
        {body}

    print(scaled(torch.ones(3)).tolist(), scaled(torch.ones(3), torch.rand(3)).tolist())
"""


@pytest.mark.parametrize(
    ("body", "right"),
    [
        ("return x * weight if weight else x", "return x * weight if weight is not None else x"),
        ("if not weight: return x\n        return x * weight", "return x if weight is None else x * weight"),
        ("weight = weight or torch.ones(3)\n        return x * weight", "return x if weight is None else x * weight"),
        ("return x * (weight or 2)", "return x * (2 if weight is None else weight)"),
    ],
)
def test_a_parameter_that_is_none_by_default_is_asked_for_being_there(body, right):
    found = mended(GIVEN.format(body=body), most=1)
    assert found.diagnoses[0].slug == "many_numbers_as_one"
    assert found.output == printed(GIVEN.format(body=right))
    assert not found.doubts


KEPT = """
    class Net(nn.Module):
        def __init__(self, state=None):
            super().__init__()
            self.state, self.rnn = state, nn.GRU(3, 4)

        def forward(self, x):
            if {asked}:
                x = x + 1
            out, self.state = self.rnn(x, self.state)
            return out

    net = Net()
    for chunk in torch.ones(3, 5, 2, 3):
        print(net(chunk).sum().item())
"""


@pytest.mark.parametrize(
    ("asked", "right"),
    [("self.state", "self.state is not None"), ("x.size(0) > 2 and self.state", "self.state is not None")],
)
def test_a_state_that_begins_as_none(asked, right):
    found = mended(KEPT.format(asked=asked), most=1)
    assert found.output == printed(KEPT.format(asked=right))
    assert not found.doubts


@pytest.mark.parametrize(
    "lines",
    [
        "found = torch.rand(4)\nif found:",
        "found = torch.rand(4) > 0.5\nwhile not found:",
        "found, other = torch.rand(4), None\nif other is None and found:",
        "found = None\nif torch.rand(4) > 0.5:",
    ],
)
def test_what_is_always_there_was_meant_otherwise(lines):
    found = mended(f"{lines}\n    print(1)", most=1)
    assert found.diagnoses[0].slug == "many_numbers_as_one"
    assert not any("None" in fix.title for fix in found.diagnoses[0].fixes)


def test_flags_may_be_asked_whether_any_is_true():
    found = mended(
        """
        found = None
        for scores in torch.rand(3, 4):
            if found:
                break
            found = scores > 0.5
        print(found is None)
        """,
        most=1,
    )
    assert found.changed == ["if found is not None:"]
    assert found.doubts == ["whether any of them, or all, are true may have been meant to be asked"]


def test_what_was_given_and_is_compared_anew_may_be_asked_whether_all_are_true():
    found = mended(
        """
        def count(x, over=None):
            steps = 0
            while not over:
                over, steps = x < steps, steps + 1
            return steps

        print(count(torch.tensor([1.0, 3.0])))
        """,
        most=1,
    )
    assert found.diagnoses[0].fixes
    assert found.doubts
