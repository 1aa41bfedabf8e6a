#!/usr/bin/env python3
"""Says which tests a run of Maven skipped, and what would make them run: a line for each reason.

usage: not_tested.py [STAMP]

Reads the reports of Surefire in this project; with STAMP only those that are newer than this file.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

# Long reasons, such as the output of a program, are cut to their first line and so many characters.
REASON_CHARS = 200


def skipped(root: Path, since_s: float = 0.0) -> dict[str, dict[str, int]]:
    """Number of skipped tests, by reason and class, in reports from a time on (seconds since 1970)."""
    reasons: dict[str, dict[str, int]] = {}
    for report in sorted(root.glob("**/target/surefire-reports/TEST-*.xml")):
        if report.stat().st_mtime < since_s:
            continue
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            mark = case.find("skipped")
            if mark is None:
                continue
            message = (mark.get("message") or "").strip() or "no reason given"
            first = re.sub(r"^((assumption failed|skipped): )+", "", message.splitlines()[0], flags=re.I)
            name = case.get("classname", report.stem).rpartition(".")[2]
            classes = reasons.setdefault(first[:REASON_CHARS], {})
            classes[name] = classes.get(name, 0) + 1
    return reasons


def summary(reasons: dict[str, dict[str, int]]) -> list[str]:
    """A line for each reason."""
    if not reasons:
        return ["No test was skipped."]
    lines = ["Skipped tests, and what would make them run:"]
    for reason, classes in sorted(reasons.items()):
        names = ", ".join(f"{name} ({n})" for name, n in sorted(classes.items()))
        lines.append(f"  {names}: {reason}")
    return lines


if __name__ == "__main__":
    newer_s = Path(sys.argv[1]).stat().st_mtime if len(sys.argv) > 1 else 0.0
    print("\n".join(summary(skipped(Path(__file__).resolve().parent.parent, newer_s))))
