"""How messages begin that ask for a tool: grammars with open classes; brackets hold alternatives, see `phrases.expand`.

`{name}` is the tool's name, `{verb}` and `{thing}` are what it does to what, `{w}` is any word at all: what stands
around the name is none of it, whatever it is. None of the openings in `task_cases/tool_cases.py` can be drawn.
"""

from typing import Final

_DET: Final = (
    "[the|the|a|my|our|this|that|one|another|any|each|the next|the other|the new|his|her|their|the whole|||]"
)
_TAIL: Final = (
    "[||||||| now| today| tonight| here| soon| again| once| at last| for me| for us| this week| by noon| before lunch| "
    "straight away| without delay| in the usual way| as agreed| if that is all right| while you are at it| for a "
    "change| one more time| like last time| before we forget| when you are ready| on my behalf| as discussed]"
)
_WE: Final = "[I|we|they|you|all of us|some of us|people here|the others|both of us|most of us]"
_BOSS: Final = (
    "[my boss|the client|our customer|the office|the team|my sister|the manager|everybody|the director|head office|my "
    "neighbour|the buyer|the lawyer|the school|the board|a friend|the doctor|support|accounting|the night shift]"
)
_WANT: Final = (
    "[want|need|plan|hope|wish|intend|expect|mean|propose|agreed|decided|promised|tried|used|came|got|were told|are "
    "asked|are here|are about|are keen|are ready|are going|are happy|chose|care|seek|forgot|failed|meant|wanted|needed]"
)
_WANTS: Final = (
    "[wants|needs|asked|begged|told|ordered|expects|allowed|invited|urged|advised|reminded|requires|would like|pressed|"
    "encouraged|taught|instructed|forced|helped]"
)
_GOOD: Final = (
    "[good|great|best|wise|useful|helpful|important|urgent|fine|lovely|kind|better|necessary|handy|clever|perfect|"
    "smart|"
    "sensible|vital|fair|safe|common|customary|possible|worth it|a good idea|high time|about time|my wish|our turn|the "
    "plan|the rule|a must]"
)
_CAN: Final = (
    "[can|could|would|will|might|may|manage to|were to|were able to|had time to|want to|care to|get to]"
)

OPEN_BY_WORDS: Final = (
    f"{_WE} {_WANT} [||you |someone |her |the others ]to {{verb}} {_DET} {{thing}}{_TAIL}",
    f"{_BOSS} {_WANTS} [me|us|you|them|everybody] to {{verb}} {_DET} {{thing}}{_TAIL}",
    f"it [is|would be|seems|might be|could be|will be|was|looks|sounds] {_GOOD} [to|for you to|for us to|for me to|for "
    f"somebody to] {{verb}} {_DET} {{thing}}{_TAIL}",
    f"[I'd be glad|I'd be happy|I am happy|it helps|we would be pleased|it would do|I would not mind|everybody gains|"
    f"it "
    f"makes sense|we are in luck] if [you|we|somebody|one of you] {_CAN} {{verb}} {_DET} {{thing}}{_TAIL}",
    f"[the|my|our|your|today's|his] [task|duty|wish|aim|idea|order|mission|request|question|goal|next job|main thing|"
    f"first thing|last thing] [is|was|remains|would be|here is|today is][:|] to {{verb}} {_DET} {{thing}}{_TAIL}",
    f"if [you can|possible|you have time|it suits you|nothing speaks against it|you agree|you like|I may ask|needed|"
    f"allowed|you see a way|that works], [please |][do |]{{verb}} {_DET} {{thing}}{_TAIL}",
    f"[what if|suppose|imagine|say|I suggest|I propose|I ask that|let it be that|I insist that|I pray that|better] "
    f"[we|you|they|I] {{verb}} {_DET} {{thing}}{_TAIL}",
    f"[before|after|while|until|as soon as|because|since|now that|once] [you|we|they|I] {{verb}} {_DET} {{thing}}[, "
    f"nothing else matters|, we are done|, all is well|, I am content|, we can go home|, it is fine|, stop|]",
    f"{_DET} {{thing}} is [there|waiting|what we want|what I need|next|all I ask for|on my list|still open], [so |]"
    f"[please |]{{verb}} it{_TAIL}",
    f"[ready|free|able|prepared|willing|here|in time|in the mood|sent|hired|born] to {{verb}} {_DET} {{thing}}{_TAIL}",
    f"{{w}} {{verb}} {_DET} {{thing}}{_TAIL}", f"{{w}} {{w}} to {{verb}} {_DET} {{thing}}{_TAIL}",
    f"{{w}} {{verb}} {_DET} {{thing}} {{w}}", f"{{w}} {{w}} {{w}}, {{verb}} {_DET} {{thing}}{_TAIL}",
    "{verb} {thing}, {w}", "{verb} {w} {thing}",
)  # fmt: skip
"""By verb and thing."""

