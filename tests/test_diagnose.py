from shapecheck.diagnose import UNKNOWN_CODE, diagnose
from shapecheck.evidence import Evidence
from shapecheck.findings import Violation
from shapecheck.records import CallRecord


def test_what_no_fault_explains_is_told_without_a_cause():
    violation = Violation("device", "lstm.input", reason="the weights are on another device")
    (found,) = diagnose(Evidence(violation))
    assert found.code == UNKNOWN_CODE
    assert found.headline == "the tensors are on different devices"
    assert found.explanation == "the weights are on another device"
    assert found.violation is violation


def test_the_better_explanation_comes_first():
    lstm = CallRecord("lstm", "LSTM")
    swapped = Violation("size", "lstm.h_0", lstm, (("D*num_layers", 2), ("N", 4), ("H_out", 16)), (4, 2, 16), (0, 1))
    assert [found.slug for found in diagnose(Evidence(swapped))] == ["state_with_batch_first"]


def test_evidence_without_a_violation_is_nobodys():
    assert [found.code for found in diagnose(Evidence())] == [UNKNOWN_CODE]
