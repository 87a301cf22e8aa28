"""What is picked of a table of the object's is kept under a name of its own, so that the next call finds the table."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Prices:
        def __init__(self, table):
            self.table = table

        {other}

        def of(self, kinds, amounts):
            kinds = kinds.long()
            {name} = {picked}
            return ({name} * amounts).sum().item()


    prices = Prices(torch.tensor([0.5, 2.0, 1.5, 4.0, 3.0]))
    for kinds in torch.tensor([[4, 1, 1], [0, 4, 2]]):
        print(prices.of(kinds, torch.tensor([1.0, 2.0, 3.0])))
"""


@pytest.mark.parametrize("picked", ["self.table[kinds]", "self.table.gather(0, kinds)", "self.table.float()[kinds]"])
def test_what_is_picked_gets_a_name_of_its_own(picked):
    found = mended(PROGRAM.format(name="self.table", picked=picked, other="pass"))
    assert found.changed[0].startswith(f"table = {picked}")
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(name="table", picked=picked, other="pass"))


def test_what_another_method_reads_is_in_doubt():
    other = "def total(self):\n            return self.table.sum()\n"
    found = mended(PROGRAM.format(name="self.table", picked="self.table[kinds]", other=other))
    assert found.doubts


def test_what_is_only_cut_is_in_doubt():
    found = mended(
        """
        class Weighted:
            def __init__(self):
                self.weights = torch.arange(6.0)

            def of(self, x):
                self.weights = self.weights[:len(x)]
                return (x * self.weights).sum().item()


        weighted = Weighted()
        print(weighted.of(torch.ones(3)), weighted.of(torch.ones(5)))
        """
    )
    assert found.doubts


@pytest.mark.parametrize("line", ["self.table = self.table.flip(0)", "self.table = self.table + 1"])
def test_what_is_changed_for_good_stays_so(line):
    program = PROGRAM.replace("{name} = {picked}", line).replace("{name}", "self.table[kinds + 1]")
    found = mended(program.format(other="pass"))
    assert line in found.text


def test_what_is_read_outside_of_the_class_is_in_doubt():
    program = PROGRAM.format(name="self.table", picked="self.table[kinds]", other="pass")
    assert mended(program + "    print(prices.table.shape)\n").doubts
