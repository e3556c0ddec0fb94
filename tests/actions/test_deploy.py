"""The files for running Sathi as a service, read by those who run services."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tools.processes import REPOSITORY

UNITS = sorted((REPOSITORY / "deploy" / "systemd").glob("*.service"))
CONTAINERS = sorted((REPOSITORY / "deploy").glob("Containerfile.*"))
HOME = "/opt/sathi"


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """Return a root folder in which everything that the units name exists."""
    units = tmp_path / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(unit, units)
    for target in ("sysinit", "basic", "shutdown", "network-online", "multi-user"):
        (units / f"{target}.target").write_text("[Unit]\nDescription=a stand-in\n")
    for name in ("actions", "assistant"):
        python = tmp_path / HOME[1:] / ".venvs" / name / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text("#!/bin/sh\n")
        python.chmod(0o755)
    return tmp_path


def test_systemd_has_nothing_to_say_against_the_units(installation: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    command = [program, "verify", f"--root={installation}", "--man=no"]
    names = [f"/etc/systemd/system/{unit.name}" for unit in UNITS]
    done = subprocess.run([*command, *names], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "sathi-" in line]
    assert (said, done.returncode) == ([], 0), done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_what_a_unit_starts_is_there(unit: Path) -> None:
    (start,) = [line for line in unit.read_text().splitlines() if line.startswith("ExecStart=")]
    python, *arguments = start.removeprefix("ExecStart=").split()
    name = unit.stem.removeprefix("sathi-")
    assert python == f"{HOME}/.venvs/{name}/bin/python"
    assert arguments == ["-m", "tools.serve", name]


@pytest.mark.parametrize("file", CONTAINERS, ids=lambda path: path.name)
def test_what_a_container_copies_is_there(file: Path) -> None:
    copied = [
        source
        for line in file.read_text().splitlines()
        if line.startswith("COPY ")
        for source in line.split()[1:-1]
    ]
    assert copied
    assert [source for source in copied if not (REPOSITORY / source).exists()] == []


def test_both_containers_share_their_state_and_their_network() -> None:
    services = yaml.safe_load((REPOSITORY / "deploy" / "compose.yml").read_text())["services"]
    assert services["assistant"]["network_mode"] == "service:actions"
    assert services["assistant"]["volumes"] == services["actions"]["volumes"]
    # Only the assistant's port, and only on this machine.
    assert services["actions"]["ports"] == ["127.0.0.1:5005:5005"]
    for name, service in services.items():
        assert (REPOSITORY / service["build"]["dockerfile"]).is_file(), name
