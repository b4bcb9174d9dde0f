"""Run every benchmark in a process of its own and write the table for the documentation."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
QUESTIONS = (
    "slices",
    "volume",
    "study_in_space",
    "space_accuracy",
    "space_frames",
    "startup",
    "audit_trail",
    "data_audit",
    "model_audit",
    "retraining",
    "memory",
    "grid",
    "volume_rule",
    "volume_explanation",
    "acquisition",
    "similar",
    "similar_index",
    "similar_panel",
    "phantom_cost",
    "phantom_streaming",
    "phantom_distribution",
    "phantom_anatomy",
    "phantom_realism",
)
BY_HAND = (  # needs weights of its own, or minutes and gigabytes; in the table where it was run
    "reasons_real",
    "similar_million",
    "quantus_agreement",
    "forgetting",
)
TABLE = HERE.parent / "docs" / "reference" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` from `benchmarks/results/*.json`; do not edit. Every value is the median of
`n` repetitions, with the least and the most beside it. The rival in `slices` is what is usually
done: a ResNet-50 (stride-2 stem, 224 x 224, random weights, which cost the same) in PyTorch with a
forward pass and one hook-based Grad-CAM for each slice, on the same machine in the same run.
"""


def table_of(result: dict[str, Any]) -> str:
    """Lay one result out as a section with a table."""
    machine = result["machine"]
    lines = [
        f"## {result['question']}",
        "",
        "| what | median | least .. most | n | target |",
        "|---|---:|---:|---:|---|",
    ]
    for item in result["rows"]:
        value = f"{item['value']:.3g} {item['unit']}"
        span = f"{item['least']:.3g} .. {item['most']:.3g}"
        lines.append(f"| {item['name']} | {value} | {span} | {item['n']} | {item['target']} |")
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    lines += ["", *(f"- {note}" for note in result["notes"])]
    lines.append(
        f"- {machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, "
        f"{machine['system']}, Python {machine['python']}, {packages}; "
        f"load average at the start {machine['load_before']}."
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmarks named on the command line, or all, and rewrite the table.

    `--table` rewrites the table from the results that are there, and runs nothing.
    """
    named = sys.argv[1:] or QUESTIONS
    for name in named if "--table" not in named else ():
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, HERE / f"{name}.py"], check=True)
    results = [HERE / "results" / f"{name}.json" for name in (*QUESTIONS, *BY_HAND)]
    sections = [table_of(json.loads(path.read_text())) for path in results if path.exists()]
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text("\n".join([HEAD, *sections]), encoding="utf-8")
    print(f"wrote {TABLE.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
