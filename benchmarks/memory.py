"""Memory of all processes while pages are read, against plain vLLM on the same pages; and what is left after closing.

    python -m benchmarks.memory --pages 16 --tokens 100

What processes share is counted once. On a GPU the card's memory is shown too, before the start and after the end.
"""

from benchmarks.measurement import Measurement, measure_in_child
from benchmarks.run_options import make_parser, read_options
from nemotron_vl_integrations.hardware import find_gpus

MIB = 2**20
_REST_SECONDS = 12.0


def show(name: str, side: Measurement) -> None:
    """Print a side's memory."""
    grown = side.peak_bytes - side.ready_bytes
    print(
        f"{name:6} ready with {side.ready_bytes / MIB:.0f} MiB, at most {side.peak_bytes / MIB:.0f} MiB while reading: "
        f"{grown / MIB:.0f} MiB more; after a rest {sum(side.settled_bytes) / MIB:.0f} MiB, in processes of "
        f"{', '.join(f'{one / MIB:.0f}' for one in side.settled_bytes)} MiB",
        flush=True,
    )


def show_cards(when: str) -> None:
    """Print what each card has in use; nothing where there is none."""
    for gpu in find_gpus():
        print(f"{when}: {gpu.name} has {(gpu.total_bytes - gpu.free_bytes) / MIB:.0f} MiB in use", flush=True)


def main() -> None:
    """Measure both sides, one after the other."""
    parser = make_parser(__doc__, pages=16)
    parser.set_defaults(settle=_REST_SECONDS)
    options = read_options(parser.parse_args()).arguments()
    show_cards("before")
    plain = measure_in_child("plain_vllm", options)
    show("plain", plain)
    show_cards("after plain vLLM")
    ours = measure_in_child("our_reading", options)
    show("ours", ours)
    show_cards("after closing")
    rest = sum(ours.settled_bytes) / sum(plain.settled_bytes)
    print(f"ours / plain, after a rest: {rest:.2f}")
    print(f"ours / plain, most memory: {ours.peak_bytes / plain.peak_bytes:.2f}")


if __name__ == "__main__":
    main()