_JOB: Final = (
    "[it|this|that|the rest|the job|my case|everything|the matter|these things|the question|this one|all of it|what is "
    "left|the details|my request|the task|such things]"
)
_DO: Final = (
    "[do|solve|settle|manage|sort out|answer|finish|work out|fix|cover|tackle|complete|treat|process|resolve|decide|"
    "see "
    "to|look into|look after|attend to|deal with|care for|clear up|get through|carry out|run|explain|show us]"
)
OPEN_BY_NAME: Final = (
    f"[pick|choose|employ|utilise|grab|get|fetch|load|boot|wake|summon|engage|initiate|commence with|resort to|ping|"
    f"hit|"
    f"operate|drive|press|move on with|stick with|settle for|go for|go with|turn on|plug in|prefer|favour|order|"
    f"request|"
    f"enlist|hire|name|nominate|appoint|trust|count on|lean on|believe in|think of|remember|insert|link|address|"
    f"contact|"
    f"signal|alert|notify|approach|visit|test|check out|take out|set up|set off|pull up|bring up|look to|stay with|"
    f"back] "
    f"[||||the tool |tool |the function |our ]{{name}}{_TAIL}",
    f"{{name}} [will|can|could|may|might|shall|would|ought to|has to|needs to|is to|is going to|is made to|is able to|"
    f"knows how to|is here to|is free to|is happy to|was built to] {_DO} {_JOB}{_TAIL}",
    f"[have|let|see|watch|hear] {{name}} {_DO} {_JOB}{_TAIL}",
    f"[ask|tell|allow|trust|get|want|need|order|expect|instruct|permit|enable|remind|teach|urge] {{name}} to {_DO} "
    f"{_JOB}{_TAIL}",
    f"{_WE} {_WANT} {{name}} to {_DO} {_JOB}{_TAIL}",
    f"{_BOSS} {_WANTS} {{name}} to {_DO} {_JOB}{_TAIL}",
    f"it [is|seems|would be|looks] {_GOOD} [to have|to use|to call|that we have|to turn to] {{name}}{_TAIL}",
    f"[this|that|the job|my case|the matter|everything|the rest] [goes to|is for|belongs to|waits for|depends on|needs|"
    f"wants|calls for|asks for|is down to|lies with|falls to|suits|is nothing for anyone but] {{name}}{_TAIL}",
    f"{{w}} {{name}}{_TAIL}", f"{{w}} {{w}} {{name}}{_TAIL}", "{w} {name} {w}", "{w} {name} {w} {w}",
    "{name} {w} {w} {w}", "{w} {w} {w} {name} {w} {w}", "[a|the|my] {w} {w} [for|with|to|by|from|of] {name}",
    f"{_BOSS} {{w}} {{name}}{_TAIL}", "{name}, {w} {w}", "{w}: {name}",
)  # fmt: skip
"""By name, wherever it stands."""
