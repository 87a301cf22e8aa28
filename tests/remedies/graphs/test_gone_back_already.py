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
