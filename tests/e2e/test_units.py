"""The units of systemd and the scripts in etc/, as far as they can be tried
without being installed; tests/fresh/service runs them."""

import os
import shutil

import pytest

from harness import BUILD, SOURCE, run

ETC = SOURCE / "etc"
UNITS = sorted(path for suffix in ("service", "socket", "path", "timer")
               for path in ETC.glob(f"*.{suffix}"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
SCRIPTS = [ETC / "onehop.init", ETC / "onehop.openrc",
           ETC / "container" / "onehop-run"]

# What systemd-analyze security says of each, times ten.
EXPOSURE = {"onehop.service": 16, "onehop-demand.service": 16,
            "onehop-smtpd@.service": 3}


@pytest.fixture
def units(tmp_path):
    """All of them, with the programs that were built in their place."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    for path in UNITS:
        (tmp_path / path.name).write_text(
            path.read_text().replace("/usr/sbin/", f"{BUILD}/"))
    return tmp_path


def analyze(units, *arguments):
    return run(["systemd-analyze", *arguments], env={
        "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
        "SYSTEMD_UNIT_PATH": f"{units}:"})


def test_the_units_are_right(units):
    names = [str(units / path.name).replace("@.", "@test.")
             for path in UNITS]
    shutil.copy(units / "onehop-smtpd@.service",
                units / "onehop-smtpd@test.service")
    result = analyze(units, "verify", "--man=no", "--recursive-errors=no",
                     *names)
    said = [line for line in result.stderr.splitlines()
            if "does not support IPv6" not in line]
    assert (result.status, said) == (0, [])


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_the_sandbox_is_as_tight_as_it_was(units, service):
    result = analyze(units, "security", "--no-pager", "--offline=true",
                     f"--threshold={EXPOSURE[service.name]}",
                     str(units / service.name))
    assert result.status == 0, result.stdout


def settings(path):
    return [line for line in path.read_text().splitlines()
            if line and not line.startswith(("#", "["))]


def test_on_demand_it_has_the_same_sandbox():
    ours = settings(ETC / "onehop.service")
    begin, end = (ours.index(line) for line in
                  ("AmbientCapabilities=", "WantedBy=multi-user.target"))
    assert end - begin > 30
    assert settings(ETC / "onehop-demand.service")[begin - end:] == \
        ours[begin:end]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_scripts_are_sh(script):
    result = run(["sh", "-n", str(script)])
    assert (result.status, result.stderr) == (0, "")
    assert os.access(script, os.X_OK)
