"""How long the first eight pages take once the engine is ready, against the tenth eight, and against plain vLLM.

    python -m benchmarks.first_pages --model FULL --dummy --tokens 32

The first pages of an engine meet kernels that were never run; the warm-up at its start is there to spare them that.
"""

from benchmarks.measurement import Measurement, measure_in_child
from benchmarks.run_options import make_parser, read_options


def show(name: str, side: Measurement) -> float:
    """Print the rounds of a side; return its first round over its last."""
    seconds = [one.seconds for one in side.rounds]
    shown = " ".join(f"{one:.2f}" for one in seconds)
    ratio = seconds[0] / seconds[-1]
    pages = side.rounds[0].pages
    print(
        f"{name:6} ready after {side.start_seconds:.1f} s; seconds for each {pages} pages: {shown}; "
        f"first / last: {ratio:.2f}",
        flush=True,
    )
    return ratio


def main() -> None:
    """Measure both sides and print how they compare."""
    parser = make_parser(__doc__, pages=8, rounds=10)
    parser.add_argument("--only", choices=("plain", "ours"), help="measure one side alone")
    arguments = parser.parse_args()
    options = read_options(arguments).arguments()
    sides = [("plain", "plain_vllm"), ("ours", "our_reading")]
    wanted = [side for side in sides if arguments.only in (None, side[0])]
    ratios = {name: show(name, measure_in_child(module, options)) for name, module in wanted}
    if len(ratios) == 2:
        print(f"ours / plain, first over last: {ratios['ours'] / ratios['plain']:.2f}")


if __name__ == "__main__":
    main()
