"""Words as no list has them: ends of other words, accents in other places, elisions, ordinals, made-up names.

A network that knows the word that follows does not look at its letters, and then reads `Rennick` as `Remick` and a name
without its accent. These words can be read only by their letters.
"""

import random

from training.lexicon.terms import words

_ACCENTS = {"a": "áàâãä", "e": "éèêë", "i": "íìîï", "o": "óòôõö", "u": "úùûü", "n": "ñ", "c": "ç"}
_PLAIN = {accented: plain for plain, others in _ACCENTS.items() for accented in others}
_ELIDED = {
    "french": ("l", "l", "l", "d", "d", "qu", "n", "s", "j", "c", "m", "jusqu", "lorsqu", "puisqu", "t"),
    "italian": ("l", "l", "l", "dell", "all", "un", "c", "d", "nell", "dall", "quest", "sull", "quell", "s"),
}
_VOWELS = frozenset("aeiouhàâäéèêëíìîïóòôöúùûüœæ")
_ORDINALS = {"english": "", "german": ".", "french": "e", "spanish": "º", "italian": "º", "portuguese": "º"}
_STARTS = words("B Br C Ch D Dr F Fl G Gr H J K Kl Kr L M N P Pr R S Sch St T Th Tr V W Z")
_VOWEL_STARTS = words("I I I I A E O U Y")
"""Before a joint; an `I` mostly, which many fonts draw like an `l`: a name begins with a capital."""
VOWEL_START_SHARE = 0.22
_MIDDLES = words("a e i o u ai ea ee ie oo ou ä ö é á ó")
_JOINTS = words("ll nn rr tt ss mm ck l n r t m nd rd st ng nk ll nn rn rm")
_ENDINGS = words("er ick ow en ell ett son ley ham by ert in e o a ez i ard oll ann")
_UNITS = ("mm", "cm", "m", "km", "kg", "g", "l", "ml", "h", "min", "kW", "GB", "m²", "°C")
LEAST_BLENDED = 5


def blend(rng: random.Random, first: str, second: str) -> str:
    """The beginning of one word and the end of another.

    Examples:
        >>> blend(random.Random(1), "garden", "window")
        'gaow'
    """
    if min(len(first), len(second)) < LEAST_BLENDED:
        return first
    return first[: rng.randrange(2, len(first) - 1)] + second[rng.randrange(2, len(second) - 1) :]


def shift_accent(rng: random.Random, word: str) -> str:
    """Take an accent from a word, give it one, or another one.

    Examples:
        >>> shift_accent(random.Random(1), "mas")
        'mäs'
    """
    places = [place for place, sign in enumerate(word) if sign in _ACCENTS or sign in _PLAIN]
    if not places:
        return word
    place = rng.choice(places)
    plain = _PLAIN.get(word[place], word[place])
    accented = rng.choice(_ACCENTS[plain]) if word[place] == plain or rng.random() < 0.4 else plain
    return word[:place] + accented + word[place + 1 :]


def elide(rng: random.Random, word: str, language: str) -> str:
    """Put an elided word before one that begins with a vowel, in languages that do so.

    Examples:
        >>> elide(random.Random(1), "acqua", "italian")[-5:], elide(random.Random(1), "Wasser", "german")
        ('acqua', 'Wasser')
    """
    prefixes = _ELIDED.get(language)
    if not prefixes or word[:1].lower() not in _VOWELS:
        return word
    return f"{rng.choice(prefixes)}{rng.choice(APOSTROPHES)}{word}"


APOSTROPHES = ("’", "’", "’", "'")  # noqa: RUF001


def ordinal(number: int, language: str) -> str:
    """A number that tells a place in a row.

    Examples:
        >>> [ordinal(number, "english") for number in (1, 2, 13, 23)], ordinal(4, "german")
        (['1st', '2nd', '13th', '23rd'], '4.')
    """
    if language != "english":
        return f"{number}{_ORDINALS[language]}"
    teen = 10 < number % 100 < 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def measure(rng: random.Random, amount: str) -> str:
    """An amount with its unit, or a scale.

    Examples:
        >>> measure(random.Random(2), "84")
        '84 °C'
    """
    return f"1:{amount}" if rng.random() < 0.08 else f"{amount} {rng.choice(_UNITS)}"


def made_up_name(rng: random.Random) -> str:
    """A family name that nobody has, of one or two syllables and an ending.

    Examples:
        >>> made_up_name(random.Random(1))
        'Inen'
    """
    if rng.random() < VOWEL_START_SHARE:
        more = f"{rng.choice(_MIDDLES)}{rng.choice(_JOINTS)}" if rng.random() < 0.5 else ""
        return f"{rng.choice(_VOWEL_STARTS)}{rng.choice(_JOINTS)}{more}{rng.choice(_ENDINGS)}"
    syllables = [f"{rng.choice(_MIDDLES)}{rng.choice(_JOINTS)}" for _ in range(rng.choice((1, 1, 1, 2)))]
    return f"{rng.choice(_STARTS)}{''.join(syllables)}{rng.choice(_ENDINGS)}"
