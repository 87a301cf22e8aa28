"""The operand itself is written where what was made of it is meant."""

from mended import mended, printed

PROGRAM = """
    encode = nn.Sequential(nn.Flatten(), nn.Linear(6 * 5, 9))
    head = nn.Linear(9, 4)
    images = torch.randn(8, 6, 5)
    code, mean = encode(images), images.mean()
    print(f"{{head({read}).sum().item():.3f}}")
"""


def test_what_was_made_of_it_is_given_to_the_layer_that_reads_its_width():
    found = mended(PROGRAM.format(read="images"))
    assert found.output == printed(PROGRAM.format(read="code"))
    assert [each.slug for each in found.diagnoses] == ["another_name_meant"]
    assert found.doubts == []


def test_of_several_that_fit_none_is_sure():
    program = PROGRAM.replace(
        "code, mean = encode(images), images.mean()", "code, mean = encode(images), encode(images)"
    )
    assert mended(program.format(read="images"), most=1).doubts


def test_what_a_layer_reads_is_not_taken_for_what_is_made_of_other_samples():
    program = PROGRAM.replace("encode(images), images", "encode(images[:3]), images")
    assert not any("code" in fix.title for fix in mended(program.format(read="images"), most=1).diagnoses[0].fixes)


def test_what_is_read_further_down_was_not_forgotten():
    program = PROGRAM.format(read="images").replace("print(f", "print(code.shape, f")
    assert mended(program, most=1).doubts
