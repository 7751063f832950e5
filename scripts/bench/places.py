"""Where things are, and how records name them."""

import json
import os
import subprocess
from pathlib import Path

from bench.runner import ROOT, Failed, must, run


class Places:
    """The directory of logs and the directory that cargo builds into."""

    def __init__(self, logs: str | None):
        metadata = must("cargo metadata --format-version 1 --no-deps")
        self.target = Path(json.loads(metadata)["target_directory"])
        self.logs = Path(logs).resolve() if logs else self.target / "bench"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.binary = self.name(self.target / "release/tracerank")
        self.generator = self.name(self.target / "release/examples/generate_log")
        self.floor = self.name(self.target / "release/examples/floor")

    def name(self, path: Path) -> str:
        """A path as commands write it: from the project's root."""
        return os.path.relpath(path, ROOT)

    def show(self, text: str) -> str:
        """A command as records show it: without the places of this machine."""
        inside = self.logs.is_relative_to(self.target)
        logs = "target" / self.logs.relative_to(self.target) if inside else Path("LOGS")
        text = text.replace(self.name(self.logs), str(logs)).replace(str(self.logs), str(logs))
        text = text.replace(self.name(self.target), "target").replace(str(self.target), "target")
        return text.replace(str(ROOT) + "/", "").replace(str(Path.home()), "~")

    @property
    def python(self) -> str:
        """The Python that has the query engines: the one that --install made, or the one in the path."""
        made = self.logs / "venv/bin/python"
        return self.name(made) if made.exists() else "python3"

    @property
    def agrind(self) -> str:
        made = self.logs / "tools/bin/agrind"
        return self.name(made) if made.exists() else "agrind"


def build() -> None:
    """Builds with cargo's own messages, so that an error can be read."""
    command = ["cargo", "build", "--release", "--examples", "--bins"]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        raise SystemExit("the build failed")


def first_line(command: str) -> str | None:
    """The first line that a command prints, such as its version; None where it is missing."""
    try:
        lines = run(command, 60).output.decode(errors="replace").splitlines()
    except Failed:
        return None
    return lines[0].strip() if lines else ""
