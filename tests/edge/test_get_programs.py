"""``requirements/get-browser`` on made-up machines: nothing to do, no right to install, and Debian, where nginx and
Redis come without being started."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.edge.shipped import ROOT

SCRIPT = ROOT / "requirements" / "get-browser"
PROGRAMS = {
    "chromium": "chromium",
    "chromium-driver": "chromedriver",
    "nginx": "nginx",
    "redis-server": "redis-server",
    "curl": "curl",
}
TOOLS = ("cat", "chmod", "rm", "printf", "touch")


class Machine:
    """A folder with the programs of a machine; ``root`` says who runs the script there."""

    def __init__(self, folder: Path, *, root: bool, has: tuple[str, ...] = (), apt: bool = True) -> None:
        self.bin, self.policy, self.log = folder / "bin", folder / "policy-rc.d", folder / "log"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        self.add("id", f"echo {0 if root else 1000}")
        self.add("systemctl", f'echo "systemctl $*" >> {self.log}')
        if apt:
            started = f'if [ -x {self.policy} ] && ! {self.policy}; then echo "not started" >> {self.log}; fi'
            made = " ".join(f"{name}) name={program} ;;" for name, program in PROGRAMS.items())
            self.add("apt-get", f'for package in "$@"; do :; done; [ "$package" = -qq ] && exit 0\n'
                     f'case "$package" in {made} esac\necho "apt $package" >> {self.log}\n{started}\n'
                     f'printf "#!/bin/sh\\n" > {self.bin}/$name; chmod 755 {self.bin}/$name')  # fmt: skip
        for program in has:
            self.add(program, "")

    def add(self, name: str, script: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def run(self) -> subprocess.CompletedProcess[str]:
        text = SCRIPT.read_text()
        for there, here in (
            ('PATH="$PATH:/usr/sbin:/sbin"', f"PATH={self.bin}"),
            ("/usr/sbin/policy-rc.d", str(self.policy)),
        ):
            assert there in text
            text = text.replace(there, here)
        return subprocess.run(["/bin/sh"], input=text, capture_output=True, text=True, check=False, timeout=60)


def test_a_machine_that_has_everything_is_left_alone(tmp_path: Path) -> None:
    machine = Machine(tmp_path, root=True, has=tuple(PROGRAMS.values()))
    done = machine.run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not machine.log.exists()


@pytest.mark.parametrize(("root", "apt"), [(False, True), (True, False)])
def test_without_the_right_or_the_means_it_is_one_sentence(tmp_path: Path, root: bool, apt: bool) -> None:
    machine = Machine(tmp_path, root=root, apt=apt, has=("chromedriver", "chromium", "curl"))
    done = machine.run()
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "nginx redis-server (" in done.stderr
    assert "curl" not in done.stderr
    assert not machine.log.exists()


def test_on_debian_what_is_installed_is_not_started_now_and_not_later(tmp_path: Path) -> None:
    machine = Machine(tmp_path, root=True, has=("curl",))
    done = machine.run()
    assert (done.returncode, done.stderr) == (0, "")
    lines = machine.log.read_text().splitlines()
    assert [line for line in lines if line.startswith("apt")] == [
        "apt chromium",
        "apt chromium-driver",
        "apt nginx",
        "apt redis-server",
    ]
    assert lines.count("not started") == 4
    assert [line for line in lines if "systemctl" in line] == [
        "systemctl disable --quiet nginx",
        "systemctl disable --quiet redis-server",
    ]
    assert not machine.policy.exists()


def test_a_policy_that_is_there_already_stays_and_services_that_were_there_are_not_touched(tmp_path: Path) -> None:
    machine = Machine(tmp_path, root=True, has=("curl", "chromium", "chromedriver", "nginx"))
    machine.policy.write_text("#!/bin/sh\nexit 0\n")
    assert machine.run().returncode == 0
    assert machine.policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert "nginx" not in machine.log.read_text()
