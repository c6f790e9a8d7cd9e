"""Cases that ask for the text of a page in words that training never draws."""

from collections.abc import Iterator

from PIL import Image

from nemotron_vl_integrations.messages import ImagePart, Message, Reply, TextPart
from training.evaluation.scoring import count_errors
from training.glyphs import Shelf
from training.pages import draw_page
from training.prompts import MAIN_WORDING, MARKDOWN_WORDING
from training.random_text import TextSource
from training.task_cases.cases import Case, Score, ask
from training.task_cases.forms import TILE, FormMaker

MOST_CHARACTERS = 600
MAX_TOKENS = 900
OTHER_WORDINGS = (
    "I would be grateful for a typed copy of what you see.",
    "What's the text?",
    "Kindly put the words of this sheet into text form.",
    "transcription pls",
    "Reproduce the writing.",
    "Which words can be seen?",
    "Let me know what this paper says, word by word.",
    "Turn the picture into text, thanks.",
    "You are given a scan. Your output is its text and nothing more.",
    "Please act as a scanner with text recognition and give back the recognised text of the image below.",
    "what does this letter say??",
    "Could you make out what is printed here and type it for me?",
    "Decipher this.",
    "Give me the raw OCR result",
    "Do text recognition.",
    "I can't read it, can you?",
    "Every character on the page, in order, please.",
    "Was ist hier zu lesen?",
    "Gib mir bitte den Inhalt als Text.",
    "Peux-tu retranscrire le document ?",
    "Escribe el texto que ves.",
    "Che testo vedi?",
    "The file attached is a scanned document. Extract its textual content. Keep the order of the lines. Do not "
    "add anything of your own. Do not leave out anything. Output only the text.",
    "TRANSCRIBE EVERYTHING",
    "text of the page?",
    "read page",
    "Say what is written on the image.",
    "Take this image and return what it says.",
    "We need this page as a text file; print its content.",
    "Transcribe.",
)


def wording_cases(forms: FormMaker, source: TextSource, count: int) -> Iterator[Case]:
    """Pages asked for in the main wording, and the same pages in other wordings; the score is 1 - CER."""
    rng, shelf = forms.rng, Shelf(forms.fonts)
    for _ in range(count):
        page = draw_page(rng, source, shelf, TILE, rng.randrange(16, 25), MOST_CHARACTERS)
        image = Image.fromarray(page.draw()).convert("RGB")
        score = _nearness(page.text)
        yield _case("text, main wording (1 - CER)", image, MAIN_WORDING, page.text, score)
        yield _case("text, new wording (1 - CER)", image, rng.choice(OTHER_WORDINGS), page.text, score)
        markdown = page.write_markdown().text
        yield _case("Markdown (1 - CER)", image, MARKDOWN_WORDING, markdown, _nearness(markdown))


def _case(task: str, image: Image.Image, wording: str, truth: str, score: Score) -> Case:
    message = Message("user", (ImagePart(image), TextPart(wording)))
    return Case(task=task, request=ask((message,), max_tokens=MAX_TOKENS), wanted=truth, score=score)


def _nearness(truth: str) -> Score:
    def score(reply: Reply) -> float:
        return max(0.0, 1.0 - count_errors(truth, reply.text).rate)

    return score
