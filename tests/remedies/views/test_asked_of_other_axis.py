"""A size of a view that was asked of another axis, or of a state that holds the steps for samples."""

import pytest
from mended import mended, printed

SUMMARY = """
    class Summary(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.{kind}(3, 8, num_layers=2, bidirectional=True{first})

        def forward(self, x):
            state = self.rnn(x)[1]{pick}
            {named}
            return state.view(2, 2, {asked}, 8)[-1]


    model = Summary()
    print(tuple(model(torch.randn(6, 9, 3)).shape))
"""
FIRST = ", batch_first=True"


def _text(**way):
    return SUMMARY.format(**{"kind": "GRU", "first": FIRST, "pick": "", "named": "pass", **way})


@pytest.mark.parametrize(("kind", "pick"), [("GRU", ""), ("LSTM", "[0]")])
@pytest.mark.parametrize(("wrong", "right"), [("x.size(1)", "x.size(0)"), ("x.shape[1]", "x.shape[0]")])
def test_the_samples_are_asked_where_they_lie(kind, pick, wrong, right):
    found = mended(_text(kind=kind, pick=pick, asked=wrong), most=1)
    assert [each.title for each in found.diagnoses[0].fixes[:1]] == [f"{wrong} -> {right}"]
    assert found.diagnoses[0].slug == "size_of_another_axis"
    assert not found.doubts
    assert found.output == printed(_text(kind=kind, pick=pick, asked=right))


def test_a_size_under_a_name_is_changed_where_it_was_asked():
    found = mended(_text(named="n = x.size(1)", asked="n"), most=1)
    assert found.changed == ["n = x.size(0)"]


READ = "\n    F.mse_loss(model(torch.randn(6, 9, 3))[0], torch.zeros(6, 8))\n"


@pytest.mark.parametrize("kind", ["GRU", "RNN"])
@pytest.mark.parametrize(("more", "doubts"), [("", 1), (READ, 0)])
def test_a_layer_that_took_the_steps_first_is_told_that_the_samples_stand_there(kind, more, doubts):
    found = mended(_text(kind=kind, first="", asked="x.size(0)") + more, most=1)
    assert [each.title for each in found.diagnoses[0].fixes[:1]] == ["batch_first=True"]
    assert len(found.doubts) == doubts
    assert found.output == printed(_text(kind=kind, asked="x.size(0)") + more)


def test_nothing_is_asked_elsewhere_where_the_size_is_one_of_what_is_viewed():
    found = mended(_text(asked="x.size(0), 2"), most=1)
    assert "x.size(0) -> x.size(1)" not in [each.title for each in found.diagnoses[0].fixes]


@pytest.mark.parametrize(("layers", "is_offered"), [(1, True), (2, False)])
def test_an_axis_that_would_be_mixed_with_others_is_not_asked_for(layers, is_offered):
    program = f"""
    x = torch.randn(6, 9, 3)
    state = nn.GRU(3, 8, {layers}, batch_first=True)(x)[1]
    print(state.view(x.size(1), {8 * layers}).shape)
    """
    fixes = [each for found in mended(program, most=1).diagnoses for each in found.fixes]
    is_there = any(each.title == "x.size(1) -> x.size(0)" and not each.doubt for each in fixes)
    assert is_there is is_offered
