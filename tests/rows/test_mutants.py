"""``make mutants`` stays able to plant what it plants: each defect has its one place in the code as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rows.mutants import DEFECTS, ROOT, Change, Defect


def test_there_are_ten_of_them_with_names_of_their_own() -> None:
    assert len({one.name for one in DEFECTS}) == len(DEFECTS) == 10


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda one: one.name)
def test_each_defect_has_its_place_and_leaves_python(defect: Defect, tmp_path: Path) -> None:
    for change in defect.changes:
        copied = tmp_path / change.path
        copied.parent.mkdir(parents=True, exist_ok=True)
        if not copied.exists():
            copied.write_text((ROOT / change.path).read_text())
        change.apply(tmp_path)
        compile(copied.read_text(), change.path, "exec")
    for row in defect.rows:
        path, _, name = row.partition("::")
        assert f"def {name}" in (ROOT / path).read_text()


def test_a_place_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    with pytest.raises(LookupError, match="2 places"):
        Change("a.py", "x = 1", "x = 2").apply(tmp_path)
