"""How people ask for a tool with arguments; brackets hold alternatives, see `phrases.expand`."""

BY_NAME = (
    "[Call|Use|Run|Please call|Please use|Invoke|Execute|Use the tool|Call the tool|I want you to call|Can "
    "you call|Now call"
    "|Could you run|Please run|Make a call to|Execute the function|Run the tool|Would you call|I need you "
    "to use|Try|Call the"
    " function|Next, use|Then run|You should call|With the tool|Apply|Trigger|Send a request to] {name}"
)
BY_WORDS = (
    "[{Verb} [the|a|my|our|this|] {thing}|{Verb} {thing}|Please {verb} [the|a|] {thing}|Can you {verb} [the|"
    "a|] {thing}|I want to"
    " {verb} [the|a|] {thing}|I need to {verb} {thing}|Use the tool to {verb} {thing}|Use the {thing} tool|"
    "{verb} {thing}|Could you"
    " [please |]{verb} [the|a|my|] {thing}|Help me {verb} [the|a|] {thing}|I would like to {verb} [the|a|] "
    "{thing}|Now {verb} [the|]"
    " {thing}|Will you {verb} [the|my|] {thing}|You can {verb} [the|] {thing}|Let us {verb} [the|] {thing}|"
    "Next, {verb} the {thing}"
    "|Hi, {verb} [the|a|] {thing}[ please|]|Hello, can you {verb} [the|] {thing}|{Verb} [the|] {thing} [for "
    "me|now|please|again]]"
)
ONE_TEXT = (
    "[What is the {thing}|What's the {thing}|{Verb} the {thing}|I need the {thing}|{verb} {thing}|Tell me "
    "the {thing}|Which {thing}"
    " is it|Show me the {thing}|Do you know the {thing}|I want to know the {thing}|{Verb} {thing}] [of|in|"
    "for|for|at|from]"
)
BEGINNINGS = (
    "", "", "", "", "", "", "Please help. ", "I have a task for you. ", "Good morning. ", "Okay, next one. ",
    "Thanks. ", "Hi! ", "Well, ",
)  # fmt: skip
ENDINGS = (
    ".",
    ".",
    ".",
    "",
    "",
    "!",
    "?",
    ", please.",
    " please",
    ". Thank you.",
    ". Use the tool.",
    ". Do it now.",
)
PAIRS = (
    "{n} {v}", "{n} {v}", "{n}={v}", "{n}: {v}", "{n} is {v}", "{n} = {v}", "{v} as {n}", "{v} for {n}",
    "{n} set to {v}", "the {n} {v}",
    "a {n} of {v}", "{n} equal to {v}", "{n} -> {v}", "{v} as the {n}", "{n} ({v})", "{n} being {v}",
    "{v} for the {n}", "{n} will be {v}",
    "the {n} is {v}", "its {n} is {v}", "{n}, which is {v}", "{n} has the value {v}",
)  # fmt: skip
LINKS = (
    " with ", " with ", " for ", " using ", ": ", " where the ", " with the ", ", ", " (", " - ",
    " and give it ", " given ", ". Arguments: ",
    ". Here ", " by ", ". I have ", ", with ", ":\n", "\n- ",
)  # fmt: skip
JOINTS = (" and ", ", ", ", ", "; ", ", and ", " and with ", "\n- ", "\n", ". ", " plus ")
RESULT_ASKS = (
    " Tell me the {}.", " What is the {}?", " I want to know the {}.", " Answer with the {}.",
    " Give me the {}.", " {}?", " And the {}?",
    " Which {} comes back?", " I need its {}.", " Then tell me its {}.", " What {} do you get?",
    " Say only the {}.", " Show the {}.",
    " What does it say about the {}?", " Return the {} to me.", " The {} is all I need.", " Look at the {}.",
)  # fmt: skip
