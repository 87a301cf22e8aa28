"""The page of a contract says all that the contract says."""

import pytest

from shapecheck.contracts import all_contracts
from shapecheck.faults import all_faults
from shapecheck.render.contract_page import contract_markdown, hazards_markdown


@pytest.mark.parametrize("contract", all_contracts(), ids=lambda contract: contract.name)
def test_every_form_rule_and_letter_is_on_the_page(contract):
    page = contract_markdown(contract)
    for form in contract.forms:
        assert f"| {form.name} |".replace("||", "") in page
    for rule in contract.rules:
        assert f"**{rule.name}**" in page
    for letter in contract.letters:
        assert f"- `{letter}`: " in page


def test_shapes_are_written_as_tuples():
    page = contract_markdown(next(contract for contract in all_contracts() if contract.name == "LSTM"))
    assert "### `LSTM`" in page
    assert "input `(N, L, H_in)`" in page
    assert "h_0 `(D*num_layers, N, H_out)` (optional)" in page
    assert "h_n `(D*num_layers, N, H_out)`" in page


def test_hazards_have_a_row_each():
    faults = [fault for fault in all_faults() if fault.code.startswith("SC4")]
    assert hazards_markdown(faults).count("\n") == len(faults) + 2
