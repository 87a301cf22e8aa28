"""A mask of attention by hand is made of the tokens that the model reads, not of all of them."""

import pytest
from mended import mended, printed


def program(lines):
    """The whole program, with what the step does before its loss, statement by statement."""
    return PROGRAM.format(lines=lines.replace("; ", "\n        "))


PROGRAM = """
    def empty_of(words):
        return (words == 0).unsqueeze(1)

    def later(count):
        return torch.ones(count, count, dtype=torch.bool).triu(1)

    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.top = nn.Embedding(9, 8), nn.Linear(8, 9)

        def forward(self, said, hidden):
            x = self.table(said)
            scores = (x @ x.transpose(1, 2)).masked_fill(hidden, -1e9)
            return self.top(scores.softmax(-1) @ x)

    def step(net, said):
        {lines}
        return nn.functional.cross_entropy(scores.transpose(1, 2), said[:, 1:])

    said = torch.tensor([[1, 4, 5, 6, 2], [1, 7, 2, 0, 0], [1, 3, 8, 2, 0]])
    print(round(step(Writer(), said).item(), 4))
"""
LATER = "hidden = empty_of({0}) | later({0}.size(1))"


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (f"given = said[:, :-1]; {LATER}; scores = net(given, hidden)", "given"),
        (f"given, wanted = said[:, :-1], said[:, 1:]; {LATER}; scores = net(hidden=hidden, said=given)", "given"),
        (f"{LATER}; given = said[:, :-1]; scores = net(given, hidden)", "said[:, :-1]"),
        (f"{LATER}; scores = net(said[:, :-1], hidden)", "said[:, :-1]"),
        ("a = empty_of({0}); b = later({0}.size(1)); h = a | b; scores = net(said[:, :-1], h)", "said[:, :-1]"),
        (f"given = said[:, 1:]; {LATER}; scores = net(given, hidden)", "given"),
    ],
)
def test_the_mask_is_made_of_the_part(lines, part):
    found = mended(program(lines.format("said")))
    assert found.output == printed(program(lines.format(part)))
    assert not found.doubts


def test_a_mask_of_other_tokens_is_no_mask_of_the_part():
    lines = "given = said[:, :-1]; hidden = empty_of(other) | later(other.size(1)); scores = net(given, hidden)"
    (found,) = mended(program(f"other = said.flip(0); {lines}"), most=1).diagnoses
    assert not any("-> given" in fix.title for fix in found.fixes)


KEPT = """
    class Batch:
        def __init__(self, said):
            self.given, self.wanted = said[:, :-1], said[:, 1:]
            self.hidden = ({0} == 0).unsqueeze(1) | torch.ones({0}.size(1), {0}.size(1)).triu(1).bool()

    batch = Batch(torch.tensor([[1, 4, 5, 6, 2], [1, 7, 2, 0, 0]]))
    x = nn.Embedding(9, 8)({1})
    scores = (x @ x.transpose(1, 2)).masked_fill(batch.hidden, -1e9)
    print(round((scores.softmax(-1) @ x).sum().item(), 4))
"""


def test_an_object_keeps_the_mask_of_the_tokens_that_it_keeps():
    found = mended(KEPT.format("said", "batch.given"))
    assert found.output == printed(KEPT.format("self.given", "batch.given"))
    assert not found.doubts


def test_the_part_that_is_kept_and_not_read_is_not_masked():
    found = mended(KEPT.format("said", "batch.wanted[:, :3]"), most=1)
    assert not any("self.given" in fix.title for fix in found.diagnoses[0].fixes)


def test_labels_beside_what_is_cut_of_a_table_are_no_mask():
    program = """
    def rows_of(table):
        given = table[:, :-1]
        labels = table[:, -1].long()
        return zip([given], [labels])

    table = torch.tensor([[0.5, 0.1, 1.0], [0.2, 0.4, 3.0], [0.3, 0.9, 2.0], [0.6, 0.8, 3.0]])
    for given, labels in rows_of(table):
        print(F.cross_entropy(nn.Linear(2, 3)(given), labels))
    """
    found = mended(program, most=1)
    assert not any("table -> given" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("wanted", ["said[:, 1:]", "wanted"])
def test_what_weighs_a_loss_may_go_with_what_comes_out(wanted):
    program = f"""
    net = nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 9))

    def loss_of(said):
        given, wanted = said[:, :-1], said[:, 1:]
        losses = F.cross_entropy(net(given).transpose(1, 2), {wanted}, reduction="none")
        weights = said != 0
        return (losses * weights).sum()

    print(loss_of(torch.tensor([[1, 4, 5, 6, 0], [1, 7, 8, 0, 0]])).shape)
    """
    found = mended(program, most=1)
    assert found.output != "crashed"
    assert found.doubts
