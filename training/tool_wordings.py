"""How people ask for a tool with arguments; brackets hold alternatives, see `phrases.expand`.

`{name}` is the tool's name, `{verb}` and `{thing}` are what it does to what, `{n}` and `{v}` name and value of an
argument. `task_cases/tool_cases.py` asks in words of its own, none of which stands here.
"""

BY_NAME = (
    "[Call|Use|Run|Please call|Please use|Invoke|Execute|Use the tool|Call the tool|I want you to call|Can "
    "you call|Now call|Could you run|Please run|Make a call to|Execute the function|Run the tool|Would you call|"
    "I need you to use|Try|Call the function|Next, use|Then run|You should call|With the tool|Apply|Trigger|Send a "
    "request to|Fire|Query|Launch|Have a go at|We need|Please trigger|Kick off|Do|Ask|Consult|Turn to|"
    "This is a job for|"
    "I think we want|Best to use|Only use|Get me the output of|Hand this to|Pass this to|Answer by calling] {name}"
)
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
    "We want you to {verb} [the|another|] {thing}|Nobody has {thing} yet, {verb} it|Off we go: {verb} {thing}]"
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
    " Then the {}, please.", " Read me the {}.", " Which is the {}?",
)  # fmt: skip
