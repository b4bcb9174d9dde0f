"""Options of `neuroscope phantom` that cannot go together."""

import pytest

IN_VAIN = (
    ("--slices --displacement", "--displacement"),
    ("--slices --labels msd", "--labels"),
    ("--slices --law stable", "--law"),
    ("--slices --sequences t1,t2", "one sequence"),
    ("--slices --head --ct", "one sequence"),
    ("--interval-days 30", "--interval-days"),
    ("--law stable --interval-days 30", "--interval-days"),
    ("--doubling-days 30", "--doubling-days"),
    ("--timepoints 2 --law stable --doubling-days 30", "--doubling-days"),
    ("--timepoints 2 --doubling-days 30", "--doubling-days"),  # nothing grows in a healthy head
    ("--head --sequences ct --field 1.5", "--field"),
    ("--labels ours", "label scheme"),
    ("--timepoints 2 --labels ours", "label scheme"),
    ("--side top", "left or right"),
)


@pytest.mark.parametrize(("options", "named"), IN_VAIN)
def test_an_option_that_would_be_dropped_is_refused(command, tmp_path, options, named):
    out = tmp_path / "case"
    code, _, err = command("phantom", "--kind", "none", "--out", out, *options.split())
    assert code == 2
    assert named in err
    assert "Fix:" in err
    assert not out.exists()
