"""Quantities of processor and memory as Kubernetes writes them."""

from __future__ import annotations

import re

from weft.domain.errors import Invalid

_CPU = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,6})?)(?P<milli>m?)")
_MEMORY = re.compile(r"(?P<number>\d{1,18}(?:\.\d{1,6})?)(?P<unit>Ki|Mi|Gi|K|k|M|G|)")
_UNITS = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "K": 10**3, "k": 10**3, "M": 10**6, "G": 10**9}


def cpu_millis(text: str, what: str = "cpu") -> int:
    """Millicores of `0.5` (cores) or `500m`; 0 for an empty text. Raises Invalid, naming `what`."""
    if not text:
        return 0
    match = _CPU.fullmatch(text)
    if match is None:
        raise Invalid(f"{what}: {text[:40]!r} is no quantity of processors (0.5 or 500m)")
    number = float(match["number"])
    return round(number if match["milli"] else number * 1000)


def memory_bytes(text: str, what: str = "memory") -> int:
    """Bytes of `128Mi`, `1G`, `1048576`; 0 for an empty text. Raises Invalid, naming `what`."""
    if not text:
        return 0
    match = _MEMORY.fullmatch(text)
    if match is None:
        raise Invalid(f"{what}: {text[:40]!r} is no quantity of memory (bytes with Ki, Mi, Gi, K, M, G)")
    return int(float(match["number"]) * _UNITS[match["unit"]])
