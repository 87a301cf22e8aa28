"""A graph that was gone through: of a total, of a tensor made before the rounds, of what two losses share."""

import pytest
from mended import mended, printed

ROUNDS = """
model = nn.Linear(3, 4)
table = nn.Parameter(torch.randn(6, 3))
optimizer = torch.optim.SGD([*model.parameters(), table], 0.1)
total = 0.0
{before}
for index in ([0, 2], [1, 3], [4, 5]):
    {first}
    loss = {loss}
    {total}
    optimizer.zero_grad()
    {back}.backward()
    optimizer.step()
print(round(torch.as_tensor(total).item(), 4), round(model.weight.sum().item(), 4))
"""
PLAIN = {"before": "", "first": "pass", "loss": "model(table[index]).pow(2).mean()", "total": "", "back": "loss"}


def rounds(**told):
    return ROUNDS.format(**PLAIN | told)


@pytest.mark.parametrize("total", ["total += loss", "total = total + loss", "total = loss + total"])
def test_of_a_total_the_loss_of_the_round_is_meant(total):
    found = mended(rounds(total=total, back="total"))
    assert found.output == printed(rounds(total=total))
    assert found.diagnoses[0].slug == "graph_gone_through_twice"
    assert not found.doubts


def test_a_total_that_each_round_begins_anew_is_none():
    found = mended(rounds(before="kept = 0.0", first="total = 0.0; kept = kept + model(table).sum()",
                          loss="kept * 1.0", total="total = total + loss", back="total"), most=1)  # fmt: skip
    assert not any(fix.title == "loss.backward()" for each in found.diagnoses for fix in each.fixes)


@pytest.mark.parametrize("made", ["seen = torch.tanh(table)", "seen = model(table)"])
def test_what_was_made_before_the_rounds_is_made_in_each(made):
    loss = "seen[index].pow(2).mean()"
    found = mended(rounds(before=made, loss=loss))
    assert found.output == printed(rounds(first=made, loss=loss))
    assert found.diagnoses[0].slug == "graph_gone_through_twice"
    assert not found.doubts


@pytest.mark.parametrize("leaf", ["seen = torch.zeros(6, 3, requires_grad=True)", "seen = table"])
def test_what_has_no_graph_stays_where_it_was_made(leaf):
    found = mended(rounds(before=leaf, loss="model(seen[index]).mean()", total="total = total + loss", back="total"))
    assert found.text.index(leaf) < found.text.index("for index")
    assert "loss.backward()" in found.text


EPOCHS = """
model = nn.Linear(3, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
{before}
for epoch in range(3):
    {first}
    for x in torch.randn(2, 5, 3):
        loss = model(x).pow(2).mean()
        {total}
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
print(round(total.item(), 4), round(model.weight.sum().item(), 4))
"""


@pytest.mark.parametrize("begin", ["total = 0.0", "total = torch.zeros(())"])
@pytest.mark.parametrize("total", ["total = total + loss", "total = total + 2 * loss"])
def test_a_total_that_a_loop_within_the_round_adds_up_is_begun_in_each_round(begin, total):
    found = mended(EPOCHS.format(before=begin, first="pass", total=total))
    assert found.output == printed(EPOCHS.format(before="", first=begin, total=total))
    assert found.diagnoses[0].slug == "graph_gone_through_twice"
    assert not found.doubts


def test_what_is_read_in_front_of_the_rounds_is_made_there_as_well():
    told = {"before": "seen = model(table)\nprint(seen.shape)", "loss": "seen[index].pow(2).mean()"}
    found = mended(rounds(**told))
    assert found.output == printed(rounds(**told, first="seen = model(table)"))


TWO = """
first, second = nn.Linear(3, 4), nn.Linear(4, 1)
one, two = torch.optim.SGD(first.parameters(), 0.1), torch.optim.SGD(second.parameters(), 0.1)
for x in torch.randn(3, 5, 3):
    shared = first(x)
    {losses}
print(round(first.weight.sum().item(), 4), round(second.weight.sum().item(), 4))
"""
JUDGE = """two.zero_grad()
    judged = second({read}).mean() - second(torch.ones(5, 4)).mean()
    judged.backward()
    two.step()"""
MAKE = """one.zero_grad()
    told = -second({read}).mean()
    told.backward()
    one.step()"""


def test_what_another_optimizer_learns_from_is_cut_off():
    wrong = TWO.format(losses=JUDGE.format(read="shared") + "\n    " + MAKE.format(read="shared"))
    found = mended(wrong)
    assert found.output == printed(wrong.replace("judged = second(shared)", "judged = second(shared.detach())"))
    assert found.diagnoses[0].slug == "graph_gone_through_twice"
    assert not found.doubts


VALUED = """value = second(shared.detach())
    judged = value.pow(2).mean()
    told = (shared.mean(1, keepdim=True) * {read}).mean()
    one.zero_grad()
    two.zero_grad()
    {order}
    """
BACK = {"told": "told.backward()\n    one.step()", "judged": "judged.backward()\n    two.step()"}


