"""Requests to transcribe a page in words that training does not use, and how well they are understood."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.messages import ImagePart, Message, Request, Sampling, TextPart
from training.evaluation.office_pages import Scan
from training.evaluation.readers import PAGES_AT_ONCE
from training.evaluation.scoring import Errors, count_errors

MAIN_WORDING = "Transcribe this page."
UNSEEN_WORDINGS = (
    "Could you put the text of this scan into characters for me?",
    "I cannot read this page. Please spell out what is printed on it.",
    "Digitise the attached sheet.",
    "Give back the wording of the document, line for line.",
    "Please key in this letter.",
    "Turn the picture into text.",
    "What has been written here? Quote it in full.",
    "Type up the page below, keeping to the original.",
    "Let me have the full text, please.",
    "Run OCR over the attached image and hand me the result.",
    "Read out the page from start to finish.",
    "Make a plain transcript of the scanned paper.",
    "Write down each line that you find on the sheet.",
    "Please retype this document without changing anything.",
    "Text of the image, please!",
    "Take down all the words that are printed in this photograph.",
    "I want the page as text; leave nothing out.",
    "Decipher the document shown above.",
    "Put every character of the page into your answer.",
    "transcript please",
)
_MOST_TOKENS = 1500


def read_with_wording(scans: Sequence[Scan], engine: Engine, wording: str) -> Errors:
    """Read pages on a request in `wording`; returns the sum of the character errors."""

    def read(page: Scan) -> Errors:
        with Image.open(page.image) as image:
            message = Message("user", (ImagePart(image.convert("RGB")), TextPart(wording)))
            reply = engine.generate(Request(messages=(message,), sampling=Sampling(max_tokens=_MOST_TOKENS)))
        return count_errors(page.text, reply.text)

    with ThreadPoolExecutor(PAGES_AT_ONCE) as pool:
        return sum(pool.map(read, scans), Errors(0, 0))
