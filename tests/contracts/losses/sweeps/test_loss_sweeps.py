"""Random calls near the boundary of what each loss takes: the contract says what torch says."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def test_a_loss_is_taken_refused_and_returned_as_torch_does(drawn, oracle):
    for seed in range(500):
        oracle.ask(drawn(seed))
    assert oracle.agrees()


@pytest.mark.slow
def test_a_loss_is_as_torch_does_in_many_more_cases(drawn, oracle):
    for seed in range(1_000_000, 1_010_000):
        oracle.ask(drawn(seed))
    print(dict(oracle.counts))
    assert oracle.agrees()


# The fixtures only look things up; nothing of one example reaches the next.
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=st.randoms(use_true_random=False))
def test_the_smallest_call_on_which_they_differ(drawn, oracle, source):
    oracle.ask(drawn(source))
    assert not oracle.wrong