@pytest.mark.parametrize("order", [["told", "judged"], ["judged", "told"]])
def test_the_loss_that_would_learn_nothing_is_not_the_one_that_is_cut_off(order):
    back = "\n    ".join(BACK[each] for each in order)
    found = mended(TWO.format(losses=VALUED.format(read="value", order=back)))
    assert found.output == printed(TWO.format(losses=VALUED.format(read="value.detach()", order=back)))
    assert not found.doubts


def test_the_one_that_teaches_what_made_the_shared_tensor_is_not_cut_off():
    wrong = TWO.format(losses=MAKE.format(read="shared") + "\n    " + JUDGE.format(read="shared"))
    found = mended(wrong)
    assert found.output == printed(wrong.replace("judged = second(shared)", "judged = second(shared.detach())"))
    assert not found.doubts


def test_where_nobody_can_tell_which_optimizer_teaches_it_there_is_doubt():
    wrong = TWO.replace("torch.optim.SGD(second", "torch.optim.SGD([*first.parameters(), *second").replace(
        "second.parameters(), 0.1)", "second.parameters()], 0.1)"
    )
    found = mended(wrong.format(losses=JUDGE.format(read="shared") + "\n    " + MAKE.format(read="shared")), most=1)
    assert "detach" in found.text
    assert found.doubts


@pytest.mark.parametrize(
    "losses",
    [
        "told = (first(x.flip(0)).mean(1, keepdim=True) * value).mean(); judged = value.pow(2).mean()",
        "told = -second(shared).mean(); judged = second(shared).mean() - second(torch.ones(5, 4)).mean()",
    ],
)
def test_where_two_losses_pull_at_what_they_share_the_graph_is_kept_in_doubt(losses):
    lines = f"value = second(shared)\n    {losses}\n    one.zero_grad()\n    two.zero_grad()\n    "
    found = mended(TWO.format(losses=lines + "told.backward()\n    judged.backward()\n    one.step(); two.step()"))
    assert "retain_graph=True" in found.text
    assert found.doubts


def test_two_heads_ask_the_same_loss_without_doubt():
    lines = "loss = nn.MSELoss()\n    told = loss(shared, torch.ones(5, 4)); judged = loss(shared, torch.zeros(5, 4))"
    found = mended(TWO.format(losses=lines + "\n    told.backward()\n    judged.backward()\n    one.step()"))
    assert "retain_graph=True" in found.text
    assert not found.doubts


@pytest.mark.parametrize("more", ["", "two.zero_grad()\n    "])
def test_for_two_losses_of_one_step_the_graph_is_kept(more):
    losses = "one.zero_grad()\n    {more}shared.mean().backward({kept})\n    second(shared).pow(2).mean().backward()"
    losses += "\n    one.step(); two.step()"
    found = mended(TWO.format(losses=losses.format(more=more, kept="")))
    assert found.output == printed(TWO.format(losses=losses.format(more=more, kept="retain_graph=True")))
    assert not found.doubts


def test_a_loss_of_weights_that_have_changed_since_is_left():
    losses = "shared.mean().backward()\n    one.step()\n    shared.pow(2).mean().backward()\n    one.step()"
    found = mended(TWO.format(losses=losses), most=1)
    assert found.diagnoses[0].slug == "state_not_detached"
    assert not any("retain_graph" in fix.title for each in found.diagnoses for fix in each.fixes)


KEPT = """
cell = nn.GRU(3, 4, batch_first=True)
optimizer = torch.optim.SGD(cell.parameters(), 0.1)
state = torch.zeros(1, 5, 4)
for x in torch.randn(3, 5, 2, 3):
    {cut}
    out, state = cell(x, state)
    loss = out.pow(2).mean()
    optimizer.zero_grad()
    loss.backward({kept})
    optimizer.step()
print(round(loss.item(), 4))
"""


def test_graphs_of_all_rounds_are_not_kept_where_the_weights_change():
    found = mended(KEPT.format(cut="pass", kept="retain_graph=True"))
    assert found.output == printed(KEPT.format(cut="state = state.detach()", kept=""))
    assert "retain_graph" not in found.text
    assert found.diagnoses[0].slug == "state_not_detached"


OWN = """
class Trainer:
    def __init__(self):
        self.maker, self.judge = nn.Linear(3, 4), nn.Linear(4, 1)
        self.one = torch.optim.SGD(self.maker.parameters(), 0.1)
        self.two = torch.optim.SGD(self.judge.parameters(), 0.1)

    def learn(self, x):
        made = self.maker(x)
        self.two.zero_grad()
        judged = self.judge({read}).mean() - self.judge(torch.ones(5, 4)).mean()
        judged.backward()
        self.two.step()
        self.one.zero_grad()
        told = -self.judge(made).mean()
        told.backward()
        self.one.step()
        return judged.item(), told.item()


trainer = Trainer()
print([trainer.learn(x) for x in torch.randn(3, 5, 3)])
"""


def test_what_an_object_keeps_is_told_apart_by_its_names():
    found = mended(OWN.format(read="made"))
    assert found.output == printed(OWN.format(read="made.detach()"))
    assert not found.doubts
