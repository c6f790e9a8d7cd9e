"""How people ask for a tool with arguments; brackets hold alternatives, see `phrases.expand`.

A value is copied whole only by who knows which words around it are none of its own, so these are hundreds.

`{name}` is the tool's name, `{verb}` and `{thing}` are what it does to what, `{n}` and `{v}` name and value of an
argument. `task_cases/tool_cases.py` asks in words of its own, none of which stands here.
"""

BY_NAME = (
    "[Call|Use|Run|Please call|Please use|Invoke|Execute|Use the tool|Call the tool|I want you to call|Can "
    "you call|Now call|Could you run|Please run|Make a call to|Execute the function|Run the tool|Would you call|"
    "I need you to use|Try|Call the function|Next, use|Then run|You should call|With the tool|Apply|Trigger|Send a "
    "request to|Fire|Query|Launch|Have a go at|We need|Please trigger|Kick off|Do|Ask|Consult|Turn to|"
    "This is a job for|"
    "I think we want|Best to use|Only use|Get me the output of|Hand this to|Pass this to|Answer by calling|"
    "Over to|Bring in|Switch on|Fire up|Go on with|Proceed with|Carry on with|Continue with|Work with|Reach for|"
    "I would try|What about|How about|Time for|Now it is the turn of|Begin with|Open|It is up to|Leave it to|"
    "Give it to|Send this through|Put this through|This goes to|Rely on|Involve|Activate|Get going with|"
    "The tool is|The right one is|My choice is|I picked|Please do this with|Sort this out with|Check with|See] {name}"
)
BY_NAME_INSIDE = (
    "[Have|Get] {name} [take over|do it|run|started|going|on it]|Put {name} to [work|use]|"
    "Give {name} a [go|try|call|chance]|{name} [is the one to use|is what we need|will do|has to run|can do this|"
    "is up next|please|is to deal with this|must be asked|takes this|is wanted here]|Let us see what {name} [says|"
    "finds|returns|gives]|I leave this to {name} [now|today|again]|Without {name} [we cannot go on|nothing works]|"
    "What does {name} [say|give|return]|May I ask for {name} [here|now]|See to it that {name} runs|"
    "Nothing but {name} will help|As always, {name}|First of all {name}"
)
"""The same, with the name in the middle of the sentence."""
BY_WORDS = (
    "[{Verb} [the|a|my|our|this|] {thing}|{Verb} {thing}|Please {verb} [the|a|] {thing}|Can you {verb} [the|a|"
    "] {thing}|"
    "I want to {verb} [the|a|] {thing}|I need to {verb} {thing}|Use the tool to {verb} {thing}|Use the {thing} tool|"
    "{verb} {thing}|Could you [please |]{verb} [the|a|my|] {thing}|Help me {verb} [the|a|] {thing}|"
    "I would like to {verb} [the|a|] {thing}|Now {verb} [the|] {thing}|Will you {verb} [the|my|] {thing}|"
    "You can {verb} [the|] {thing}|Let us {verb} [the|] {thing}|Next, {verb} the {thing}|"
    "Hi, {verb} [the|a|] {thing}[ please|]|Hello, can you {verb} [the|] {thing}|"
    "{Verb} [the|] {thing} [for me|now|please|again]|My boss asks me to {verb} [the|a|] {thing}|"
    "It is my job to {verb} [the|] {thing}|They told me to {verb} [the|a|] {thing}|Somebody must {verb} the {thing}|"
    "Try to {verb} [the|a|] {thing}|Do you think you can {verb} [the|a|] {thing}|How do I {verb} [the|a|] {thing}|"
    "There is [a|the] {thing} to {verb}|I wonder if you can {verb} [the|a|] {thing}|Shall we {verb} [the|] {thing}|"
    "Be so kind as to {verb} the {thing}|You must {verb} [the|] {thing}|The {thing}: {verb} it|"
    "We want you to {verb} [the|another|] {thing}|Nobody has {thing} yet, {verb} it|Off we go: {verb} {thing}|"
    "I'd love to {verb} [the|that|one] {thing}|It is time we {verb} [the|our|] {thing}|We ought to {verb} [the|"
    "] {thing}|"
    "It would help me if you {verb} [the|my|] {thing}|The plan is to {verb} [the|a|] {thing}|Who can {verb} the "
    "{thing}|"
    "Your job now: {verb} [the|] {thing}|Go and {verb} [the|some|] {thing}|How about you {verb} [the|this|] {thing}|"
    "I am here to {verb} [the|a|] {thing}|Would you mind to {verb} [the|our|] {thing}|We still have to {verb} "
    "[the|] {thing}|"
    "For today: {verb} [the|every|] {thing}|Don't forget to {verb} [the|our|] {thing}|The next step is to "
    "{verb} {thing}|"
    "See if you can {verb} [the|any|] {thing}|All I want is to {verb} [the|one|] {thing}|Please have {thing} "
    "ready, {verb} it]"
)
ONE_TEXT = (
    "[What is the {thing}|What's the {thing}|{Verb} the {thing}|I need the {thing}|{verb} {thing}|"
    "Tell me the {thing}|"
    "Which {thing} is it|Show me the {thing}|Do you know the {thing}|I want to know the {thing}|{Verb} {thing}] "
    "[of|in|for|for|at|from]"
)
BEGINNINGS = (
    "Please help. ", "I have a task for you. ", "Good morning. ", "Okay, next one. ", "Thanks. ", "Hi! ", "Well, ",
    "Listen. ", "Now this: ", "One more thing. ", "Quick question. ", "As I said, ", "For the record: ",
    "By the way, ",
)  # fmt: skip
ENDINGS = (
    ".", ".", ".", ".", "", "", "!", "?", ", please.", " please", ". Thank you.", ". Use the tool.", ". Do it now.",
    ". That is all.", " - thanks.", ". It is urgent.", ", okay?",
)  # fmt: skip
PAIRS = (
    "{n} {v}", "{n} {v}", "{n}={v}", "{n}: {v}", "{n} is {v}", "{n} = {v}", "{v} as {n}", "{v} for {n}",
    "{n} set to {v}", "the {n} {v}", "a {n} of {v}", "{n} equal to {v}", "{n} -> {v}", "{v} as the {n}", "{n} ({v})",
    "{n} being {v}", "{v} for the {n}", "{n} will be {v}", "the {n} is {v}", "its {n} is {v}", "{n}, which is {v}",
    "{n} has the value {v}", "use {v} as {n}", "use {v} for the {n}", "put {v} into {n}", "give {n} the value {v}",
    "{n} has to be {v}", "{n} needs to be {v}", "I want {v} as {n}", "let {n} be {v}", "keep {n} at {v}",
    "choose {v} for {n}", "{n} ought to be {v}", "{n} goes with {v}", "fill in {v} for {n}", "{v} is the {n}",
    "my {n} is {v}", "{v} ({n})", "{n} - {v}", "for {n} use {v}", "as {n} use {v}", "as the {n}, {v}", "{n} of {v}",
    "write {v} for {n}", "{n} would be {v}", "enter {v} as the {n}", "{n} may be {v}", "with {v} in {n}",
)  # fmt: skip
WORDY_PAIRS = (
    "[the|its|our|] {n} [shall|could|might|may|can|will|would|ought to|has to|needs to|is to|had better] be {v}",
    "[pick|pass|send|supply|submit|insert|try|have|treat|state|mention|specify|assign|apply|accept|note|type|"
    "give|"
    "say|read|write|use|choose|enter|plug in|fill in|provide|feed|hand over|go for|go with|we use|please use|"
    ""
    "please enter|I choose|I say|make it|call it|keep|note down|start with|count|declare|quote|grab|fetch|consider|"
    "expect|assume|suppose|allow|request|imagine|want] {v} [as|for|as the|for the|as its|under|in|as our|to be "
    "the] {n}",
    "[turn|change|switch|adjust|move|bring|tune|map|point|bind|raise|update|reset|limit|convert|match|fit|tie|link|"
    "lower|correct|initialise|direct|pin|push|round] [the|its|our|] {n} to {v}",
    "[put|leave|keep|fix|hold|have|let] [the|its|] {n} [at|on|as] {v}",
    "{n} [equals|becomes|gets|reads|says|means|stays|remains|takes|holds|contains|wants|likes|expects|needs|"
    "carries|"
    "shows|follows|starts as|counts as|called|named|marked|labelled|reading|saying|at|to|on|on|=>|:=|~|...|/] "
    "{v}",
    "[our|your|that|this|my|one] {n}[:| is| being| =|,] "
    "{v}",
    "{v} [goes into|goes in|belongs to|belongs in|is for|counts as|serves as|stands for|comes as|makes up|is to be|"
    "shall be|would be|should do as|is meant as|acts as|is our|was the|==|->|<-] [the|] {n}",
    "[there is|there must be|we have|we need|I need|I'd like|I prefer|I got|it has|it takes|that makes|add|plus|"
    "including]"
    " [a|the|] {n} [of|is|being|named|like|set at|:] {v}",
    "[regarding|concerning|about|on|in|under] [the|] {n}[:|,| -| we say| we have| it says| comes] {v}",
)  # fmt: skip
LINKS = (
    " with ", " with ", " for ", " using ", ": ", " where the ", " with the ", ", ", " (", " - ", " and give it ",
    " given ", ". Arguments: ", ". Here ", " by ", ". I have ", ", with ", ":\n", "\n- ", "; ", ". ", " and ",
    " so that ",
    ", and ", ", where ", ". Details: ",
)  # fmt: skip
JOINTS = (" and ", ", ", ", ", "; ", ", and ", " and with ", "\n- ", "\n", ". ", " plus ", ", then ", " / ")
FILLERS = (
    "just", "now", "then", "today", "again", "only", "here", "really", "also", "perhaps", "simply", "quickly",
    "first",
    "once more", "if you can", "for us", "for me", "at last", "as usual", "right away", "I think", "you know",
    "it seems",
)  # fmt: skip
RESULT_ASKS = (
    " Tell me the {}.", " What is the {}?", " I want to know the {}.", " Answer with the {}.",
    " Give me the {}.", " {}?",
    " And the {}?", " Which {} comes back?", " I need its {}.", " Then tell me its {}.", " What {} do you get?",
    " Say only the {}.", " Show the {}.", " What does it say about the {}?", " Return the {} to me.",
    " The {} is all I need.", " Look at the {}.", " I care about the {} alone.", " Write down the {}.",
    " Nothing but the {}, please.", " What is its {}?", " Let me know the {}.", " How about the {}?",
    " Find the {} in it.",
    " Then the {}, please.", " Read me the {}.", " Which is the {}?", " Pick out the {}.", " Give back the {} "
    "alone.",
    " Now what about the {}?", " Get the {} out of it.", " My question: what is the {}?", " It is the {} that counts.",
    " Take the {} from the result.", " Name the {}.", " The {} interests me.", " Hand me the {}.", " What {} is that?",
    " What {} comes out?", " Which {} do we get?", " Just its {}, please.", " I ask for the {} alone.", " State "
    "the {}.",
    " Mention the {} only.", " Send me the {} of it.", " What can you say about the {}?", " Reply with the {}.",
    " Under {}, what is there?", " Could I have the {}?", " And what {} is it?", " Quote the {}.", " I only "
    "want its {}.",
    " Inform me about the {}.", " What is behind {}?", " Which {} was found?", " Only the {} matters to me.",
)  # fmt: skip
