"""The whole journey through HTTP: what a learner meets from the first page to the certificate."""

from tests.support.learner import Learner


def test_a_learner_who_decides_well_gets_a_certificate(as_learner: Learner) -> None:
    number = as_learner.finish()
    assert number in as_learner.open("/certificates").text
