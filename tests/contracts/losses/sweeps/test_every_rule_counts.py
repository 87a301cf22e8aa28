"""Without any one of its rules a loss's contract would be wrong: each alone refuses some call."""

from collections import Counter
from dataclasses import replace

from shapecheck.capture.configs import call_of, contract_of
from shapecheck.check import check_call

# These need another device, a list in a tensor's place, or a label that would read past the end: tested apart.
APART = ("all tensors on one device", "weight a Tensor", "weight and pos_weight a Tensor", "labels in [0, C)")
MOST = 6000


def test_each_rule_alone_refuses_something(drawn):
    waiting = None
    for seed in range(MOST):
        target, args, kwargs = drawn(seed)
        contract = contract_of(target)
        if waiting is None:
            waiting = {rule.name: rule for rule in contract.rules if rule.name not in APART}
        call = call_of(target, args, kwargs, contract=contract, values=True)
        outcome = check_call(contract, call)
        if outcome.accepted or not outcome.form:
            continue
        broken = [rule for rule in contract.rules if rule.broken(call) is not None]
        if len(broken) != 1 or broken[0].name not in waiting:
            continue
        without = replace(
            contract, rules=tuple(rule for rule in contract.rules if rule is not broken[0]), hazards=_none
        )
        # The formula cannot be computed for what it would refuse: no outputs are asked for.
        without = replace(without, shapes=lambda call: {}, dtypes=lambda call: {})
        if check_call(without, call).accepted:
            del waiting[broken[0].name]
        if not waiting:
            return
    assert not waiting


def test_each_form_is_meant_by_some_call(drawn):
    seen = Counter()
    for seed in range(MOST):
        target, args, kwargs = drawn(seed)
        contract = contract_of(target)
        outcome = check_call(contract, call_of(target, args, kwargs, contract=contract, values=True))
        seen[outcome.form] += outcome.accepted
        if all(seen[form.name] for form in contract.forms if "of your own" not in form.name):
            return
    assert not [form.name for form in contract.forms if not seen[form.name]]


def _none(call):
    return ()
