"""Sentences of a language with places for any word: the small words stand where they really stand.

`{w}` is any word, `{n}` a number, `{name}` a name, `{date}` a date, `{time}` a time. Without them a network learns that
every word may follow every other, and then reads `a tin` as `at in`.
"""

from training.lexicon.terms import phrases

_ENGLISH = """
    I {w} the {w} and a {w} on the {w}.
    I am {w} and I have a {w} of my own.
    I still {w} it, but I do not {w} any more.
    It is a {w} {w}, and I like it as it is.
    A {w} is not a {w}, as he said to me on {date}.
    In the {w} there is a {w} with {n} of them in a row.
    He was in a {w} when I saw him at the {w}.
    She had a small {w}, a tall {w} and an old {w}.
    We went to a {w} near the {w} to see it at {time}.
    If it is {w}, I will {w} it to a friend of {name}.
    As a rule, a {w} is at least as {w} as the other.
    They said so at a {w} of the {w}, and so did I.
    At first I did not {w}; at last I did.
    The {w}, which is {w}, has to be {w} by a {w}.
    You may {w} it or not, it is up to you and to {name}.
    There were {n} of us at the {w}, all in all.
    A {w} or two will do, and then it is on to the next {w}.
    This is what I {w} in the first place: a {w}, an {w} and the {w}.
    Not a {w} was left, so we had to {w} on our own.
    It took me a {w} to {w} the new {w} for the {w}.
    What I mean is that a {w} in a {w} is as good as {w}.
    Its {w} is {w}; its {w} is not.
    The new {w} is {n} m long and has a {w} at the end.
    One of the {w} is in an {w}, the other in a {w}.
    Do you {w} it at all? I do not, but I am {w} to.
    Most of it was {w}, some of it a bit {w}.
    Up to {n} {w} can be {w} in a {w} of this size.
    To {w} is to {w}, it is said, but I {w} it.
    By the {w} of the {w} he had {w} all but one.
    It is {w} to be {w} in an {w} such as this one.
    Let me {w} you a {w}: it is at the {w} on the left.
    For as long as I {w} it, the {w} was {w} at {time}.
    No one but me had a {w}, and I had to {w} it to {name}.
    They are to {w} it in a {w} or in the {w}, as they like.
    The {w} of a {w} is {w}, that of an {w} is not.
    She is as {w} as a {w}, and a lot more so than I am.
    Once a {w}, I {w} the {w} with {name} and a few of the others.
    All of a sudden it was {w}, and we were out of {w}.
    In front of me was a {w}; I could not {w} it, though I tried.
    The house by the {w} is still {w}, with a roof of {w}.
"""
_GERMAN = """
    Ich habe das {w} an der {w} und ein {w} im {w}.
    Es ist ein {w}, und so soll es auch sein.
    Am {date} war er in der {w}, um {time} war er zu Hause.
    Wir sind zu {n} an den {w} und in das {w} gegangen.
    Das {w} ist nicht so {w} wie die {w}, die ich sah.
    Da es zu {w} war, ging sie mit {name} ins {w}.
    Er hat an dem {w} nur ein {w}, aber es ist {w}.
    Ob du es {w} oder nicht, es ist an dir.
    Als ich da war, lag ein {w} auf dem {w} im {w}.
    In der {w} stand, dass man es {w} soll.
    Es gab zu {w} und zu {w}, so gut es ging.
    Wer {w} ist, der ist auch ein {w}, sagt man.
"""
_FRENCH = """
    Il y a un {w} à la {w} et une {w} au {w}.
    Je n'ai pas de {w}, mais j'ai un {w} à moi.
    C'est à {time} qu'il a vu la {w} de l'{w}.
    L'{w} n'est ni {w} ni {w}, il est à {name}.
    Elle a {n} {w} et un {w}, dit-on.
    Ce n'est qu'un {w}, à ce qu'il dit.
    On y va le {date}, s'il n'y a pas de {w}.
    Qu'il soit {w} ou non, c'est à toi de {w}.
    La {w} est à l'{w} ce que le {w} est au {w}.
    J'ai mis le {w} sur la {w}, à côté d'un {w}.
    Il en a, elle n'en a pas, et c'est {w}.
    À la fin de l'{w}, il n'y avait plus de {w}.
"""
_SPANISH = """
    Yo no sé si la {w} es de él o de {name}.
    Hay un {w} en la {w} y otro al lado del {w}.
    Lo vi a las {time} en el {w} de la {w}.
    No es ni {w} ni {w}, y así me lo dijo el {date}.
    A mí me da lo mismo, si es un {w} o una {w}.
    Se lo di a un {w} y él a su {w}.
    Ya no hay {w}, y con {n} no se {w}.
    Es la {w} a la que él va al {w}.
    Con el {w} a la vista, no hay por qué {w}.
    Y si no es así, ¿a quién se lo {w}?
    De la {w} al {w} hay {n} {w} o más.
    Ni yo ni tú lo {w}, pero él sí.
"""
_ITALIAN = """
    C'è un {w} in {w} e una {w} a casa di {name}.
    Io non ho il {w}, ma ho l'{w} e la {w}.
    È alle {time} che si va al {w}.
    Lo so, ma non è né {w} né {w}.
    L'ho visto il {date} con un {w} in mano.
    A me piace il {w}, a lei la {w}.
    Se è {w} o no, lo dirà la {w}.
    Ci sono {n} {w} e un {w} di più.
    Non c'è più {w}, e se ce n'è, è {w}.
    La {w} è all'{w} come il {w} al {w}.
    Di là dal {w} vi è un {w} che si {w}.
    O lo {w} io, o lo fa un {w}.
"""
_PORTUGUESE = """
    Eu não sei se a {w} é dele ou de {name}.
    Há um {w} na {w} e outro ao pé do {w}.
    É às {time} que se vai à {w}.
    Vi-o a {date}, com o {w} e a {w} na mão.
    A mim dá-me igual se é um {w} ou uma {w}.
    Já não há {w}, e com {n} não se {w}.
    O {w} é da {w} e a {w} é do {w}.
    E se não for assim, a quem o {w}?
    Não é nem {w} nem {w}, mas é o que há.
    Da {w} ao {w} são {n} {w} ou mais.
    Ela tem um {w}, ele não o tem.
    Nem eu nem tu o {w}, mas ela sim.
"""
PATTERNS: dict[str, tuple[str, ...]] = {
    "english": phrases(_ENGLISH),
    "french": phrases(_FRENCH),
    "german": phrases(_GERMAN),
    "italian": phrases(_ITALIAN),
    "portuguese": phrases(_PORTUGUESE),
    "spanish": phrases(_SPANISH),
}
