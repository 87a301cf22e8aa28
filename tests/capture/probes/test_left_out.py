"""Parts that no optimizer steps, beside those that somebody changes, that are frozen, or whose turn comes later."""

from __future__ import annotations

import pytest
from programs import audited, slugs

BODY = """
class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.body(x))


encoder, decoder, pair = nn.Linear(3, 4), nn.Linear(4, 1), Pair()
batches = [(torch.randn(6, 3), torch.randn(6, 1)) for _ in range(6)]
"""
TRAIN = """
{given}
for count, (x, y) in enumerate(batches):
    loss = F.mse_loss({model}, y)
    for each in (encoder, decoder, pair):
        each.zero_grad()
    loss.backward()
    {steps}
"""
SGD = "torch.optim.SGD({}, 0.01)"


def train(given: str, model: str = "decoder(encoder(x))", steps: str = "optimizer.step()") -> str:
    return TRAIN.format(given=given, model=model, steps=steps)


def one(held: str, before: str = "") -> str:
    return f"{before}optimizer = {SGD.format(held)}"


def test_a_part_behind_what_is_trained_was_left_out():
    ((slug, lines),) = audited(BODY, train(one("encoder.parameters()")))
    assert slug == "part_left_out_of_optimizer"
    assert lines == ["optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], 0.01)\n"]
    assert slugs(BODY, train(one("[*encoder.parameters(), *decoder.parameters()]"))) == []


JUDGED = """
real, fake = torch.randn(6, 3), torch.randn(6, 3)
{given}
for _ in range(4):
    loss = sum((1 - judge(real)).relu().mean() + (1 + judge(fake)).relu().mean() for judge in (pair, second))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("given", "is_wrong"),
    [
        ("second = Pair()\n" + one("[*pair.parameters(), *pair.parameters()]"), True),
        ("second = Pair()\n" + one("[*pair.parameters(), *second.parameters()]"), False),
    ],
)
@pytest.mark.filterwarnings("ignore:optimizer contains a parameter group")
def test_a_judge_of_two_things_that_is_given_twice_in_the_place_of_another(given, is_wrong):
    assert slugs(BODY, JUDGED.format(given=given)) == ["part_left_out_of_optimizer"] * is_wrong


@pytest.mark.parametrize(
    "given", [one("encoder.parameters()") + "\nencoder = nn.Linear(3, 4)\npair = Pair()", one("pair.parameters()")]
)
def test_the_optimizer_holds_another_model(given):
    assert slugs(BODY, train(given)) == ["optimizer_of_another_model"]


def test_an_optimizer_that_never_steps():
    both = "one, other = {}, {}".format(SGD.format("encoder.parameters()"), SGD.format("decoder.parameters()"))
    assert slugs(BODY, train(both, steps="one.step()")) == ["optimizer_never_steps"]
    assert slugs(BODY, train(one("pair.parameters()"), "pair(x)", "pass")) == ["optimizer_never_steps"]
    assert slugs(BODY, train(both, steps="one.step(), other.step()")) == []


NESTED = """
class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair, self.out = Pair(), nn.Linear(1, 1)

    def forward(self, x):
        return self.out(self.pair(x))


