"""What people call the fields of a form: other words for a label, whole questions, keys in JSON."""

import random
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from training.phrases import expand, mistype
from training.question_forms import draw_labelled_question, draw_own_question, has_questions, is_told_apart

_SHORT_FORMS = {
    "no": "number", "no.": "number", "nr": "number", "nr.": "number", "#": "number", "num": "number", "ref":
    "reference",
    "ref.": "reference", "tel": "phone", "tel.": "phone", "qty": "quantity", "amt": "amount", "inv": "invoice",
    "acct": "account",
    "id": "ID", "dept": "department", "dept.": "department", "addr": "address", "cust": "customer", "po":
    "purchase order",
    "dob": "date of birth", "exp": "expiry", "dr": "doctor", "max": "maximum", "min": "minimum", "e-mail":
    "email",
}  # fmt: skip
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "invoice number": (
        "invoice no",
        "number of the invoice",
        "invoice ID",
        "bill number",
        "invoice reference",
    ),
    "order number": ("order no", "number of the order", "order ID"),
    "account number": ("account no", "number of the account", "account"),
    "policy number": ("policy no", "number of the policy"),
    "case number": ("case no", "number of the case", "case ID"),
    "serial number": ("serial no", "serial", "S/N"),
    "customer": ("client", "buyer", "customer name", "name of the customer"),
    "customer id": ("customer number", "client ID", "client number"),
    "phone": ("telephone", "phone number", "telephone number", "number to call"),
    "fax": ("fax number",),
    "email": ("e-mail", "email address", "e-mail address", "mail address"),
    "zip code": ("postal code", "ZIP", "postcode"),
    "total": ("total amount", "grand total", "sum", "overall amount", "final amount"),
    "subtotal": ("net amount", "amount before tax", "sum before tax"),
    "tax": ("tax amount", "amount of tax"),
    "vat": ("VAT amount", "value added tax"),
    "amount due": ("amount to pay", "amount owed", "payable amount", "outstanding amount"),
    "balance": ("balance amount", "remaining balance"),
    "discount": ("rebate", "price reduction", "reduction"),
    "shipping": ("shipping cost", "delivery cost", "shipping fee", "postage"),
    "payment method": ("way of payment", "method of payment", "means of payment"),
    "due date": ("payment deadline", "date when it is due", "deadline", "payment date"),
    "order date": ("date of the order", "date of order", "day of the order"),
    "start date": ("date of the start", "beginning", "first day", "start"),
    "end date": ("date of the end", "last day", "end"),
    "date of birth": ("birth date", "birthday", "DOB", "birthdate"),
    "reference": ("ref", "reference number", "reference code"),
    "contact": ("contact person", "person to contact"),
    "project code": ("code of the project", "project ID"),
    "unit price": ("price per unit", "price of one unit", "price each"),
    "quantity": ("number of units", "qty", "amount ordered"),
    "company": ("company name", "firm", "name of the company", "business"),
    "website": ("web address", "URL", "homepage", "web page"),
    "author": ("writer", "name of the author"),
    "salary": ("pay", "wage"),
    "name": ("full name", "person's name"),
    "first name": ("given name", "forename"),
    "last name": ("surname", "family name"),
    "doctor": ("physician", "name of the doctor"),
    "patient": ("name of the patient", "patient name"),
    "manager": ("boss", "name of the manager"),
    "country": ("nation",),
    "seat": ("seat number",),
    "gate": ("gate number", "boarding gate"),
    "flight": ("flight number",),
    "room": ("room number",),
    "check-in": ("arrival", "arrival date", "check in date"),
    "check-out": ("departure", "departure date", "check out date"),
    "signed by": ("signature", "signer", "name of the signer"),
    "signature": ("signed by", "signer"),
    "ticket": ("ticket number",),
    "weight": ("mass",),
    "subject": ("topic", "subject line", "regarding"),
    "currency": ("kind of money",),
    "address": ("street address", "postal address"),
    "city": ("town",),
}
_QUESTIONS: dict[str, tuple[str, ...]] = {
    "due date": (
        "When is it due?",
        "When must it be paid?",
        "By when must I pay?",
        "When is the payment due?",
    ),
    "total": (
        "How much is it in total?",
        "What does it cost in total?",
        "How much is the total?",
        "What do I have to pay in total?",
    ),
    "amount due": ("How much is due?", "How much must be paid?", "How much do I owe?"),
    "tax": ("How much tax is it?", "How much is the tax?"),
    "discount": ("How much is the discount?",),
    "shipping": ("How much is shipping?", "What does delivery cost?"),
    "customer": ("Who is the customer?", "Who is the client?", "Who ordered it?"),
    "from": ("Who is it from?", "Who is the sender?", "Who sent it?"),
    "to": ("Who is it to?", "Who is the recipient?", "Who is it addressed to?"),
    "author": ("Who wrote it?", "Who is the author?"),
    "doctor": ("Who is the doctor?",),
    "patient": ("Who is the patient?",),
    "manager": ("Who is the manager?", "Who manages it?"),
    "contact": ("Who is the contact?", "Whom can I contact?"),
    "signed by": ("Who signed?", "Who signed it?", "Who has signed this page?"),
    "signature": ("Who signed?", "Who signed it?"),
    "order date": ("When was it ordered?", "When was the order placed?"),
    "start date": ("When does it start?", "When does it begin?"),
    "end date": ("When does it end?",),
    "date of birth": ("When was the person born?", "When were they born?"),
    "quantity": ("How many are there?", "How many units?"),
    "unit price": ("What does one unit cost?", "How much is one unit?"),
    "weight": ("How heavy is it?", "How much does it weigh?"),
    "height": ("How high is it?", "How tall is it?"),
    "width": ("How wide is it?",),
    "speed": ("How fast is it?",),
    "distance": ("How far is it?",),
    "address": ("Where is it?", "What is the address?"),
    "country": ("Which country is it?", "In which country is it?"),
    "city": ("Which city is it?", "In which city is it?"),
    "company": ("Which company is it?", "What company is named?"),
    "payment method": ("How is it paid?", "How was it paid?"),
    "status": ("What state is it in?", "What is the status?"),
    "phone": ("Which number can I call?", "What number should I call?"),
    "email": ("Where can I send an email?",),
    "subject": ("What is it about?",),
    "date": ("When was it written?", "What is the date?", "Which date is on the page?"),
    "salary": ("How much is the salary?",),
    "name": ("What is the person called?", "What is the name?"),
    "invoice number": ("Which invoice is it?",),
    "project": ("Which project is it?",),
    "department": ("Which department is it?",),
    "check-in": ("When do they arrive?",),
    "check-out": ("When do they leave?",),
}
OWN_SHARE = 0.5
"""Of the questions that are sentences of their own, where the label has some and no other label could be meant."""
GRAMMAR_SHARE = 0.85
LABELLED_SHARE = 0.4
READING_SHARE = 0.4
"""Of the questions that use words of requests to transcribe, or none that a list of questions would hold."""
_ASK = (
    "What is the {}?", "What is the {}?", "What's the {}?", "What is the value of {}?",
    "What is the value of the field {}?", "Find the {}.",
    "{}?", "{}", "Give me the {}.", "What does the page give as {}?", "Tell me the {}.", "Which {} is given?",
    "Which {} is on the page?",
    "Please tell me the {}.", "Can you find the {}?", "Read the {}.", "What {} is shown?", "Look up the {}.",
    "I need the {}.",
    "What is written under {}?", "What does it say for {}?", "Extract the {}.", "Return the {}.",
    "What is the {} on this page?",
    "Do you see the {}?", "{} please", "the {}", "Answer with the {} only.",
    "What is the {} in this document?", "State the {}.",
    "What {} do you see?", "Copy the {} for me.", "Show me the {}.", "I want to know the {}.", "Let me have the {}.",
    "What has been entered as {}?", "Quote the {}.", "Is there a {}? If so, what is it?", "Name the {}.",
    "Check the {}, please.", "How does the page give the {}?", "Write down the {}.", "Could you tell me the {}?",
    "What stands behind {}?", "Do you know the {}?", "Give me only the {}.", "Where it says {}, what follows?",
    "{}: what is it?", "Would you read me the {}?", "Just the {}.", "What is it for {}?", "Say the {}.", "And the {}?",
)  # fmt: skip
_ASK_LIKE_READING = (
    "[Read|Spell|Type|Write|Copy|Note|Print|Call|Pick|Take|Point|Make|Figure|Find|Give|Hand|Pass] [out|down|"
    "over] the {}.",
    "[Transcribe|Extract|OCR|Output|Print|Type|Spell|Quote|Report|Repeat|Fetch|Get|Retrieve|Capture|Locate|Identify|"
    "Determine|Pick|Select|Display|Reveal|Indicate|Specify|Confirm|Verify] [the|only the|just the|nothing but the] {}.",
    "[Read|Tell|Show|Give|Send|Pass|Hand] me [what the {} is|what is under {}|the {} alone|only the {}|the {} here].",
    "[I search for|I am searching for|We seek|I seek|We are after|I am after|I try to find|I want to find|We "
    "require|"
    "I require|I am interested in|My question is about|Help me with|It is about|This is about|Let us talk "
    "about] the {}."
    "[| What is it?| What does it read?| What do you find?| Is it there?| What is printed?| What do you see?]",
    "[Which|What] {} [does the page name|does it name|do you find|is printed|is written there|is noted|stands there|"
    "has been filled in|was entered|do we have here|does this give|is mentioned|can be read|do they give]?",
    "[Please |Kindly |Could you |Can you |Now ][search for|check for|watch out for|scan for|go for|find] the {}[.| and "
    "say it.| and read it.| for me.|, then "
    "answer.]",
    "Has [the|any|a] {} been [given|named|filled in|noted]? [Which|What is it|Say it]?",
    "[How|What] does the {} read?", "[Under|Behind|Next to|Beside|After|Below] {}[,| -] what [is there|stands|"
    "do you read]?",
    "[Field|Label|Entry|Box|Line|Item][:| -|] {}[.|?|]", "[value|content|entry] [of|for|in] {}[.|?|]",
    "Who or what is the {}?", "[The|What about the|How about the|So, the|Next: the|Now the] {}[?|, please.|"
    ".]",
    "If the page [has|shows|gives] [a|the] {}, [say|quote|write|name] it.", "[Until when|When|Where|Who|How "
    "much|Which one], what is the {}?",
)  # fmt: skip
_EXTRA = (
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    " Answer with the value only.",
    " Answer briefly.",
    " Be exact.",
    " Just the value.",
)


