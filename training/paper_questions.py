"""Questions after sums, dates, numbers and subjects in sentences of their own: what to pay and by when.

Thousands of sentences for each label, in brackets as `phrases.expand` reads them; none of the questions in
`task_cases/forms.py` can be drawn from here.
"""

from typing import Final

from training.question_words import DO, HERE, IT, MAY, PAY, WE, group

PAPER_QUESTIONS: Final = (
    group(
        "due date",
        (
            f"[When|By when|On what day|By what date|Until which day|At what date|How soon|By which day] {DO} {PAY}[ "
            f"{IT}| the money|"
            "| the sum| the whole]",
            "[When|By when|On which day] [does|did|will] [the money|the payment|our payment|the transfer|the sum] "
            "[fall due|become due|"
            "have to be there|need to be made|go out|come in|arrive]",
            f"How [long|much time] {DO} [have|get|wait] [to|before {WE}] {PAY}",
            "When is [the money|the payment|the sum|payment] [due|"
            "expected|wanted|awaited|to be made]",
            "What is the [latest|last|final] [date|day] [to pay|for the money|of payment|to settle]",
            f"[When|By when] must {IT} be [settled|cleared|transferred|paid in full]",
            "When does the [time|term|period] for payment [end|run "
            "out|expire|stop]", f"[From|After] when is {IT} [late|overdue|unpaid]",
        ),
        (
            f"[when|by when|until what day|by which date] {WE} {MAY} {PAY}[ {IT}| the money|]",
            f"when {IT} [is|becomes|falls|will be|gets] [due|payable|late|overdue]",
            "[when|by when] the [money|payment|sum] [is due|is "
            "expected|has to be there|must come in|is wanted]", f"how [long|much time] {WE} have to {PAY}",
            f"[when|by when] {IT} must be [paid|settled|cleared]",
        ),
    ),
    group(
        "total|amount due|balance",
        (
            f"How much [money |]{DO} {PAY}[ in total| altogether| in all| overall| for everything| in the end|]",
            "How much [is|was|will be] [it all|all of it|everything|the whole thing|the whole order|the lot] "
            "[together|in total|]",
            "[What|How much] does [everything|the whole thing|the lot|it all|the whole order] [cost|add up to|amount "
            "to|make]",
            "[What|Which] [amount|sum] [is|was|stands] [at the end|at the bottom|below the line|in the last line|to "
            "be paid]",
            f"How [high|large|big] is [{IT}|the sum|the whole amount|what we pay|the final sum]",
            "What [am I|are we|are they|is he] [charged|"
            "billed|asked for] [in all|altogether|in total|for all of it]",
            "What is the [final|whole|entire|full|complete] [price|cost|"
            "amount|charge|bill]",
            "What do they [charge|bill|ask] [in all|altogether|for everything|in total|all told]",
            f"[To what sum|To how much] does {IT} [run|mount|amount|add up]",
            "How much money [changes hands|is it|goes out|is asked for]",
        ),
        (
            f"how much [money |]{WE} {MAY} {PAY}[ in total| altogether| in all|]",
            "[what|how much] [it|everything|the whole thing] "
            "[costs|adds up to|amounts to|makes|is]", f"how [high|large] {IT} is [in all|in total|altogether]",
            f"[what|which] sum {WE} {MAY} {PAY}", "what they [charge|bill|ask] [in all|for everything]",
        ),
        "subtotal|price|amount|grand total|sum|net",
    ),
    group(
        "subtotal",
        (
            "[What|How much] [is|was] it [before|without] [tax|taxes|VAT|shipping]",
            "What do the goods [alone|by themselves] cost",
            "What is the sum [before tax|without tax|of the goods|of the items]",
            "How much do the [items|goods|positions] make",
        ),
        ("[what|how much] it [is|costs|was] [before|without] [tax|taxes]", "what the goods cost [alone|before tax]"),
    ),
    group(
        "tax|vat",
        (
            "How much [goes|has to go] to the [state|government|tax office]",
            f"How [much|high] is the [tax|value added tax] {HERE}",
            f"[What|How much] tax [is|was] [added|charged|included|put on top]{HERE}", f"What part of {IT} is tax",
        ),
        (f"how much tax [is|was] [added|charged|included]{HERE}", "how much of it is tax",
        "what goes to the tax office"),
        "tax rate|tax id|sales tax",
    ),
    group(
        "order date",
        (
            f"[When|On which day|On which date|Since when|How long ago] has [{IT}|the order|our order] been ordered",
            f"When did [{WE}|the customer|the client] [order|place the order|send the order|make the order|buy|sign "
            f"the order]",
            "[When|On which date|On which day] was the order [made|given|taken|sent|received|signed|written|booked|"
            "placed]",
            "[What|Which] date does the order [have|bear|carry|show]",
            "When did the order [come in|go out|arrive|get placed]",
            "[From what day|Of which date] is the order", f"On [what|which] [day|date] did [{WE}|the client] order",
        ),
        (
            f"when [{WE}|the customer|the client] [ordered|placed the order|made the order|bought it]",
            "[when|on which day] the order "
            "[was made|was given|came in|went out|was sent|was placed]", "[from what day|of which date] the order is",
            f"when {IT} was ordered",
        ),
        "date|invoice date|delivery date",
    ),
    group(
        "invoice date|date",
        (
            f"When [was|is] {IT} [written|dated|made out|issued|printed|drawn up|sent]",
            f"[What|Which] date does {IT} [bear|carry|have|show]",
            f"From [what|which] [day|date] is {IT}",
            f"[On what day|How long ago] was {IT} [written|issued|printed|made out]",
        ),
        (f"when {IT} was [written|issued|made out|printed|sent]", f"[from what day|of which date] {IT} is",
        f"how old {IT} is"),
        "due date|order date|delivery date|start date|end date|valid until",
    ),
    group(
        "delivery date",
        (
            "When [do|did|will] [the goods|the things|the boxes] [come|arrive|get here|reach us]",
            f"When will {IT} be [delivered|brought]", "When can I expect [it|the goods]",
            "When [is|was|will be] the [delivery|shipment]", "On what day do they [deliver|bring it|ship]",
        ),
        ("when [the goods|it|the things] [arrive|come|will come|get here]", "when they [deliver|bring it]",
        "when to expect [it|the goods]"),
        "arrival|due date",
    ),
    group(
        "invoice number",
        (
            "[What|Which] number [does|has] [the|this|your|our] [invoice|bill] [have|bear|carry|show|go by|got]",
            "[What|Which] invoice [is|was] [it|this|that|meant]",
            f"[What|Which] number {DO} [quote|give|state|mention|note] [for|about] [the|this] "
            "[invoice|bill]",
            "[By|With|Under] [what|which] number is [the|this] [invoice|bill] [known|found|kept|booked|registered]",
            "How do they [number|call|identify|tell apart] [this|the] [invoice|bill]",
            "[What|Which] is [the|this] invoice's number",
            "[What|Which] number is [on|at the top of|printed on] [the|this] [invoice|bill]",
            "Which of the [invoices|bills] is [this|it]",
            "What number [was|did they] [given to|give] [this|the] [invoice|bill]",
        ),
        (
            "[what|which] number [the|this] [invoice|bill] [has|bears|carries|shows|got]",
            "[which|what] invoice [it|this] is",
            "[by|with|under] which number [the|this] [invoice|bill] is [known|found|kept|booked]",
            "how [this|the] bill is numbered",
        ),
        "invoice|order number|reference|your ref|our ref|account number|customer id",
    ),
    group(
        "reference|our reference|your reference",
        (
            f"[What|Which] [reference|code|sign|mark] {DO} [quote|give|state|name|use|put down|note|repeat] [in|on] "
            f"[my|our|the|an] [answer|reply|"
            "letter|payment|transfer|mail|call]",
            "[What|Which] [code|reference|sign] [belongs|goes|has to go] [on|into|in] [my|our|the] [answer|payment|"
            "transfer|letter|form]",
            f"[What|With what] {DO} [refer to|say it is about|tell them] when {WE} [call|answer|pay]",
            "By which [code|reference|sign] do they "
            f"[know|find|file|keep] {IT}",
            f"[What|Which] [reference|code] [do they give|is given|is used|is printed|do they use|was set]{HERE}",
            f"What do they want [me|us] to [quote|give|state] [when|if] {WE} [answer|call|pay]",
        ),
        (
            f"[what|which] [reference|code|sign] {WE} {MAY} [quote|give|state|name|use|put down] [in|on] [my|the|an] "
            f"[answer|letter|payment|call]",
            "what to [quote|state|give|put] [in|on] [my|the|an] [answer|reply|payment|transfer]",
            f"by which code they [know|file|keep] {IT}",
        ),
        "invoice number|order number|case number|customer id|account number|project code|policy number|ticket",
    ),
    group(
        "quantity",
        (
            "How many [items|things|articles|copies|pieces|boxes|parts|of them|of these] [are|were] [ordered|bought|"
            "sold|delivered|sent|there|"
            "wanted|taken|needed|listed|meant]{here}".replace("{here}", HERE),
            f"How many [did|do|will] [{WE}|the customer] [want|get|buy|need|receive|take]",
            "What [amount|count|number of pieces] [is|was] [ordered|"
            "delivered|bought|wanted]", "How [large|big] is the order in [pieces|units|items]", "[In|Of] what quantity",
            "How many [go|went] [out|"
            "in|to the customer]", "What count do they give",
        ),
        (
            "how many [items|things|pieces|copies|boxes|of them|] [are|were] [ordered|bought|sold|delivered|sent|"
            "wanted|needed]",
            f"how many [{WE}|the customer] [want|get|need|bought|ordered]", "[in|of] what quantity",
            "how large the order is",
        ),
        "units|qty|hours|pcs|number",
    ),
    group(
        "payment method",
        (
            f"How {DO} {PAY}[ {IT}| the money| the bill|]",
            f"How [is|was|has|will] [{IT}|the money|the bill|the sum] be paid",
            "[What|Which] [way|form|kind|mode|sort] of payment [is|was] [it|chosen|used|agreed|wanted|taken|accepted]",
            "[In|With] what [way|form|manner] [is|was|does] the money [paid|sent|come|go over]",
            "[Cash, card or what|By card or in cash or how], "
            "how [is|was] it paid", f"[With|Through] what [do|did|will] [{WE}|the customer] {PAY}",
            "How does the money [get|come|go] to them",
            "How do they want [their|the] money",
        ),
        (
            f"how {WE} {MAY} {PAY}[ {IT}| the money|]",
            f"how [{IT}|the money|the bill] [is|was|will be|has been] [paid|settled|sent]",
            "[what|which] [way|form|kind] of payment [it|that] is", "how they [want|get|got] [their|the] money",
        ),
        "status",
    ),
    group(
        "subject|title",
        (
            f"What is {IT} about", f"What does {IT} [deal with|concern|treat|speak of]",
            f"What [topic|matter|theme] [is it|does {IT} have]",
            "What is this in one line",
        ),
        (f"what {IT} [is about|deals with|concerns]", "what the [topic|matter] is"), "project|remarks|department",
    ),
    group(
        "check-in|arrival",
        ("When do [they|we|you|the guests] [come|get there|arrive|reach it]",
        "When does it [come in|get in|reach the place]"),
        ("when [they|the guests] [come|arrive|get there]", "when it gets in"), "departure|check-out|time",
    ),
    group(
        "check-out|departure",
        ("When do [they|we|you|the guests] [go|leave|set off|start]", "When does it [go|leave|start|set off]"),
        ("when [they|the guests] [go|leave|set off]", "when it [goes|leaves]"), "arrival|check-in|time",
    ),
)  # fmt: skip
