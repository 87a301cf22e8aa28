"""A mask of later steps that is too small is made as long as what attends, where not the layout is what is wrong."""

import pytest
from mended import mended, printed

PROGRAM = """
    layer = nn.TransformerDecoderLayer(8, 2, 9, 0.0{first})
    said, heard = torch.randn({said}, 8), torch.randn({heard}, 8)
    {mask}
    print(round(layer(said, heard, tgt_mask=mask).square().sum().item(), 3))
"""
SEQUENCE_FIRST = {"first": "", "said": "6, 3", "heard": "5, 3"}
BATCH_FIRST = {"first": ", batch_first=True", "said": "3, 6", "heard": "3, 5"}


@pytest.mark.parametrize(("how", "steps"), [(SEQUENCE_FIRST, "size(0)"), (BATCH_FIRST, "size(1)")])
@pytest.mark.parametrize(
    "mask",
    [
        "mask = nn.Transformer.generate_square_subsequent_mask({})",
        "mask = torch.ones({0}, {0}, dtype=torch.bool).triu(1)",
        "mask = torch.triu(torch.full(({0}, {0}), float('-inf')), diagonal=1)",
    ],
)
@pytest.mark.parametrize("told", ["5", "heard.{}"])
def test_the_mask_is_made_as_long_as_what_attends(how, steps, mask, told):
    found = mended(PROGRAM.format(mask=mask.format(told.format(steps)), **how))
    slug = "mask_does_not_fit" if told.isdecimal() else "size_of_another_tensor"
    assert [each.slug for each in found.diagnoses] == [slug]
    assert found.output == printed(PROGRAM.format(mask=mask.format(f"said.{steps}"), **how))
    assert not found.doubts


def test_a_mask_of_as_many_steps_as_there_are_samples_may_speak_of_the_layout():
    how = {"first": "", "said": "6, 3", "heard": "5, 3"}
    program = PROGRAM.format(mask="mask = nn.Transformer.generate_square_subsequent_mask(3)", **how)
    (found,) = mended(program, most=1).diagnoses
    assert not any("said.size" in fix.title for fix in found.fixes)


def test_a_mask_of_the_other_sequence_is_asked_of_its_own():
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = nn.Embedding(30, 16)
                self.layers = nn.Transformer(16, 2, 1, 1, 32, 0.0, batch_first=True)

            def forward(self, source, target):
                mask = nn.Transformer.generate_square_subsequent_mask({of}.size(1))
                return self.layers(self.embed(source), self.embed(target), tgt_mask=mask)

        print(round(Net()(torch.randint(30, (4, 9)), torch.randint(30, (4, 7))).sum().item(), 3))
    """
    found = mended(program.format(of="source"))
    assert found.changed == ["mask = nn.Transformer.generate_square_subsequent_mask(target.size(1))"]
    assert found.output == printed(program.format(of="target"))
    assert not found.doubts
