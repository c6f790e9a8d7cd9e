"""Pages a second of the package's reading, against plain `vllm.LLM.generate` on the same pages in the same run.

On a GPU with the full-size network and random weights:

    python benchmarks/full_size_checkpoint.py FULL
    python -m benchmarks.gpu_throughput --model FULL --dummy --pages 96 --kind exact scans

Without options it reads a few pages with the demo checkpoint on the CPU. `--only` measures one side, where both do not
fit the time; `--plain-rate` then stands for the other.
"""

from benchmarks.measurement import Measurement, measure_in_child
from benchmarks.run_options import make_parser, read_options


def show(name: str, side: Measurement) -> None:
    """Print a line for each round of a side, and a last one for what belongs to all."""
    for number, one in enumerate(side.rounds, start=1):
        print(
            f"{name:6} {one.kind} {number}: {one.pages} pages in {one.seconds:.2f} s = "
            f"{one.pages_per_second:.3f} pages/s, {one.tokens / one.pages:.0f} tokens a page, "
            f"{one.cpu_seconds / one.pages:.3f} CPU seconds a page",
            flush=True,
        )
    full = "" if side.full_share is None else f", {side.full_share:.1%} of the last round in full batches"
    print(f"{name:6} ready after {side.start_seconds:.1f} s{full}", flush=True)


def main() -> None:
    """Measure the sides and print the ratio."""
    parser = make_parser(__doc__, pages=8)
    parser.add_argument("--only", choices=("plain", "ours"), help="measure one side alone")
    parser.add_argument(
        "--plain-rate", type=float, nargs="+", help="pages/s of plain vLLM, measured before, for each kind"
    )
    arguments = parser.parse_args()
    options = read_options(arguments).arguments()
    rates: dict[str, float] = dict(zip(arguments.kind, arguments.plain_rate or (), strict=False))
    if arguments.only != "ours":
        plain = measure_in_child("plain_vllm", options)
        show("plain", plain)
        rates = {kind: plain.pages_per_second(kind) for kind in plain.kinds}
    if arguments.only != "plain":
        ours = measure_in_child("our_reading", options)
        show("ours", ours)
        for kind, rate in rates.items():
            print(f"ours / plain, {kind}: {ours.pages_per_second(kind) / rate:.2f}")


if __name__ == "__main__":
    main()
