"""What is measured of a model that nobody has put into evaluation mode, with gradients or without."""

from __future__ import annotations

import textwrap

import pytest
import torch
from programs import TRAIN, slugs
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers

PROGRAM = """
model, criterion = nn.Linear(6, 3), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 6), torch.randint(0, 3, (5,))) for _ in range({steps})]
"""
BLOCK = """
right = 0
with torch.no_grad():
    for x, y in batches:
        right += {right}
print(float(right) / len(batches))
"""
FUNCTION = """
@torch.inference_mode()
def accuracy(net, pairs):
    rights = []
    for x, y in pairs:
        rights.append({right})
    return torch.as_tensor(rights).mean().item()


accuracy(model, batches)
"""
GRADED = BLOCK.replace("with torch.no_grad():", "if True:"), FUNCTION.replace("@torch.inference_mode()\n", "")
WRONG = [
    ("(model(x).argmax() == y).float().mean()", "index_into_the_whole"),
    ("(model(x).argmax(1, keepdim=True) == y).float().mean()", "every_guess_with_every_label"),
    ("((model(x)[:, :1] - y.float()) ** 2).mean()", "every_prediction_with_every_target"),
]
RIGHT = ["(model(x).argmax(1) == y).float().mean()", "F.cross_entropy(model(x), y).item()"]


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("measure", [BLOCK, FUNCTION])
def test_after_however_many_steps(steps, measure):
    program = PROGRAM.format(steps=steps)
    right, slug = WRONG[0]
    measured = measure.format(right=right)
    assert slugs(program, TRAIN + measured.replace("model(x)", "net(x)" if "net" in measure else "model(x)")) == [slug]


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("measure", GRADED)
def test_with_gradients_after_so_few_steps_that_it_is_heard_anyway(steps, measure):
    right, slug = WRONG[0]
    measured = measure.format(right=right).replace("model(x)", "net(x)" if "net" in measure else "model(x)")
    assert slugs(PROGRAM.format(steps=steps), TRAIN + measured) == [slug]


@pytest.mark.parametrize(("right", "slug"), WRONG)
def test_shapes_that_spread(right, slug):
    assert set(slugs(PROGRAM.format(steps=5), TRAIN + BLOCK.format(right=right))) == {slug}


@pytest.mark.parametrize(("measure", "steps"), [(BLOCK, 5), (FUNCTION, 5), *((each, 2) for each in GRADED)])
@pytest.mark.parametrize("right", RIGHT)
def test_what_is_measured_as_it_should_be(right, measure, steps):
    assert slugs(PROGRAM.format(steps=steps), TRAIN + measure.format(right=right)) == []


def test_what_measures_nothing_is_followed_by_what_does():
    first = "with torch.no_grad():\n    model(torch.randn(2, 6))\n"
    measure = BLOCK.format(right=WRONG[0][0])
    inside = measure.replace(
        "with torch.no_grad():\n    for x, y in batches:", "for x, y in batches:\n    with torch.no_grad():"
    )
    for heard in (inside, measure + measure):
        assert slugs(PROGRAM.format(steps=5), TRAIN + first + heard) == ["index_into_the_whole"]
    announced = "model.eval()\n" + measure
    assert slugs(PROGRAM.format(steps=5), TRAIN + first + announced) == ["index_into_the_whole"]


@pytest.mark.parametrize("late", [0, 4])
def test_a_teacher_within_the_steps_is_no_evaluation(late):
    train = f"""
    teacher = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    for step, (x, y) in enumerate(batches):
        loss = criterion(model(x), y)
        if step >= {late}:
            with torch.no_grad():
                wanted = model(x + 0.1 * torch.randn_like(x)).softmax(1) + teacher(x).softmax(1)
                sure = wanted.amax(1) > 1.0
            print(sure.float().mean().item())
            loss = loss + ((model(x).softmax(1) - wanted / 2) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    """
    assert slugs(PROGRAM.format(steps=9), textwrap.dedent(train)) == []


def test_nothing_is_left_behind():
    was = [(one.__enter__, one.__exit__) for one in (torch.no_grad, torch.inference_mode)]
    slugs(PROGRAM.format(steps=6), TRAIN)
    assert [(one.__enter__, one.__exit__) for one in (torch.no_grad, torch.inference_mode)] == was
    assert not modules._global_forward_pre_hooks
    assert not optimizers._global_optimizer_post_hooks
    assert not optimizers._global_optimizer_pre_hooks


@pytest.mark.parametrize("measure", [BLOCK, GRADED[0]])
def test_another_optimizer_goes_on_behind_what_was_measured(measure):
    measured = measure.format(right=RIGHT[0])
    assert slugs(PROGRAM.format(steps=6), TRAIN + measured + TRAIN + measured + TRAIN) == []


RETRIEVAL = """
query, key = nn.Linear(6, 8), nn.Linear(7, 8)
optimizer = torch.optim.SGD([*query.parameters(), *key.parameters()], 0.1)
for _ in range(5):
    scores = query(torch.randn(9, 6)) @ key(torch.randn(9, 7)).t()
    loss = F.cross_entropy(scores, torch.arange(9))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
{announced}
with torch.no_grad():
    scores = query(torch.randn(9, 6)) @ key(torch.randn(9, 7)).t()
    print((scores.argmax(1) == torch.arange(9)).float().mean().item())
"""


@pytest.mark.parametrize("announced", ["", "query.eval(), key.eval()"])
def test_one_of_all_others_is_sought_along_the_samples(announced):
    assert slugs(RETRIEVAL.format(announced=announced), "") == []


def test_tables_that_are_mostly_zeros():
    program = PROGRAM.format(steps=4).replace("model, crit", "near = torch.eye(5).to_sparse()\nmodel, crit")
    assert slugs(program, TRAIN.replace("model(x)", "torch.sparse.mm(near, model(x))")) == []


def test_a_guard_may_be_left_by_the_names_of_its_arguments():
    left = textwrap.dedent("""
    guard = torch.no_grad()
    guard.__enter__()
    print(model(batches[0][0]).sum().item())
    guard.__exit__(exc_type=None, exc_value=None, traceback=None)
    """)
    assert slugs(PROGRAM.format(steps=6), TRAIN + left) == []


def test_a_script_may_hook_all_optimizers_itself():
    hooked = """
    from torch.optim.optimizer import register_optimizer_step_post_hook
    steps = []
    handle = register_optimizer_step_post_hook(lambda *_: steps.append(1))
    """
    ended = "handle.remove()\nassert len(steps) == 6\n"
    assert slugs(PROGRAM.format(steps=6), TRAIN + textwrap.dedent(hooked) + TRAIN + ended) == []
