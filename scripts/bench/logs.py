"""The logs that are measured: made from a seed, kept, and made again when their recipe changes."""

import hashlib
import json
import os
import random
import shutil
import uuid
from pathlib import Path

from bench.places import Places
from bench.runner import ROOT, must

GENERATOR = ROOT / "scripts/generate_log"
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def parse_size(text: str) -> int:
    digits = text.rstrip("KMGiB")
    unit = text[len(digits) :].rstrip("B")
    if not digits.isdigit() or unit not in UNITS:
        raise ValueError(f"{text}: not a size")
    return int(digits) * UNITS[unit]


def generate(places: Places, size: int, seed: int, shape: str = "mistral", names: int = 0) -> Path:
    path = places.logs / f"{shape}{names or ''}-{size}-{seed}.log"
    options = f"--size {size} --seed {seed} --shape {shape}" + (f" --names {names}" if names else "")
    return generated(places, path, options, "mistral.rs")


def generate_access(places: Places, size: int, seed: int) -> Path:
    path = places.logs / f"access-{size}-{seed}.log"
    return generated(places, path, f"--format access --size {size} --seed {seed}", "access.rs")


def generated(places: Places, path: Path, options: str, source: str) -> Path:
    """A log by the generator; made again when what makes logs of its format changes."""
    sources = [GENERATOR / name for name in (source, "random.rs", "text.rs")]
    name = places.name(path)
    recipe = {"options": options, "generator": digest(sources)}
    return made(path, recipe, lambda: must(f"{places.generator} {options} -o {name}"))


def groups(places: Places, names: int, spans: int, seed: int) -> Path:
    """A log of so many spans in turn of so many names, in 500 trace groups."""
    path = places.logs / f"groups-{names}-{spans}-{seed}.log"
    return made(path, {"of": [names, spans, seed], "by": GROUPS}, lambda: write_groups(path, names, spans, seed))


GROUPS = 500


def write_groups(path: Path, names: int, spans: int, seed: int) -> None:
    source = random.Random(seed)
    uuids = [str(uuid.UUID(int=source.getrandbits(128))) for _ in range(GROUPS)]
    with path.open("w") as log:
        log.writelines(f"{AT} 0.500000 {group} {group} {group} request-stop\n" for group in uuids)
        for span in range(spans):
            group, seconds = source.choice(uuids), source.lognormvariate(-4, 0.5)
            log.write(f"{AT} {seconds:.6f} {group} {uuids[0]} {uuids[1]} name-{span % names}-stop\n")


AT = "2026-11-23T06:18:09.822513"


def compress(places: Places, log: Path, tool: str, options: str, ending: str) -> Path:
    path = log.with_name(f"{log.name}.{ending}")
    recipe = {"from": state(log), "options": options}
    command = f"{tool} {options} -c {places.name(log)} > {places.name(path)}"
    return made(path, recipe, lambda: must(command))


def beginning(log: Path, size: int) -> Path:
    """The whole lines in the first `size` bytes."""
    if size >= log.stat().st_size:
        return log
    path = log.with_name(f"{log.stem}-first-{size}.log")
    return made(path, {"from": state(log)}, lambda: copy_lines(log, path, size))


def copy_lines(log: Path, path: Path, size: int) -> None:
    with log.open("rb") as source, path.open("wb") as copy:
        while left := size - copy.tell():
            part = source.read(min(left, 1 << 20))
            copy.write(part)
    cut_line(path)


def cut_line(path: Path) -> None:
    """Cuts off the line that has no end."""
    with path.open("rb+") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - (1 << 20)))
        begin = file.tell()
        file.truncate(begin + file.read().rfind(b"\n") + 1)


def some_lines(log: Path, first: int, count: int) -> Path:
    """A few lines from within the log."""
    path = log.with_name(f"{log.stem}-{count}-lines.log")
    with log.open("rb") as source:
        lines = [line for line, _ in zip(source, range(first + count))][first:]
    path.write_bytes(b"".join(lines))
    return path


def written(log: Path) -> Path:
    """A copy whose pages are in the page cache one by one, as small writes leave them."""
    path = log.with_name(f"{log.stem}-written.log")
    path.unlink(missing_ok=True)
    with log.open("rb") as source, path.open("wb", buffering=0) as copy:
        while part := source.read(4096):
            copy.write(part)
    os.sync()
    return path


def made(path: Path, recipe: dict, make) -> Path:
    """The file, made unless it is there already from the same recipe."""
    note = path.with_name(path.name + ".json")
    if path.exists() and note.exists() and json.loads(note.read_text()) == recipe:
        return path
    note.unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    print(f"making {path.name} ({shutil.disk_usage(path.parent).free // 10**9} GB free)", flush=True)
    make()
    note.write_text(json.dumps(recipe))
    return path


def state(path: Path) -> list[int]:
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns]


def digest(paths: list[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def ids_in_the_middle(log: Path) -> tuple[str, str]:
    """The base id and the trace id of a record in the middle of a log."""
    with open(log, "rb") as file:
        file.seek(log.stat().st_size // 2)
        file.readline()
        words = file.readline().decode().split()
    ids = [word for word in words if len(word) == 36 and word.count("-") == 4]
    return ids[0], ids[2]
