"""Measures how long one process draws at a training sample, to choose the number of workers.

    python -m training.drawing_speed --fonts material/fonts --words material/words

Prints milliseconds of processor time for a sample of each bucket, and the mean of a batch as the shares of the
buckets have it. Letters are kept for the next page, so the first samples are slow and are not counted.
"""

import argparse
import time
from pathlib import Path

from nemotron_vl_integrations.errors import InputError
from training.batches import BUCKETS, BatchMaker
from training.checkpoint import DEMO_FOLDER
from training.curriculum import stage_at
from training.feed import Material, make_batches
from training.glyphs import DEFAULT_FONTS, find_fonts
from training.vocabulary import DEFAULT_WORDS, read_vocabulary

WARM_UP = ("1x1", "2x3", "3x4")


def measure(maker: BatchMaker, bucket: str, samples: int) -> float:
    """Seconds of processor time for a sample of a bucket."""
    start = time.process_time()
    maker.make(bucket, sequences=samples)
    return (time.process_time() - start) / samples


def describe(maker: BatchMaker, rounds: int, samples: int) -> str:
    """Warm up, measure each bucket of a run in `rounds` turns and describe what was measured."""
    shares = stage_at("tune", 0.5).shares
    for _ in range(rounds):
        for bucket in WARM_UP:
            measure(maker, bucket, samples)
    seconds = dict.fromkeys(shares, 0.0)
    for _ in range(rounds):
        for bucket in shares:
            seconds[bucket] += measure(maker, bucket, samples) / rounds
    batch = sum(share * seconds[bucket] * BUCKETS[bucket].sequences for bucket, share in shares.items())
    lines = (f"{bucket:10} {1000 * own:6.2f} ms a sample" for bucket, own in seconds.items())
    return "\n".join([*lines, f"{1000 * batch:.0f} ms a batch on average"])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.drawing_speed", description=__doc__)
    parser.add_argument("--fonts", type=Path, default=DEFAULT_FONTS, help="folder with .ttf and .otf files")
    parser.add_argument("--words", type=Path, default=DEFAULT_WORDS, help="word list, or a folder of them")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--samples", type=int, default=10, help="of each bucket in each round")
    arguments = parser.parse_args()
    try:
        vocabulary = read_vocabulary(arguments.words, [])
        material = Material(tuple(find_fonts(arguments.fonts)), vocabulary, DEMO_FOLDER)
    except InputError as exc:
        parser.error(str(exc))
    print(describe(make_batches(material, 1), arguments.rounds, arguments.samples))


if __name__ == "__main__":
    main()
