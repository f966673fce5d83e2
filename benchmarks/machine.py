"""On what the numbers were taken."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LIBRARIES = ("dash", "plotly", "pandas", "granian")


def machine() -> str:
    """One line: processor, cores, memory, system, Python, browser, libraries."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    parts = (
        f"{processor()}, {os.cpu_count()} cores, {memory_gigabytes():.0f} GB",
        platform.platform(terse=True),
        f"Python {platform.python_version()}",
        browser(),
        libraries,
    )
    return "; ".join(parts)


def processor() -> str:
    """The processor's name, or its architecture where the system does not tell."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), "") or platform.processor() or platform.machine()


def memory_gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def browser() -> str:
    """Name and version of the browser on the PATH."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        return "no Chromium on the PATH"
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - found above
    return " ".join(told.split()[:2])


def load() -> str:
    """How busy the machine is, as the mean number of processes that want to run."""
    return f"{os.getloadavg()[0]:.1f}"
