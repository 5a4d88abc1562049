"""Print which published solutions the checker confirms, as a table for docs/checker.md."""

from __future__ import annotations

from conftest import instances_root
from published import SETS, verdict


def main() -> None:
    """Print a row for every set that is at hand, and the reason for every difference."""
    total = confirmed = 0
    print("| set | distances and costs | files | confirmed |")
    print("|---|---|---:|---:|")
    differences = []
    for published in SETS:
        found = {case: verdict(case) for case in published.cases(instances_root())}
        if not found:
            continue
        good = sum(not reason for reason in found.values())
        print(f"| {published.folder} | {published.convention} | {len(found)} | {good} |")
        total, confirmed = total + len(found), confirmed + good
        differences += [f"{case}: {reason}" for case, reason in found.items() if reason]
    print(f"| **all** | | **{total}** | **{confirmed}** |")
    if differences:
        print("\n" + "\n".join(f"- {line}" for line in differences))


if __name__ == "__main__":
    main()
