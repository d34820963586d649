"""The pinned packages, their METADATA, and the files that their wheels brought."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from scripts.licences.facts import FACTS, ROOT
from scripts.licences.judge import Verdict, judge

PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; (.+?))? \\$", re.MULTILINE)
# auditwheel puts a hash into the name, and repairing a wheel twice puts in two.
LIBRARY = re.compile(r"(lib[\w+-]+?)(-[0-9a-f]{8})*\.so[\d.]*")


@dataclass(frozen=True, order=True)
class Pin:
    """A line of a file of requirements."""

    name: str
    version: str
    condition: str  # a marker, or ""


def pins(file: str) -> set[Pin]:
    """Of requirements/FILE.txt."""
    return {Pin(*found) for found in PIN.findall((ROOT / "requirements" / f"{file}.txt").read_text())}


def metadata(pin: Pin) -> str:
    """The installed METADATA, or the recorded words as one. LookupError if this version has neither."""
    found = installed(pin.name)
    if found and found.version == pin.version:
        return found.read_text("METADATA") or ""
    words = FACTS["recorded"].get(f"{pin.name} {pin.version}")
    if words is None:
        raise LookupError(
            f"{pin.name} {pin.version} is not installed: run `make setup`, or record its words in facts.toml"
        )
    return f"Name: {pin.name}\nVersion: {pin.version}\nLicense: {words}\n"


def verdict(pin: Pin) -> Verdict:
    """Of the judge, with the explanations of facts.toml."""
    return judge(metadata(pin), FACTS["explained"].get(pin.name))


@cache
def installed(name: str) -> Distribution | None:
    """The installed package, of whatever version."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def files(name: str) -> list[str]:
    """Those of an installed package, as its RECORD names them."""
    found = installed(name)
    return sorted(str(file) for file in found.files or []) if found else []


def libraries(name: str) -> dict[str, str]:
    """The shared libraries of an installed package: name without version and hash -> a file, without the hash."""
    found = {file: LIBRARY.fullmatch(file.rpartition("/")[2]) for file in files(name)}
    return {match[1]: re.sub(r"(-[0-9a-f]{8})+\.so", ".so", file) for file, match in found.items() if match}
