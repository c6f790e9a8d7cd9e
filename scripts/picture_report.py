"""Opens a report in a headless Chromium and takes pictures of it, so that a person can look at its looks.

    .venv/bin/python scripts/picture_report.py [REPORT] [FOLDER]

Without a report the samples are read first. The pictures are `light.png`, `dark.png` and `narrow.png`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ("letter.pdf", "receipt.png", "invoice.png", "missing.pdf")
SECONDS = 120
VIEWS = {
    "light": ("1400,1500", "--blink-settings=preferredColorScheme=1"),
    "dark": ("1400,1500", "--blink-settings=preferredColorScheme=0"),
    "narrow": ("600,1500", "--blink-settings=preferredColorScheme=1"),
}


def make_report(folder: Path) -> Path:
    """Read the samples, and a file that is missing, into a report."""
    report = folder / "report.html"
    files = [f"samples/{name}" for name in SAMPLES]
    program = Path(sys.executable).with_name("nemotron-vl")
    command = [program, "read", *files, "--json", "--report", report, "--overwrite"]
    # The exit code is 1 because of the missing file; whether there is a report is what counts.
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    return report


def take_picture(chromium: str, report: Path, picture: Path, size: str, scheme: str) -> str:
    """Take one picture and return what the browser complains about."""
    command = [chromium, "--headless=new", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]
    # Chromium has no sandbox for the superuser, whom containers often are.
    command += ["--no-sandbox"] if os.geteuid() == 0 else []
    command += [scheme, f"--window-size={size}", f"--screenshot={picture}", report.resolve().as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    return "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def main() -> int:
    """Make the pictures; 1 if the browser refused a part of the report."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("There is no chromium: apt-get install chromium", file=sys.stderr)
        return 1
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "demo-output"
    folder.mkdir(exist_ok=True)
    report = Path(sys.argv[1]) if len(sys.argv) > 1 else make_report(folder)
    complaints = ""
    for name, (size, scheme) in VIEWS.items():
        picture = folder / f"{name}.png"
        complaints += take_picture(chromium, report, picture, size, scheme)
        print(picture)
    print(complaints, file=sys.stderr, end="")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
