"""Heads that a loop calls one after the other, of which each was given what the one before gave."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self, hidden=16, classes=4, tasks=3):
            super().__init__()
            self.body = nn.Linear(8, hidden)
            self.heads = nn.ModuleList([{layer} for _ in range(tasks)])

        def forward(self, x):
            x = torch.relu(self.body(x))
            outs = []
            for head in self.heads:
                {line}
                outs.append({kept})
            return {given}

    print(round(Net()(torch.rand(12, 8)).sum().item(), 4))
"""
PLAIN = "nn.Linear(hidden, classes)"


def test_each_head_gets_what_the_first_one_got():
    parts = {"layer": PLAIN, "given": "torch.stack(outs, 1)"}
    found = mended(NET.format(line="x = head(x)", kept="x", **parts), most=1)
    assert found.output == printed(NET.format(line="out = head(x)", kept="out", **parts))
    assert not found.doubts


def test_heads_in_a_dictionary_are_kept_by_their_names():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.heads = nn.ModuleDict({{name: nn.Linear(7, 3) for name in ("left", "right")}})

        def forward(self, x):
            scores = {{}}
            for name, head in self.heads.items():
                {line}
                scores[name] = {kept}
            return scores["left"] + scores["right"]

    print(round(Net()(torch.rand(5, 7)).sum().item(), 4))
    """
    found = mended(program.format(line="x = head(x)", kept="x"), most=1)
    assert found.output == printed(program.format(line="out = head(x)", kept="out"))


@pytest.mark.parametrize("layer", ["nn.Sequential(nn.Linear(hidden, 9), nn.ReLU(), nn.Linear(9, classes))"])
def test_what_holds_on_to_its_width_may_stand_in_a_row(layer):
    found = mended(NET.format(layer=layer, line="x = head(x)", kept="x", given="torch.stack(outs, 1)"), most=1)
    assert found.doubts


def offered(program):
    found = mended(program, most=1)
    return [fix.title for each in found.diagnoses for fix in each.fixes]


def test_layers_whose_last_output_is_read_stand_in_a_row():
    program = NET.format(layer=PLAIN, line="x = head(x)", kept="x", given="x + outs[-1]")
    assert "out = head(x)" not in offered(program)


def test_layers_with_something_between_them_stand_in_a_row():
    program = NET.format(layer=PLAIN, line="x = torch.relu(head(x))", kept="x", given="torch.cat(outs, 1)")
    assert "out = head(x)" not in offered(program)


def test_a_number_that_spoils_what_the_first_head_got_is_in_doubt():
    found = mended(NET.format(layer=PLAIN, line="x = head(x)", kept="x", given="torch.stack(outs, 1)"), most=1)
    numbers = [fix for fix in found.diagnoses[0].fixes if fix.title == "16 -> 4"]
    assert all(fix.doubt for fix in numbers)
