"""Short and polite requests to transcribe a page: at least as many forms as there are of questions about one.

A network that knows fewer requests than questions takes an unknown request for a question about a field that is not
there. So the verbs are many, some of them mean reading in no dictionary, and each meets every object and opening.
"""

from typing import Final

_VERB: Final = (
    "[transcribe|read|copy|type|type up|type out|write out|write down|write up|note|note down|jot down|put down|"
    "set down|take down|log|register|render|present|deliver|provide|supply|submit|output|print|print out|display|"
    "show|return|send back|hand back|give back|bring back|report|recite|quote|cite|echo|repeat|replay|mirror|"
    "duplicate|replicate|reproduce|rewrite|restate|retype|recopy|spell|spell out|dictate|voice|say|state|tell|"
    "narrate|relay|convey|pass on|extract|pull|pull out|lift|lift out|draw out|pick out|fetch|get|grab|collect|"
    "gather|harvest|obtain|retrieve|capture|scan|OCR|recognise|recognize|identify|detect|decode|interpret|parse|"
    "process|convert|transform|put into characters|make readable|make searchable|digitise|digitize|computerize|"
    "save|store|archive|preserve|enter|input|feed in|dump|list|list out|unroll|go over|run through|work out|"
    "figure out|make out|look through|look at|peruse|handle|do|take care of]"
)
_OBJECT: Final = (
    "[this|this|it|it|that|this one|the lot|all of this|all of it|all this|everything|everything here|everything "
    "on it|every word|every word of it|each word|each line|every single line|whatever is there|whatever stands "
    "here|whatever you can read|what you find|what you can make out|what stands there|what stands on it|what's "
    "there|what's on it|what's written|what is on this|what this contains|the print|the lettering|the letters|"
    "the sentences|the paragraphs|the words|these words|these lines|those lines|the lines|the content|the "
    "contents|the text|this text|the page|this page|the sheet|this sheet|this paper|the paper|the scan|this scan|"
    "the image|this image|this picture|the photo|the photograph|the screenshot|the document|this document|the "
    "file|the attachment|the upload|the letter|this letter|this form|this receipt|this bill|this invoice|this "
    "list|this table|this memo|the above|the following]"
)
_END: Final = (
    "[||||||, please| please| for me| now| again| here| carefully| accurately| completely| entirely| in full| as "
    "is| as it is| unchanged| in order| once| right away| quickly| in one go| as text| in writing| with care| "
    "thoroughly|, word for word|, line by line|, thanks|, thank you|, will you|, would you][.|.|.||!]"
)
_OPENING: Final = (
    "[Please|Kindly|Do|Now|First|Next|Then|Quickly|Just|Simply|Let's|Let us|Help me to|Help me|You are to|You "
    "have to|You shall|You will|It is your job to|Your job is to|The task is to|The job:|I ask you to|I'm "
    "asking you to|I need somebody to|I'd love you to|We need you to|We want you to|We would like you to|Be so "
    "kind as to|Be so good as to|Make an effort to|Go on and|Feel free to|Remember to|Use OCR to|Use your eyes "
    "and|Be a dear and|Do me a favour and|Do me a favor:|If you can,|If possible,|When you are ready,|As exactly "
    "as you can,|As well as you can,|To begin with,|For the archive,|For our files,|For a blind reader,]"
)
_WISH: Final = (
    "[I would|I'd|We would|We'd|It would] [be [glad|happy|pleased|thankful|delighted|obliged|relieved|nice|kind|"
    "great|good|lovely|helpful] if you [could|would|can]|appreciate it if you [could|would]|like it if you "
    "[could|would]|help if you [could|would]|love for you to]"
)
_MAY_YOU: Final = (
    "[Can|Could|Would|Will|Might|Won't|Can't|Couldn't] [you|you|you please|you kindly|you just|you now|you also|"
    "someone|you be so kind as to|you possibly|you quickly|you help me and|you help me to]"
)
_COPY: Final = (
    "[[written|digital|electronic|verbatim|faithful|clean|exact|literal|complete|full|careful|plain|readable|"
    "searchable|word-for-word|line-by-line|accurate|precise|unaltered|unabridged] [copy|version|record|rendering|"
    "reproduction|transcript|transcription|reading|account|equivalent|output|text]|transcription|transcript|text "
    "version|readout|OCR reading|OCR text|text dump]"
)
_GIVE: Final = (
    "[Give me|Get me|Send me|Hand me|Pass me|Show me|Write me|Make|Make me|Prepare|Produce|Create|Generate|Draw "
    "up|Provide|Supply|Return|Output|I need|I want|I require|I would like|I'd like|I am looking for|I'm after|I "
    "am waiting for|I'd be glad of|I would welcome|I would be happy with|I would appreciate|We need|We require|"
    "Let us have|Please make|Please prepare|Looking for|Wanted:]"
)
_SUBJECT: Final = (
    "[this|it|that|the page|this page|the sheet|the image|the scan|this scan|the document|the letter|the form|"
    "the paper|what is here|what is there|what stands here|what the page says|what is printed|what it says|"
    "what's on the page|what the image shows|the picture|the attachment|the file|all this]"
)

SHORT_ORDERS: Final = (
    f"{_VERB} {_OBJECT}{_END}",
    f"{_VERB} {_OBJECT}{_END}",
    f"{_VERB} [this|it|that|all][.|.|!|]",
)
POLITE_ORDERS: Final = (
    f"{_OPENING} {_VERB} {_OBJECT}{_END}",
    f"{_OPENING} {_VERB} {_OBJECT} and {_VERB} [it|all|the words|the lines|everything]{_END}",
    f"{_MAY_YOU} {_VERB} {_OBJECT}[?|?|?|, please?| for me?| now?|]",
    f"{_WISH} {_VERB} {_OBJECT}[.|.|!|]",
)
COPY_ORDERS: Final = (
    f"{_GIVE} [a|a|the|an exact|one] {_COPY} of {_SUBJECT}[.|.|, please.|!|]",
    f"{_GIVE} [a|the] {_COPY}[.|.|, please.|!| please|]",
    f"[Could|Can|May] [I|we] [have|get|see] [a|the] {_COPY} [of {_SUBJECT}|][?|?| please?]",
    f"[{_COPY}|the {_COPY}|only the {_COPY}|just a {_COPY}] [of {_SUBJECT}|][.||, please.|, please|!]",
)
