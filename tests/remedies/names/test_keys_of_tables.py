"""A setting is looked up under the key that the script uses, not under one that nothing else has."""

import pytest
from mended import mended, printed

PROGRAM = """
    SIZES = {{{table}}}
    {named}


    def parted(maps, size):
        n, c, h, w = maps.shape
        return maps.view(n, c, h // size, size, w // size, size).mean((3, 5))


    print(round(parted(torch.arange(2.0 * side * side).view(1, 2, side, side), SIZES[{key}]).std().item(), 4))
"""


@pytest.mark.parametrize(
    ("table", "named", "key", "right"),
    [
        ("12: 4, 20: 7", "side = 12", "20", "12"),
        ("'small': 3, 'large': 5", "side, kind = 12, 'small'", "'large'", "'small'"),
        ("12: 4, 20: 7, 30: 9", "side = 12", "30", "12"),
    ],
)
def test_the_key_that_is_in_use(table, named, key, right):
    found = mended(PROGRAM.format(table=table, named=named, key=key))
    assert found.diagnoses[0].fixes[0].title == f"{key} -> {right}"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(table=table, named=named, key=right))


def test_settings_that_are_looked_up_are_no_keys_for_each_other():
    program = """
    sizes = {"rows": 5, "wide": 6}
    print(nn.Linear(sizes["rows"], 2)(torch.randn(4, sizes["wide"])).shape)
    """
    assert not any("'wide'" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


@pytest.mark.parametrize("named", ["side, other = 12, 20", "side = 4 * 3"])
def test_a_key_that_is_used_itself_or_of_which_none_is_stays(named):
    found = mended(PROGRAM.format(table="12: 4, 20: 7", named=named, key="20"))
    assert "SIZES[20]" in found.text
