"""Writes a checkpoint whose weights lie between those of two checkpoints.

    python -m training.average --first FOLDER --second my-checkpoint --share 0.5 --out between

Where the second was trained on from the first, a point between both often reads better than either: what the
short training learnt stays, what it forgot comes back (Wortsman et al., 2022, "Model soups", arXiv:2203.05482).
"""

import argparse
from pathlib import Path

from nemotron_vl_integrations.errors import InputError
from training.checkpoint import DEMO_FOLDER, load_network, read_tensors, restore
from training.export import export


def write_average(first: Path, second: Path, out: Path, *, share: float) -> None:
    """Write `first` with every weight moved towards `second`.

    Args:
        first: A checkpoint folder; configuration, tokenizer and prompts are taken from it.
        second: A folder with weights of the same shape.
        out: A new or empty folder.
        share: How far to go: 0 is the first, 1 the second.

    Raises:
        InputError: `share` is not from 0 to 1, `out` holds files, or the weights do not fit each other.
    """
    if not 0 <= share <= 1:
        raise InputError(f"A share of {share} does not lie between the two.", hint="Take 0 to 1.")
    network = load_network(first)
    ours, theirs = read_tensors(first), read_tensors(second)
    if ours.keys() != theirs.keys():
        odd = sorted(ours.keys() ^ theirs.keys())
        raise InputError(f"One of the two has no {odd[:3]!r}.", hint="Average exported checkpoints.")
    restore(network, {name: ours[name].float() * (1 - share) + theirs[name].float() * share for name in ours})
    export(network, out, base=first)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.average", description=__doc__)
    parser.add_argument("--first", type=Path, default=DEMO_FOLDER, help="checkpoint; the bundled one")
    parser.add_argument("--second", type=Path, required=True, help="checkpoint trained on from the first")
    parser.add_argument("--share", type=float, required=True, help="0 is the first, 1 the second")
    parser.add_argument("--out", type=Path, required=True, help="new folder")
    arguments = parser.parse_args()
    write_average(arguments.first, arguments.second, arguments.out, share=arguments.share)


if __name__ == "__main__":
    main()