def plain_name(label: str) -> str:
    """A label in plain lower-case words, short forms written out.

    Examples:
        >>> plain_name("Invoice No."), plain_name("Due date:"), plain_name("Customer ID")
        ('invoice number', 'due date', 'customer id')
    """
    words = re.sub(r"[:*]", " ", label).strip().lower().split()
    return " ".join(_SHORT_FORMS.get(word, word) for word in words).lower()


@lru_cache(maxsize=4096)
def names_of(label: str) -> frozenset[str]:
    """All names of a label, in lower case: two labels that share one may be taken for each other."""
    plain = plain_name(label)
    found = {label.lower(), plain, *(name.lower() for name in _OTHER_NAMES.get(plain, ()))}
    for known, others in _OTHER_NAMES.items():
        if plain in (name.lower() for name in others):
            found |= {known, *(name.lower() for name in others)}
    return frozenset(found)


def draw_name(rng: random.Random, label: str, *, plain_only: bool = False) -> str:
    """A name for a label: as it is printed, in lower case, written out, or in other words."""
    kind = rng.random()
    plain = plain_name(label)
    if kind < 0.25:
        return label
    if kind < 0.45:
        return label.lower()
    others = _OTHER_NAMES.get(plain, ())
    return rng.choice(others) if others and kind > 0.72 and not plain_only else plain


