"""Questions after persons and places in sentences of their own: whom to call, who signed, who gets it.

Thousands of sentences for each label, in brackets as `phrases.expand` reads them; none of the questions in
`task_cases/forms.py` can be drawn from here.
"""

from typing import Final

from training.question_words import CALL, DO, HERE, IT, MAY, NUMBER, THEM, WE, group

PEOPLE_QUESTIONS: Final = (
    group(
        "phone|mobile|fax",
        (
            f"[What|Which|What other] {NUMBER} {DO} {CALL}{HERE}",
            f"[On|Under|With] [what|which] {NUMBER} {DO} {CALL} {THEM}",
            f"How {DO} {CALL} {THEM} [by phone|on the phone|by telephone|directly|over the phone]",
            f"[What|Which] {NUMBER} [belongs to|reaches|leads to|is good for|connects me with|puts me through to] "
            f"{THEM}",
            f"[Where|On what line|How] [are they|is the office|is somebody|are these people] [called|phoned|rung "
            f"up]{HERE}",
            f"What [digits|figures] {DO} [dial|press|key in|tap in] [to get|for] {THEM}",
            f"[Is there|Do they give|Has it] a {NUMBER} [to call|for calling|for|of] {THEM}, [and which|which one|"
            f"what is it]",
            f"I [want|need|have|would like|am going] to {CALL} {THEM}, [what is the number|which number|on which "
            f"number|number]",
        ),
        (
            f"[what|which] {NUMBER} {WE} {MAY} {CALL}{HERE}", f"how {WE} {MAY} {CALL} {THEM} [by phone|by telephone]",
            f"[on|under] [what|which] {NUMBER} [they|these people|the office] [answer|can be called|can be had|is "
            f"called|wait]",
            f"[the number|what number] to {CALL}{HERE}", f"where to {CALL} {THEM}",
        ),
        "telephone|tel|phone number|telephone number",
    ),
    group(
        "email",
        (
            f"[Where|To whom|To what address] {DO} [send|direct|forward|address] [an email|a mail|my mail|a message|"
            f"my email|an "
            "e-mail|e-mails]",
            f"[What|Which] [email|e-mail|mail] address {DO} [use|take|type|put|enter|mail|note|give them|"
            f"contact]{HERE}",
            "[What|Which] address [gets|takes|receives|collects] [my email|an e-mail|their mail|messages|the "
            "electronic mail]",
            f"How {DO} [contact|email|get in touch with|message|get an answer from] {THEM} [by email|by e-mail|online|"
            f"electronically]",
            "What [stands|is printed|is there|comes] [before and after|around] the at sign",
            f"Is there an [email|e-mail] address{HERE}",
            f"[Where|How] can {THEM} be [e-mailed|mailed|written to online]",
        ),
        (
            f"where {WE} {MAY} [send|direct|forward] [an email|a mail|a message|e-mails]{HERE}",
            f"[what|which] [email|e-mail|mail] address {WE} {MAY} [use|take|type|enter|contact]",
            f"how {WE} {MAY} [email|message|contact] {THEM} [online|by email]", f"where {THEM} [gets|get] mail",
        ),
    ),
    group(
        "signed by|signature",
        (
            f"Who [has |]signed {IT}",
            "Whose [name|signature|autograph|hand] [is|stands|comes] [below|at the bottom|at the end|under the "
            "text|under it|beneath]", f"[By whom|From whom] [is|was|has] {IT} [signed|been signed|undersigned]",
            "Who [put|set|wrote|left] [a|his|her|the] [name|signature] [below|at the bottom|at the end|under the "
            "text|there]",
            "Who is the [signer|undersigned|person below|person that signed]",
            "Which person [signed|undersigned|gave a signature]",
            f"[Who|Which person] [stands|vouches|answers] for {IT} with [a|his|her] signature",
            "What name [is|stands] [below|at the end|under "
            "the signature]", "Which signature do you [see|read|find]",
        ),
        (
            f"who [has |]signed {IT}", "whose [name|signature] [is|stands] [below|at the bottom|at the end|under it]",
            f"[by whom|who] {IT} was signed[ by|]", "[who|which person] the signature [is from|belongs to|comes from]",
        ),
        "prepared by|author|from|name|sold by|manager",
    ),
    group(
        "customer",
        (
            f"Who [is buying|bought|buys|ordered|has ordered|gets|receives|purchased|pays for] [{IT}|the goods|these "
            f"things|something|all this]",
            f"For whom [is|was] [{IT}|the order|all this] [made|meant|written|intended|printed|drawn up]",
            "Whose order is [it|this|that]",
            "Who [is|was] [the buyer|the client|the purchaser|buying here|served|supplied|the one that buys|the one "
            "who pays]",
            f"[To whom|Whom] [is|was|are|do they] [{IT} sold|this billed|supply|serve|deliver|the goods sold]",
            "Who gets the [bill|goods]",
            "[What|Which] [client|buyer|person|firm] [is buying|bought this|ordered|is served|is supplied|placed an "
            "order|does this concern]",
        ),
        (
            f"who [is buying|bought|buys|ordered|gets|receives|pays for] [{IT}|the goods|these things]",
            "whose order [it|this] is",
            f"[for whom|who] {IT} is [made|meant|written][ for|]", "who the [buyer|client|purchaser] is",
            "who they [sell to|serve|supply|deliver to|bill]",
        ),
        "name|to|bill to|ship to|patient|contact|first name|last name|company",
    ),
    group(
        "date of birth",
        (
            "How old is [the person|he|she|this person]", "When was [he|she|the person|the patient|the owner] born",
            "On which day is the "
            "birthday", "When did [he|she|the person] come into the world",
        ),
        ("how old [he|she|the person] is", "when [he|she|the person] was born"), "age",
    ),
    group(
        "department",
        (
            "[What|Which] [department|part of the company|section|unit|office] [is|was] [meant|in charge|concerned|"
            "responsible|it for|it from|"
            "named|dealing with it|behind it]",
            "[In|To|For|From] [what|which] [department|section|part of the firm] [is|does|do] [it|this|that|they] "
            "[work|go|belong|come|sit|meant]",
            f"Who in the [company|firm|house] [deals with|is in charge of|looks after|is responsible for] {IT}",
            "Where in the [house|firm|building] does it [go|come from|end up]",
            f"Which [team|section|desk] [handles|gets|has|keeps] {IT}",
        ),
        (
            "[what|which] [department|section|part of the firm] [is|was] [meant|in charge|concerned|responsible|"
            "named]",
            "[in|to] which [department|section] it [goes|belongs]",
            f"who in the firm [deals with|is in charge of] {IT}",
        ),
        "company|project|room",
    ),
    group(
        "address",
        (
            f"Where [do they live|are they|is the office|is the house|can {THEM} be found|does {THEM} live|do I send "
            f"a letter]",
            "[In|On] which street is [it|that|the house]",
            f"[Where|To what place] {DO} [go|send a parcel|drive|walk|post a letter]",
            "At what house and street [is it|do they live]",
        ),
        ("where [they live|it is|the house is|the office is]", f"where {WE} {MAY} [send a letter|go|send a parcel]",
        "on which street it is"),
        "bill to|ship to|place of birth|city|country|email|website",
    ),
    group(
        "company|employer|supplier|publisher|bank",
        (
            "[What|Which] [firm|business|house|enterprise] is [it|this|that|meant|behind it|named]",
            "What is the firm called", "Whose business is it",
            f"[What|Which] firm [does|did] {IT} come from",
        ),
        ("[what|which] [firm|business] [it|this] is", "what the firm is called",
        "which firm is [named|meant|behind it]"),
        "customer|from|sold by|name",
    ),
    group(
        "name|patient",
        (
            "[What|Which] person is [it|this|meant|named]", "Who is [meant|named|that|it about]",
            "[What|How] is [he|she|the person] called",
            "What do they call [him|her|the person]",
        ),
        ("[who|which person] is [meant|named]", "what [he|she|the person] is called", "who that is",
        "whom it is about"),
        "customer|signed by|signature|from|to|subject|first name|last name|doctor|manager|contact|author|prepared by|"
        "sold by",
    ),
    group(
        "from",
        ("Who [wrote|sent|is behind] [it|this|that]", "Whom is [it|this] from", f"Who [writes|sends] {IT}",
        "Where does [it|this] come from"),
        (f"who [wrote|sent|writes] {IT}", "whom it is from",
        "who is behind it"), "author|signed by|name|prepared by|company",
    ),
    group(
        "to",
        ("Who [gets|receives|got|should read] [it|this|that]", "Whom is [it|this] [for|to|meant for]",
        f"Who is {IT} [sent|written] to"),
        (f"who [gets|receives|should get] {IT}", "whom it is for",
        "who should read it"), "customer|name|bill to|ship to|contact",
    ),
)  # fmt: skip
