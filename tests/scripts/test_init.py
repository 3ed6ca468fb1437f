"""`weiproof init` writes a scenario that runs, and overwrites nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from weiproof.scripts import cli, errors, init

if TYPE_CHECKING:
    from pathlib import Path


def _init(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["init", str(folder)]) == errors.PASS
    return capsys.readouterr().out


def test_it_writes_three_files_and_says_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder is made, holds the three files, and the next commands name them."""
    folder = tmp_path / "a" / "b c"
    out = _init(folder, capsys)
    assert sorted(path.name for path in folder.iterdir()) == sorted(init.FILES)
    assert f"weiproof run '{folder / 'scenario.toml'}'" in out
    assert f"weiproof deploy '{folder / 'deploy.toml'}'" in out


@pytest.mark.parametrize("name", init.FILES)
def test_it_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Where one of its files exists it names that file, ends with 2, and writes none."""
    (tmp_path / name).write_text("mine")
    assert cli.main(["init", str(tmp_path)]) == errors.BAD_USAGE
    assert str(tmp_path / name) in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the folder's place is named."""
    file = tmp_path / "taken"
    file.write_text("")
    assert cli.main(["init", str(file)]) == errors.BAD_USAGE
    assert f"{file} is not a folder" in capsys.readouterr().err


def test_the_scenario_shows_what_a_run_can_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Compared call by call, it has partial and full liquidations, bad debt and stale prices."""
    _init(tmp_path, capsys)
    arguments = ["run", str(tmp_path / "scenario.toml"), "--out", str(tmp_path / "run"), "--json"]
    assert cli.main([*arguments, "--check", "full"]) == errors.PASS
    summary = json.loads(capsys.readouterr().out)
    assert summary["calls_compared"] > 100
    assert summary["divergences"] == 0
    assert summary["liquidations"]["partial"] > 0
    assert summary["liquidations"]["full"] > 0
    assert int(summary["insurance_fund"]["paid_out"]) > 0
    assert summary["reverts"]["StalePrice"] > 0