def draw_question(
    rng: random.Random,
    label: str,
    *,
    plain_only: bool = False,
    others: Iterable[str] = (),
    own_share: float = OWN_SHARE,
) -> str:
    """A question after the field with a label.

    Args:
        rng: Where chance comes from.
        label: As it is printed.
        plain_only: Keeps to the words of the label.
        others: The other labels of the page, which must not be meant as well.
        own_share: Of the questions that are sentences of their own, where the label has some.
    """
    plain = plain_name(label)
    whole = _QUESTIONS.get(plain, ())
    if not plain_only and rng.random() < own_share:
        told = has_questions(plain) and is_told_apart(plain, frozenset(map(plain_name, others)))
        if told and (not whole or rng.random() < GRAMMAR_SHARE):
            return _as_typed(rng, draw_own_question(rng, plain))
        if whole:
            return rng.choice(whole)
    name = draw_name(rng, label, plain_only=plain_only)
    if rng.random() < LABELLED_SHARE:
        return _as_typed(rng, draw_labelled_question(rng, name))
    form = expand(rng, rng.choice(_ASK_LIKE_READING)) if rng.random() < READING_SHARE else rng.choice(_ASK)
    return _as_typed(rng, form.replace("  ", " ").format(name) + rng.choice(_EXTRA))


def _as_typed(rng: random.Random, question: str) -> str:
    """With a capital or in lower case, now and then without its mark or with a slip of the finger."""
    question = question[:1].upper() + question[1:]
    if rng.random() < 0.12:
        question = question.lower()
    if rng.random() < 0.03:
        question = mistype(rng, question)
    return question.rstrip("?.") if rng.random() < 0.1 else question


def draw_key(rng: random.Random, label: str) -> str:
    """A key for a label as schemas write it: snake case, camel case or joined words."""
    plain = unicodedata.normalize("NFKD", draw_name(rng, label).lower()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain) or ["value"]
    return join_words(rng.choice(("snake", "snake", "snake", "camel")), words)


def join_words(style: str, words: list[str]) -> str:
    """Join words into one name.

    Examples:
        >>> [join_words(style, ["get", "page"]) for style in ("snake", "camel", "pascal", "kebab", "dot")]
        ['get_page', 'getPage', 'GetPage', 'get-page', 'get.page']
    """
    match style:
        case "camel":
            return words[0] + "".join(word.capitalize() for word in words[1:])
        case "pascal":
            return "".join(word.capitalize() for word in words)
        case "kebab":
            return "-".join(words)
        case "dot":
            return ".".join(words)
        case _:
            return "_".join(words)


def draw_description(rng: random.Random, label: str) -> str:
    """A description of a field as schemas carry it."""
    name = draw_name(rng, label)
    return expand(
        rng, f"[The {name}|{name}|{name}, as printed|{name} of the document|The {name} on the page][|.]"
    )
