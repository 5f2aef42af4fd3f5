"""Bot and trainer killed again and again while a team works: nothing lost, nothing doubled. `make soak` is the long one."""

from pathlib import Path

import pytest

from tests.soak import soak


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(3, marks=pytest.mark.slow),
        pytest.param(20, marks=pytest.mark.slow),
    ],
)
def test_given_bot_and_trainer_killed_at_random_when_all_is_quiet_then_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, kills: int
) -> None:
    found = soak(tmp_path, kills, seed=7)
    assert found.faults() == {}, "\n" + found.table()
    assert found.kills == {"bot": kills, "trainer": kills}
    assert found.answers >= 3 and found.examples >= 3
