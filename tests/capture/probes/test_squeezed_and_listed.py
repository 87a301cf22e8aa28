"""Lists that grow by one item for each sample of a batch, and by the rows of a picture for one that is alone."""

from __future__ import annotations

import pytest
from programs import slugs

MASKS = """
from torch.utils.data import DataLoader, TensorDataset

def overlap(guesses, masks):
    {apart}
    guesses, masks = guesses.flatten(1), masks.flatten(1)
    return (guesses * masks).sum(1){over}

def evaluate(model, loader):
    model.eval()
    found = []
    with torch.no_grad():
        for x, y in loader:
            guesses = (model(x) > 0).float()
            {collect}
    return {answer}

def pictures(count):
    return TensorDataset(torch.randn(count, 3, 5, 8), torch.randint(0, 2, (count, 1, 5, 8)).float())

model = nn.Conv2d(3, 1, 3, padding=1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for x, y in DataLoader(pictures(18), 6):
    loss = F.binary_cross_entropy_with_logits(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
evaluate(model, DataLoader(pictures({count}), 4))
"""
EXTENDED = "found.extend(overlap(guesses{squeeze}, y{squeeze}).tolist())"
NAMED = "each = overlap(guesses{squeeze}, y{squeeze})\n            found += each.cpu().tolist()"
ITEMS = "found.extend(overlap(guesses{squeeze}, y{squeeze}))"
ONE_EACH = "found.append(overlap(guesses{squeeze}, y{squeeze}).mean().item())"
MEAN = "sum(found) / len(found)"
RATIO = " / (masks.sum(1) + 1)"


def told(collect, squeeze=".squeeze()", count=9, apart="", over=RATIO, answer=MEAN):
    collect = collect.format(squeeze=squeeze)
    return slugs(MASKS.format(collect=collect, count=count, apart=apart or "pass", over=over, answer=answer), "")


@pytest.mark.parametrize("collect", [EXTENDED, NAMED, ITEMS])
@pytest.mark.parametrize(
    ("squeeze", "count"), [(".squeeze()", 9), (".squeeze(1)", 9), (".squeeze()", 8), (".squeeze()", 10)]
)
def test_a_list_gets_one_item_for_a_sample_alone(collect, squeeze, count):
    wanted = ["squeezed_by_chance"] if (squeeze, count) == (".squeeze()", 9) else []
    assert told(collect, squeeze, count) == wanted


@pytest.mark.parametrize("answer", ["torch.tensor(found).mean()", "found"])
def test_whoever_is_given_the_list_may_count_it(answer):
    assert told(EXTENDED, answer=answer) == ["squeezed_by_chance"]


@pytest.mark.parametrize(
    "apart",
    [
        "if guesses.dim() == 2: guesses, masks = guesses[None], masks[None]",
        "guesses, masks = guesses.reshape(-1, 40), masks.reshape(-1, 40)",
    ],
)
def test_a_sample_alone_may_be_seen_to(apart):
    assert told(EXTENDED, apart=apart) == []


def test_of_a_list_that_is_summed_the_items_are_not_counted():
    assert told(EXTENDED, over="", answer="sum(found) / 9") == []


def test_one_item_for_a_batch_of_any_size():
    assert told(ONE_EACH, over="") == []
