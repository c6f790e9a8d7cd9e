"""Clauses that give an argument its value; brackets hold alternatives, see `phrases.expand`.

A clause says which of its words belong to the value by its build alone: what stands before "V as N" is a verb, what
stands between name and value is one too. So verbs come from an open class: hundreds that people use, and any word at
all (`{w}`), which can be told from the value by nothing but its place. `{n}` and `{v}` are name and value. None of the
forms in `task_cases/tool_cases.py` can be drawn from here.
"""

from typing import Final

_ORDER: Final = (
    "[use|put|give|write|enter|pass|send|pick|choose|go for|go with|settle for|stick to|stick with|plug in|key in|type "
    "in|fill in|note down|jot down|hand in|hand over|list|file|register|record|store|save|keep|hold|apply|assign|"
    "attach|"
    "append|add|supply|provide|deliver|submit|present|offer|propose|suggest|name|state|declare|specify|define|"
    "designate|"
    "nominate|appoint|adopt|accept|approve|allow|permit|admit|import|load|read|parse|interpret|treat|handle|regard|see|"
    "view|consider|count|deem|call|label|tag|title|quote|cite|mention|say|show|display|print|place|position|insert|"
    "inject|embed|slot in|drop in|throw in|toss in|pop in|stick in|lay down|fix|freeze|lock in|pin down|nail down|"
    "confirm|verify|ensure|expect|assume|suppose|presume|imagine|picture|think of|want|wish for|desire|prefer|favour|"
    "like|love|need|require|demand|request|ask for|order|get|grab|fetch|bring|carry|move|forward|relay|report|return|"
    "have|leave|employ|utilise|work with|deal with|start from|begin with|stay with|run with|try|test|check|borrow|copy|"
    "paste|repeat|reuse|feed in|spell|it has|it gets|here comes|we start with|there is|don't forget|remember]"
)
_WHO: Final = (
    "[||||||please |now |then |just |also |we |I |you |they |let us |you can |you may |I want you to |we need to |be "
    "sure to |remember to |make sure to |do |kindly |here we |I will |we can |I would |could you |try to ]"
)
_AS: Final = (
    "[as|as|as|for|for|as the|as the|for the|as its|as our|as a|under|under the|in|in the|into|into the|in place of "
    "the|"
    "in the role of|as value of|as the value for|as the new|by way of|for its|to fill the|where it says|against|to "
    "serve "
    "as|to act as|to become the|to make up the|to count as|beside|next to|behind|on the line of|in the field]"
)
_DET: Final = "[||||the |the |its |our |your |that |this |my ]"
_MODAL: Final = (
    "[will|would|can|could|may|might|shall|ought to|has to|needs to|is to|is going to|is supposed to|is meant to|is "
    "expected to|is said to|seems to|happens to|tends to|gets to|wants to|had to|is bound to|is sure to|is known to|"
    "was "
    "to|is about to|can only|will surely|would rather|might as well|is likely to|deserves to|does not have to|is free "
    "to|"
    "is allowed to|has got to|is yet to|ought always to|will always|may well|could well|is asked to|is planned to]"
)
_BE: Final = (
    "[be|be|be|be|be|become|equal|stay|remain|get|show|hold|carry|contain|mean|match|come to|turn out as|end up as|"
    "start "
    "as|count as|follow|point to|use|have]"
)
_IS: Final = (
    "[is|is|is|was|will be|equals|becomes|became|gets|got|reads|says|means|meant|stays|stayed|remains|has been|comes "
    "as|"
    "came as|comes to|turns out as|ends up as|starts as|counts as|holds|carries|contains|shows|follows|is called|is "
    "named|is given as|is known as|is known to be|is simply|is now|is still|is always|is just|is in fact|is of course|"
    "is again|is once more|is nothing but|is none other than|looks like|sounds like]"
)
_SET: Final = (
    "[bring|push|pull|raise|drop|nudge|steer|dial|crank|shift|move|slide|swing|turn|change|switch|flip|fix|peg|anchor|"
    "attach|bind|tie|equate|restrict|confine|limit|restore|revert|map|pin|link|point|direct|adjust|tune|match|fit|"
    "round|"
    "update|correct|reset|initialise|default|raise up|bring up|bring down|change over]"
)
_TO: Final = "[to|to|to|to|at|on|onto|with|over to|back to|up to|down to|straight to|exactly to|right to]"
_BELONGS: Final = (
    "[is|was|will be|would be|can be|has to be|ought to be|might be|goes in|goes into|goes under|goes with|comes in as|"
    "stands as|stands for|works as|serves as|fits|fills|makes|belongs to|belongs in|belongs under|counts as|stays|"
    "remains|goes for|is good for|is fine as|is fine for|is right for|is what we use as|is what I have as|is my|is our|"
    "was given as|came as|was chosen as|was noted as|was entered as]"
)
_MARKS: Final = "[:| :|=| =|,| -| --|...| /|:=|=>|->| is:| as follows:| goes like this:| reads:]"

