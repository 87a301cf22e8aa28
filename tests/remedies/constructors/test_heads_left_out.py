"""A checkpoint of which only the head has other sizes."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self, kinds, width=6):
            super().__init__()
            self.body, self.{head} = nn.Linear(4, width), nn.Sequential(nn.ReLU(), nn.Linear(width, kinds))

        def forward(self, x):
            return self.{head}(self.body(x))

    def taken_over(net, stored):
        net.load_state_dict({given})
        return net

    stored = {{"weights": Net(9).state_dict()}}
    net = taken_over(Net(kinds=3), stored)
    loss = F.cross_entropy(net(torch.rand(5, 4)), torch.tensor([0, 1, 2, 1, 0]))
    {train}
    print(round(loss.item(), 4))
"""
ALL = 'stored["weights"], strict=False'


@pytest.mark.parametrize("head", ["top", "classifier"])
def test_the_head_is_left_out_where_missing_names_are_allowed(head):
    found = mended(PROGRAM.format(head=head, given=ALL, train="loss.backward()"), most=1)
    assert f'if not name.startswith("{head}.")' in found.changed[0]
    rest = f'{{k: v for k, v in stored["weights"].items() if "{head}" not in k}}, strict=False'
    assert found.output == printed(PROGRAM.format(head=head, given=rest, train="loss.backward()"))
    assert not found.doubts


@pytest.mark.parametrize(("given", "train"), [('stored["weights"]', "loss.backward()"), (ALL, "net.eval()")])
def test_it_is_in_doubt_where_nothing_says_that_it_was_to_be_left_out_or_nothing_trains_it(given, train):
    diagnoses = mended(PROGRAM.format(head="top", given=given, train=train), most=1).diagnoses
    fixes = [fix for each in diagnoses for fix in each.fixes if fix.title.startswith("without top.")]
    assert fixes
    assert all(fix.doubt for fix in fixes)


def test_a_body_of_another_width_is_not_left_out():
    program = PROGRAM.format(head="top", given=ALL, train="loss.backward()").replace("Net(9)", "Net(9, 7)")
    (found,) = mended(program, most=1).diagnoses
    assert not any(fix.title.startswith("without") for fix in found.fixes)