whole = Whole()
"""


@pytest.mark.parametrize(
    ("model", "held", "line"),
    [
        ("pair(x)", "pair.body.parameters()", "pair.parameters()"),
        (
            "whole(x)",
            "[*whole.pair.body.parameters(), *whole.out.parameters()]",
            "[*whole.pair.parameters(), *whole.out.parameters()]",
        ),
    ],
)
def test_the_one_part_of_a_module_that_was_forgotten(model, held, line):
    ((slug, lines),) = audited(BODY + NESTED, train(one(held), model))
    assert slug == "part_left_out_of_optimizer"
    assert lines == [f"optimizer = {SGD.format(line)}\n"]


@pytest.mark.parametrize(
    "text",
    [
        # A file may say that it is meant; a part may stand in front, be read twice, or be one of several.
        train(one("pair.body.parameters()", "# The head is frozen.\n"), "pair(x)"),
        train(one("pair.body.parameters()", "# The head keeps the directions that were drawn.\n"), "pair(x)"),
        train(one("encoder.parameters()", "# What comes behind is a simulated motor.\n")),
        train(one("whole.out.parameters()"), "whole(x)"),
        train(one("pair.body.parameters()"), "pair(x) - pair.head(x.new_ones(6, 4))"),
        train(one("whole.pair.body.parameters()"), "whole(x)"),
    ],
)
def test_a_part_that_may_be_left_out_on_purpose(text):
    assert "part_left_out_of_optimizer" not in slugs(BODY + NESTED, text)


@pytest.mark.parametrize(
    "text",
    [
        train(one("decoder.parameters()")),
        train(one("pair.head.parameters()"), "pair(x)"),
        # It may be measured with what is never trained.
        train(one("encoder.parameters()"), "decoder(encoder(x)) - decoder(x.new_ones(6, 4))"),
    ],
)
def test_what_may_be_frozen_is_asked_at_most(text):
    assert slugs(BODY, text) == ["part_not_trained"]


LATER = """
def train(held, epochs):
    optimizer = torch.optim.SGD(held, 0.01)
    for x, y in batches[:epochs]:
        loss = F.mse_loss(decoder(encoder(x)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


encoder, decoder = nn.Linear(3, 4), nn.Linear(4, 1)
train(encoder.parameters(), 4)
train(decoder.parameters(), 2)
"""
IN_A_FUNCTION = """
def main():
    encoder, decoder = nn.Linear(3, 4), nn.Linear(4, 1)
    for held, epochs in ((encoder, 4), (decoder, 2)):
        optimizer = torch.optim.SGD(held.parameters(), 0.01)
        for x, y in batches[:epochs]:
            loss = F.mse_loss(decoder(encoder(x)), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


main()
"""
BY_HAND = "[p.data.sub_(0.1 * p.grad) for p in {}]"


@pytest.mark.parametrize(
    "text",
    [
        train(one("encoder.parameters()", "decoder.requires_grad_(False)\n")),
        train(one("encoder.parameters()", "decoder.load_state_dict(nn.Linear(4, 1).state_dict())\n")),
        train(one("encoder.parameters()"), steps="optimizer.step(), " + BY_HAND.format("decoder.parameters()")),
        train("", steps=BY_HAND.format("[*encoder.parameters(), *decoder.parameters()]")),
        train(one("pair.parameters()"), "pair(x)", "(count + 1) % 5 or optimizer.step()"),
        train(
            f"one, other = {SGD.format('encoder.parameters()')}, {SGD.format('decoder.parameters()')}",
            steps="(one if count < 4 else other).step()",
        ),
        # Nobody trains anything.
        train("", "pair(x)", "pass"),
        # What was made in a function and is gone when the script ends.
        LATER,
        IN_A_FUNCTION,
    ],
)
def test_what_somebody_changes_or_nobody_should_is_left_alone(text):
    assert slugs(BODY, text) == []


def test_all_steps_may_be_taken_in_one_call():
    text = """
optimizer = torch.optim.LBFGS(pair.parameters(), max_iter=8)
x, y = batches[0]


def closure():
    optimizer.zero_grad()
    loss = F.mse_loss(pair(x), y)
    loss.backward()
    return loss


optimizer.step(closure)
"""
    assert slugs(BODY, text) == []


def test_two_that_play_against_each_other():
    text = """
makes, judges = torch.optim.SGD(encoder.parameters(), 0.01), torch.optim.SGD(decoder.parameters(), 0.01)
for x, _ in batches:
    made = encoder(x)
    makes.zero_grad()
    (-decoder(made).mean()).backward()
    makes.step()
    judges.zero_grad()
    (decoder(made.detach()).mean() - decoder(torch.randn(6, 4)).mean()).backward()
    judges.step()
"""
    assert "part" not in str(slugs(BODY, text))
    assert "optimizer" not in str(slugs(BODY, text))


GATHERED = """
def made(model):
    groups, group = [], {{"params": [], "lr": 0.01}}
    for name, each in model.named_parameters():
        if "body" in name:
            group["params"].append(each)
    groups.append(group)
    group = {{"params": [], "lr": 0.1}}
    for name, each in model.named_parameters():
        if "head" in name:
            group["params"].append(each)
    {given}


optimizer = made(pair)
"""
LISTED = """
head = [each for name, each in pair.named_parameters() if {test} in name]
body = [each for name, each in pair.named_parameters() if "body" in name]
optimizer = torch.optim.SGD({given}, lr=0.01)
"""


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (GATHERED.format(given="return torch.optim.SGD(groups, lr=0.1)"),
         ["    return torch.optim.SGD([*groups, group], lr=0.1)\n"]),
        (LISTED.format(test="'head'", given="body"), ["optimizer = torch.optim.SGD([*body, *head], lr=0.01)\n"]),
        (LISTED.format(test="'head'", given='[{"params": body, "lr": 0.1}]'),
         ["optimizer = torch.optim.SGD([{'params': body, 'lr': 0.1}, {\"params\": head}], lr=0.01)\n"]),
        # A choice by a name that no parameter has.
        (LISTED.format(test="'fc'", given='[{"params": body}, {"params": head, "lr": 0.1}]'), []),
    ],
)  # fmt: skip
def test_what_was_gathered_for_an_optimizer_and_not_given_to_it(given, lines):
    assert audited(BODY, train(given, "pair(x)")) == [("part_left_out_of_optimizer", lines)]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (GATHERED.format(given="groups.append(group)\n    return torch.optim.SGD(groups, lr=0.1)"), []),
        (LISTED.format(test="'head'", given="body + head"), []),
        # What else they are read for may be what they were gathered for.
        (LISTED.format(test="'head'", given="body") + "print(len(head))", ["part_not_trained"]),
        # Nothing of this kind is there, and it would have had the rate of the others.
        (LISTED.format(test="'norm'", given='[{"params": body}, {"params": head, "weight_decay": 0.0}]'),
         ["part_not_trained"]),
    ],
)  # fmt: skip
def test_groups_that_are_given_or_read_otherwise(given, told):
    assert slugs(BODY, train(given, "pair(x)")) == told


TWICE = one("[*encoder.parameters(), *encoder.parameters()]")
TWO = "one, other = {}, {}".format(SGD.format("encoder.parameters()"), SGD.format("{}.parameters()"))
NOTE = "part_not_trained"
TIED = "twin = nn.Linear(3, 4)\ntwin.weight, twin.bias = encoder.weight, encoder.bias\n"
SUM = "encoder(x).mean(1, keepdim=True) + pair(x)"
STEPS = "one.step(), other.step()"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (train(TWICE, SUM), ["part_left_out_of_optimizer"]),
        (train(TWO.format("encoder"), SUM, STEPS), ["part_left_out_of_optimizer"]),
        (train(TWO.format("pair"), SUM, STEPS), []),
        # Each of two optimizers has a loss of its own, or its own time.
        (train(TWO.format("encoder"), SUM, "(one if count % 2 else other).step()"), [NOTE]),
        (train(TWO.format("encoder"), SUM, "(one if count < 3 else other).step()"), [NOTE]),
        # One that is called at several places is listed by each of them.
        (
            train(
                one("[each for part in row for each in part.parameters()]", "row = [encoder] * 2\n"),
                "sum(part(x) for part in row).mean(1, keepdim=True) + pair(x)",
            ),
            [NOTE],
        ),
        # Somebody wants a part of the whole in the list, too, or shares it: that says nothing of what is left out.
        (train(one("[*pair.parameters(), *pair.body.parameters()]"), SUM), [NOTE]),
        (
            train(one("[*encoder.parameters(), *twin.parameters()]", TIED), SUM + " + twin(x)[:, :1]"),
            ["part_not_trained"],
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:optimizer contains a parameter group")
def test_a_module_that_is_listed_twice_stands_for_another_one(text, found):
    assert slugs(BODY, text) == found