CLAUSES: Final = (
    f"{_WHO}{_ORDER} {{v}} {_AS} {{n}}",
    f"{_WHO}{_ORDER} {{v}} {_AS} {{n}}",
    f"{_WHO}{_ORDER} {{v}} {_AS} {{n}}",
    f"{_DET}{{n}} {_MODAL} {_BE} {{v}}",
    f"{_DET}{{n}} {_MODAL} {_BE} {{v}}",
    f"{_DET}{{n}} {_IS} {{v}}",
    f"{_DET}{{n}}, [which|and it|it|and this|this|which by the way|one that] {_IS} {{v}}",
    f"{_WHO}{_SET} {_DET}{{n}} {_TO} {{v}}",
    f"{{v}} {_BELONGS} [the|our|its|] {{n}}",
    f"[what about|how about|why not|could it be|can we have|may I have|might we use|shall we say] {{v}} {_AS} {{n}}",
    f"[for|as for|as to|with regard to|concerning|when it comes to|about|on|under|next to|behind] {_DET}{{n}}[,| -|:|] "
    f"{_WHO}{_ORDER} {{v}}",
    f"[with|given|having|using|knowing] {_DET}{{n}} [at|as|of|being|set at|fixed at|kept at|equal to] {{v}}",
    f"[||||its |our |your |that |this |my ]{{n}}{_MARKS} {{v}}",
)
"""Clauses in words that people use."""

OPEN_CLAUSES: Final = (
    f"{{w}} {{v}} {_AS} {{n}}",
    f"{{w}} [on|in|at|off|up|down|out|over|away|with|from|about] {{v}} {_AS} {{n}}",
    "{w} {v} to [be|become|serve as|stand for|act as|make] [the|our|its|] {n}",
    f"{_WHO}{{w}} {{v}} {_AS} {{n}}",
    f"{_DET}{{n}} {{w}} be {{v}}",
    f"{_DET}{{n}} {{w}} {_BE} {{v}}",
    f"{{w}} {_DET}{{n}} [to|into|onto|towards|over to] {{v}}",
    f"{_DET}{{n}}[ -|,] {{w}} [is|was|being|be] {{v}}",
    f"{_DET}{{n}}[,| -| or|] {{w}} {{w}}[:|,] {{v}}",
    f"{{w}} {{w}} {_DET}{{n}}[:| =| ->] {{v}}",
)
"""Clauses with words that may be any: only the build tells the value."""

CLAUSE_LINKS: Final = (
    "; ", "; ", ": ", ". ", ". ", ", ", ", ", " - ", "\n", " where ", " and ", " so that ", ", and ", ", where ",
    "\n- ",
    ". Please note: ", ", but ", ". This time ", ", only that ", ". You see, ",
)  # fmt: skip
CLAUSE_JOINTS: Final = (
    "; ",
    "; ",
    ", ",
    ", ",
    ", ",
    ". ",
    "\n- ",
    "\n",
    " and ",
    ", and ",
    ", then ",
    ". Then ",
    ". Also ",
)
STARTS: Final = frozenset(
    """a about all also and any as at be become been but by can could do does down for from get gets give go
    goes had has have in into is it its keep let make may might must not now of off on onto or our out over
    please put set shall should take than that the their then there these they this those to under until up
    use was we were which will with would you your""".split()  # noqa: SIM905
)
"""Words that clauses go on with: a value that begins with one stands in quotes, or nobody knows its start."""
KEPT_WORDS: Final = frozenset(("take", "must", "should", "set", "let", "handle", "start", "make", "go"))
"""Words that are never put where any word may stand: the evaluation has them there."""
