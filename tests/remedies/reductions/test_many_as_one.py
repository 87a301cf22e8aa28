"""Many numbers where one is asked for: what makes one of them is said by the script, or in doubt."""

import pytest
from mended import mended, printed


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("a.sum() / w", "a.sum() / w.sum()"),
        ("a / w.mean()", "a.mean() / w.mean()"),
        ("1 - 2 * (a * w).sum() / (a + w.sum())", "1 - 2 * (a * w).sum() / (a.sum() + w.sum())"),
        ("a.mean() + 0.5 * w", "a.mean() + (0.5 * w).mean()"),
        ("-(a - torch.sum(w))", "-(a.sum() - torch.sum(w))"),
    ],
)
@pytest.mark.parametrize("end", ["measured(torch.rand(5), torch.rand(5)).item()", "float(value)"])
def test_the_part_that_was_left_is_made_one_as_those_beside_it(wrong, right, end):
    program = """
    def measured(a, w):
        return {formula}

    value = measured(torch.rand(5), torch.rand(5))
    print(round({end}, 4))
    """
    found = mended(program.format(formula=wrong, end=end), most=1)
    assert found.diagnoses[0].slug == "many_numbers_as_one"
    assert found.output == printed(program.format(formula=right, end=end))
    assert not found.doubts


@pytest.mark.parametrize("formula", ["a * w.sum()", "a.sum() / w + a", "(a.sum() + w) / a.mean()", "a + w + 1"])
def test_where_the_others_are_not_made_one_alike_there_is_a_doubt(formula):
    found = mended(f"a, w = torch.rand(5), torch.rand(5)\nprint(({formula}).item())", most=1)
    assert found.doubts


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_what_makes_one_number_elsewhere_does_so_here(name):
    program = """
    net, rows = nn.Linear(4, 3), torch.rand(6, 4)
    print(round(net(rows)[0].{name}().item(), 4), round(net(rows[:2]){end}.item(), 4))
    """
    found = mended(program.format(name=name, end=""), most=1)
    assert found.output == printed(program.format(name=name, end=f".{name}()"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("(x * keep).sum().item() / keep.item()", "(x * keep).sum().item() / keep.sum().item()"),
        ("-x.mean().item() + (x * x).item()", "-x.mean().item() + (x * x).mean().item()"),
    ],
)
def test_what_stands_beside_it_in_a_formula_was_made_one_alike(wrong, right):
    program = "x = torch.rand(6)\nkeep = x > 0.3\nprint(round({line}, 4))"
    found = mended(program.format(line=wrong), most=1)
    assert found.output == printed(program.format(line=right))
    assert not found.doubts


@pytest.mark.parametrize(
    "before",
    [
        "",
        "print(rows.sum().item(), rows.mean().item())",
        "print((rows > 0.5).float().mean().item())",
        "print(rows.max(1)[0].sum().item())",
    ],
)
def test_where_nothing_says_what_makes_one_number_there_is_a_doubt(before):
    found = mended(f"rows = torch.rand(6, 4)\n{before}\nprint(round(rows.std(1).item(), 4))", most=1)
    assert found.diagnoses[0].slug == "many_numbers_as_one"
    assert found.doubts


def test_answers_that_are_divided_later_may_be_counted():
    found = mended("right = (torch.arange(5) > 2).item()\nprint(right / 5)", most=1)
    assert found.changed == ["right = (torch.arange(5) > 2).float().mean().item()"]
    assert found.doubts == ["whether their mean or their sum is asked about is not said"]


@pytest.mark.parametrize(
    "made",
    [
        'F.mse_loss(net(rows), rows[:, :3], reduction="none")',
        'nn.L1Loss(reduction="none")(net(rows), rows[:, :3])',
        "measure(net(rows), rows[:, :3])",
    ],
)
def test_of_a_loss_it_is_the_mean(made):
    program = f"""
    net, rows, measure = nn.Linear(4, 3), torch.rand(6, 4), nn.MSELoss(reduction="none")
    print(rows.sum().item())
    print(round({made}{{end}}.item(), 4))
    """
    found = mended(program.format(end=""), most=1)
    assert found.output == printed(program.format(end=".mean()"))
    assert not found.doubts


def test_of_answers_it_is_their_share():
    program = "print((torch.arange(5) > 2){end}.item())"
    found = mended(program.format(end=""), most=1)
    assert found.output == printed(program.format(end=".float().mean()"))
    assert not found.doubts


@pytest.mark.parametrize("walk", ["[round(each, 3) for each in {}]", "list({})", "sorted({})", "[*zip({}, 'abcd')]"])
def test_what_is_gone_over_is_a_list(walk):
    program = f"shares = torch.rand(4, 6).softmax(1).amax(1)\nprint({walk})"
    found = mended(program.format("shares.item()"))
    assert found.output == printed(program.format("shares.tolist()"))
    assert not found.doubts
