"""A loss that is gone back from twice: in one round, or once more in the function that gives it."""

import pytest
from mended import mended, printed

HEAD = """
net = nn.Linear(5, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)


def {name}(x, y):
    loss = F.cross_entropy(net(x).tanh(), y)
    {inside}return {given}


for k in range(3):
    found = {name}(torch.randn(8, 5), torch.randint(3, (8,)))
    {behind}
print([each.sum().item() for each in net.parameters()])
"""
CLEAR, BACK, STEP = "opt.zero_grad()", "found.backward()", "opt.step()"


def program(inside, behind, given="loss", name="learn"):
    lines = "".join(f"{each}\n    " for each in inside)
    return HEAD.format(inside=lines, behind="\n    ".join(behind), given=given, name=name)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (((CLEAR, "loss.backward()", STEP), (BACK,)), ((CLEAR, "loss.backward()", STEP), ("pass",))),
        (((CLEAR, "loss.backward()"), (BACK, STEP)), ((CLEAR, "loss.backward()"), (STEP,))),
        ((("loss.backward()",), (CLEAR, BACK, STEP)), ((), (CLEAR, BACK, STEP))),
        (((), (CLEAR, BACK, BACK, STEP)), ((), (CLEAR, BACK, STEP))),
        (((), (CLEAR, BACK, STEP, BACK)), ((), (CLEAR, BACK, STEP))),
        (((), (BACK, CLEAR, BACK, STEP)), ((), (CLEAR, BACK, STEP))),
    ],
)
def test_one_of_the_two_goes(wrong, right):
    name = "step" if wrong[0] else "learn"
    found = mended(program(*wrong, name=name).replace(f"    {BACK}\nprint", f"    {BACK}\n    pass\nprint"), most=1)
    assert found.output == printed(program(*right))
    assert found.diagnoses[0].slug == "graph_gone_through_twice"
    assert not found.doubts


def test_what_a_table_of_losses_holds_was_gone_back_from():
    given, behind = '{"loss": loss, "size": len(x)}', (CLEAR, 'found["loss"].backward()', STEP)
    found = mended(program(("loss.backward()",), behind, given))
    assert found.output == printed(program((), behind, given))
    assert not found.doubts


def test_another_who_trusts_the_function_to_go_back_leaves_a_doubt():
    text = program(("loss.backward()",), (CLEAR, BACK, STEP)) + "print(learn(torch.ones(2, 5), torch.ones(2).long()))"
    assert mended(text, most=1).doubts


def test_a_loss_made_anew_in_between_is_another_one():
    text = program((), (CLEAR, BACK, "found = found * 2", BACK, STEP))
    assert not any(each.title.startswith("without") for each in mended(text, most=1).diagnoses[0].fixes)


@pytest.mark.parametrize(
    "between",
    [
        # Two steps, each of which may want a loss of its own.
        (STEP, CLEAR),
        # The gradients of the first are read, and the weights moved by them.
        ("with torch.no_grad(): net.weight.add_(net.weight.grad)", CLEAR),
    ],
)
def test_a_second_loss_may_have_been_meant_to_be_made_anew(between):
    [found] = mended(program((), (CLEAR, BACK, *between, BACK, STEP)), most=1).diagnoses
    assert all(fix.doubt for fix in found.fixes)


def test_gradients_that_are_read_in_between_are_not_taken_away():
    behind = (CLEAR, BACK, "norm = net.weight.grad.norm()", CLEAR, BACK, STEP)
    found = mended(program((), behind))
    assert found.output == printed(program((), behind).replace("backward()", "backward(retain_graph=True)", 1))


BRANCHES = """
net, state, quiet = nn.Linear(5, 3), torch.zeros(8, 3), False
for x in torch.randn(3, 8, 5):
    state = net(x) + state
    loss = state.square().mean()
    if quiet:
        loss.backward()
        print("quiet")
    else:
        loss.backward(){cut}
        print("loud")
print(loss.item(), net.weight.grad.sum().item())
"""


def test_what_goes_back_in_another_branch_has_not_gone_back():
    found = mended(BRANCHES.format(cut=""))
    assert found.output == printed(BRANCHES.format(cut="\n        state = state.detach()"))


OWNER = """
class Owner:
    def __init__(self):
        self.net, self.state = nn.Linear(5, 3), torch.zeros(8, 3)

    def begin(self, x):
        self.state = self.net(x) + {state}
        self.loss = self.state.square().mean()


owner = Owner()
owner.begin(torch.ones(8, 5))
owner.loss.backward()
owner.begin(torch.ones(8, 5))
owner.loss.backward()
print(owner.net.weight.grad.sum().item())
"""


def test_a_loss_that_a_call_keeps_is_another_one_and_the_state_that_it_reads_on_is_not_cut_off_whole():
    found = mended(OWNER.format(state="self.state"))
    assert found.output == printed(OWNER.format(state="self.state.detach()"))


def test_a_loss_that_is_called_twice_is_made_twice():
    text = program((), (CLEAR, "found.mean().backward()", STEP, "found.mean().backward()"))
    assert not any(each.title.startswith("without") for each in mended(text, most=1).diagnoses[0].fixes)


def test_a_total_is_not_gone_back_from_where_the_function_has_and_never_cut_off_itself():
    behind = ("total = (total if k else 0.0) + {}", "total.backward()")
    wrong = program((CLEAR, "loss.backward()", STEP), (behind[0].format("learn(x, y)"), behind[1]))
    wrong = wrong.replace("found = learn(", "x, y = (")
    found = mended(wrong)
    assert found.output == printed(wrong.replace("total.backward()", "pass"))
