"""A learned vector has the width of what it meets."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Decay(nn.Module):
        def __init__(self, num_features, hidden):
            super().__init__()
            self.scale = nn.Parameter({factory}({scale}))
            self.shift = nn.Parameter(torch.zeros({shift}))
            self.mix = nn.Linear(num_features, hidden)

        def forward(self, x):
            return self.mix({formula})


    print(round(Decay({sizes})(torch.randn(4, 5, 3)).std().item(), 4))
"""


@pytest.mark.parametrize("sizes", ["3, 8", "3, 2"])
@pytest.mark.parametrize("factory", ["torch.ones", "torch.rand"])
@pytest.mark.parametrize("formula", ["self.scale * x + self.shift", "torch.exp(-F.relu(x * self.scale)) + self.shift"])
def test_a_parameter_is_told_the_width_of_what_it_meets(sizes, factory, formula):
    program = PROGRAM.format(scale="{}", shift="num_features", formula=formula, sizes=sizes, factory=factory)
    found = mended(program.format("hidden"))
    assert found.diagnoses[0].slug == "sizes_do_not_broadcast"
    assert found.changed == [f"self.scale = nn.Parameter({factory}(num_features))"]
    assert found.output == printed(program.format("num_features"))
    assert not found.doubts


def test_a_parameter_that_is_added_to_a_product_is_told_its_width():
    program = PROGRAM.format(
        scale="num_features", shift="{}", formula="self.scale * x + self.shift", sizes="3, 8", factory="torch.ones"
    )
    found = mended(program.format("hidden"))
    assert found.changed == ["self.shift = nn.Parameter(torch.zeros(num_features))"]
    assert found.output == printed(program.format("num_features"))
    assert not found.doubts


def test_behind_a_layer_either_may_have_the_wrong_width():
    program = PROGRAM.format(
        scale="num_features", shift="num_features", formula="x", sizes="3, 8", factory="torch.ones"
    ).replace("return self.mix(x)", "return self.mix(x) + self.shift")
    found = mended(program)
    assert found.changed == ["self.shift = nn.Parameter(torch.zeros(hidden))"]
    assert found.doubts == ["what the parameter meets may as well have been made for the wrong width"]


def test_a_row_for_each_step_is_cut():
    program = """
        class Scores(nn.Module):
            def __init__(self, longest, width):
                super().__init__()
                self.bias = nn.Parameter(torch.zeros(longest, longest))
                self.keys = nn.Linear(width, width)

            def forward(self, x):
                return (x @ self.keys(x).transpose(1, 2) + self.bias{}).softmax(-1)


        print(round(Scores(12, 7)(torch.randn(4, 7, 7)).std().item(), 4))
    """
    found = mended(program.format(""))
    assert found.output == printed(program.format("[:7, :7]"))


def test_a_learned_vector_without_another_width_is_cut_in_doubt():
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.scale = nn.Parameter(torch.ones(8))

            def forward(self, x):
                return x * self.scale


        print(Net()(torch.randn(4, 5)).shape)
    """
    found = mended(program)
    assert found.output == "crashed" or found.doubts
