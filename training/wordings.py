"""Wordings of the requests to transcribe a page; brackets hold alternatives, see `phrases.expand`."""

_TEXT = (
    "[the|all|all the|all of the|the whole|the full|the complete|every bit of|the printed|the visible|the "
    "written] text"
)
_WORDS = (
    "[the content|the contents|everything|all words|the words|every word|every line|all lines|what it says|"
    "what is written]"
)
_PAGE = (
    "[the|this|my] [page|page|image|document|scan|picture|photo|sheet|scanned page|scanned document|page "
    "image|file|letter|form|attached image|attached page]"
)
_WHAT = f"[{_TEXT}|{_TEXT}|{_WORDS}|{_PAGE}|{_PAGE}]"
_WHERE = f"[|||[ on| in| of| from] {_PAGE}| here| shown here| you see| that you can see| that is visible]"
_HOW = (
    "[||||| as plain text| in plain text| to text| to plain text| into text| exactly as written| exactly| "
    "word for word| verbatim"
    "| line by line| in reading order| from top to bottom| and keep the line breaks| with line breaks| "
    "faithfully| without comments"
    "|, nothing else|, please| for me| as it stands| completely| character by character| in full| without a gap|"
    " from [beginning to end|the first line to the last|the first word to the last|top left to bottom right|A to Z|"
    "the top to the very end|head to foot|the heading to the last word|the first letter on|the upper edge to "
    "the lower]]"
)
_VERB = (
    "[Transcribe|Transcribe|Read|Read out|Extract|OCR|Output|Write out|Write down|Copy|Type|Type out|"
    "Recognize|Recognise|Print|"
    "Reproduce|Get|Give me|Provide|Return|Show me|Show|Parse|Digitize|Digitise|Transfer|Pull out|Perform "
    "OCR on|Run OCR on|"
    "Do OCR on|Make a transcript of|Produce a transcription of|Convert|Decode|Capture|Dump|Spell out|Tell "
    "me|List]"
)
_POLITE = (
    "[Please |Please |Kindly |Can you |Could you |Could you please |Would you |Would you please |Can you "
    "please |I need you to |"
    "I want you to |I would like you to |Your task is to |Now |Just |Simply |Go ahead and |Help me: |You "
    "must |You should |Try to |"
    "I'd like you to |Hey, |Hello, please |Hi! Please |Thanks in advance: ]"
)
_RULE = (
    "[Do not add comments.|Only output the text.|Do not translate.|Keep line breaks.|Keep the line breaks "
    "as they are.|"
    "Do not correct mistakes.|No explanations.|Return nothing else.|Do not summarize.|Keep the original "
    "spelling.|"
    "Do not describe the image.|Answer with the text alone.|Leave nothing out.|Preserve the order of lines.|"
    "Be accurate.|"
    "Use plain text.|Do not use Markdown formatting.|Don't skip anything.|Include headings, tables and "
    "numbers.|"
    "If the page is blank, return nothing.|Write one line for each line on the page.|Don't make anything up.|"
    "Output must be the raw text only.|Pay attention to numbers.|Thank you.|Thanks!]"
)
_INTRODUCTION = (
    "[You are an OCR engine.|You are a careful reader of scanned documents.|You are a transcription "
    "assistant.|You are a helpful assistant.|"
    "Act as an OCR tool.|This is a scanned page.|Here is a page.|Here is a scan of a document.|I have "
    "scanned a page.|"
    "Attached is a page.|The image shows a document.|Below is a document.|Look at the image.|Look at this "
    "page.|See the attached image.|"
    "We are digitizing an archive.|I cannot see the page.|I am blind and need help.|This is page [1|2|3|4|7|"
    "12] of a document.|"
    "My scanner gave me this.|The following image is a page of text.]"
)

ORDERS = (
    f"[Read|Go through|Work through|Follow|Take] {_PAGE} from [beginning to end|the first line to the last|top "
    f"to bottom|"
    "the first word on|one end to the other|the title to the last line] [and [write|type] [it|all of it] down|"
    "and give me every word|and say what stands there|aloud|out loud|for me|and leave out nothing|][.|.|!|]",
    f"{_VERB} {_WHAT}{_WHERE}{_HOW}[.|.|.|.||!|:]",
    f"{_POLITE}[transcribe|read|extract|output|write out|copy|type|recognize|return|give me|provide|convert|"
    "OCR|read out]"
    f" {_WHAT}{_WHERE}{_HOW}[.|.|?||!]",
    f"[Convert|Change|Transform|Bring] {_PAGE} [to|into] [text|plain text|editable text|a transcript|digital "
    "text|machine-readable text][.|.|]",
)
_IN_FULL = (
    "[Write|Type|Give|Spell|Set|Put|Copy|Read|Take|Note] [it|all of it|everything|every word|the whole|it all] "
    "[out|down|back|here] [in full|completely|to the end|word by word|line by line||]"
)
QUESTIONS = (
    f"[What|Which words|What exactly|Which text] [has been|was|is being] [printed|typed|noted|put down|set|"
    f"recorded|said] "
    f"[here|there|on {_PAGE}|on it][?|?|, please?] {_IN_FULL}[.|.|!|]",
    f"[What|Which words|What exactly] [stands|is there to read|is there|can be seen|do they say|did they write|"
    f"is to be "
    f"read] [here|there|on {_PAGE}][?|?|, please?] {_IN_FULL}[.|.|!|]",
    f"[What|Which words] [stand|are|stood|were] [here|on {_PAGE}|on it][?|?|, please?] {_RULE}",
    f"[How|What] does [it|this|{_PAGE}] [go|read|run|begin and go on][?|?| in full?| to the end?]",
    f"[Is|Was] [this|it|{_PAGE}] [readable|legible|a letter|a form|a bill]? {_IN_FULL}[.|!|]",
    f"What does {_PAGE} say[?|?|?|]",
    f"What [is|'s] [written|printed] [here|on {_PAGE}|in {_PAGE}][?|?|]",
    f"What [text|words] [is|are|do you see|can you read|stands|appears] [on|in] {_PAGE}[?|?|]",
    f"What is the [text|content|full text|complete text|text content|whole text|wording] of {_PAGE}[?|?|]",
    f"What are the [contents|words|lines|lines of text] [of|on|in] {_PAGE}[?|?|]",
    "[Can|Could|Would|Will] you [please |][read|transcribe|type|copy|read out|write down] [this|it|"
    f"{_PAGE}] [to me|for me||aloud|out loud|please][?|?|]",
    f"[Can|Could] you [please |][tell|show|give] me [what {_PAGE} says|what is written on {_PAGE}|what it "
    f"says|the text of {_PAGE}|what stands here][?|?|]",
    "What does it say[?|?| here?| in full?|, word for word?]",
    "What does this say[?|?| please?]",
    "What do you read[| here| on the page| in the image][?|?|]",
    f"What can you read [here|in {_PAGE}|on {_PAGE}]?",
    f"[How does|How would you write down] [the text on |]{_PAGE} [read|in plain text]?",
    f"Which [words|lines|text] [are|is|stand] [written |printed |][on|in] {_PAGE}?",
    "What's [on|in] [this page|the page|the image|this document|here][?|?|]",
    f"[Is there|Do you see] any text [on|in] {_PAGE}? [Write it down.|Transcribe it.|If so, read it.|Please "
    "type it out.]",
)
PHRASES = (
    "[OCR|ocr|OCR this|OCR please|Text|Text please|Text only|Full text|Plain text|Transcription|Transcript|"
    "Transcription please][|.|:|!]",
    f"[Full|Plain|Complete|Raw|Exact] [text|transcription|transcript] of {_PAGE}[|.|, please.|:]",
    f"[The text|Text] [of|on|from|in] {_PAGE}[|.|, please.|, please]",
    "[The|Show me the|Return the|Print the|I need the|Only the][ plain| full| unedited|] OCR [output|text|dump|reading]"
    f"[| of {_PAGE}][|.|, please.|!]",
    "[Read it|Read this|Read|Transcribe it|Transcribe this|Type this|Copy this|Extract text|"
    "Extract the text|Image to text|Page to text"
    "|Document to text|Read the page|Read aloud|To text][|.|.|!| please| please.]",
    "I [need|want|would like] [the text|the full text|a transcription|a transcript|all the words|an exact "
    f"copy of the text] [of|from|on|in] {_PAGE}[.|.|]",
)
LONG = (
    f"{_INTRODUCTION} {ORDERS[0]} {_RULE}",
    f"{_INTRODUCTION} {ORDERS[1]} {_RULE} {_RULE}",
    f"{_INTRODUCTION} {QUESTIONS[0]}",
    f"{ORDERS[0]} {_RULE}",
    f"{ORDERS[0]} {_RULE} {_RULE} {_RULE}",
    f"{QUESTIONS[0]} {_RULE}",
    f"{_RULE} {ORDERS[0]}",
    f"{_INTRODUCTION} [Transcribe it.|Read it.|What does it say?|Please transcribe.|I need its text.|Type "
    f"it out for me.] {_RULE}",
)
INSTRUCTIONS = (
    f"{_INTRODUCTION} {_VERB} {_WHAT}{_HOW}.",
    f"You [transcribe|read|OCR] [pages|images|scans|documents|scanned pages]. {_RULE}",
    "You are [an OCR engine|a transcription service|a scanner that outputs text|a document reader]. "
    f"[Return|Output|Write|Answer with] the text of [the|each|every] [page|image]{_HOW}. {_RULE}",
    "[Transcribe|Read|Convert to text] every [image|page|picture] [the user sends|that you get|you are "
    f"given]. {_RULE}",
)
"""System texts that ask for the text of a bare image."""

_DE = (
    "[diese Seite|die Seite|dieses Bild|das Bild|dieses Dokument|das Dokument|diesen Scan|den Text|den "
    "ganzen Text|den gesamten Text|den Text der Seite]"
)
_FR = (
    "[cette page|la page|cette image|ce document|le document|le texte|tout le texte|le texte de la page|le "
    "contenu de l'image]"
)
_ES = (
    "[esta página|la página|esta imagen|este documento|el documento|el texto|todo el texto|el texto de la "
    "página]"
)
_IT = (
    "[questa pagina|la pagina|questa immagine|questo documento|il documento|il testo|tutto il testo|il "
    "testo della pagina]"
)
_PT = "[esta página|a página|esta imagem|este documento|o documento|o texto|todo o texto|o texto da página]"
OTHER_LANGUAGES = (
    f"[Bitte |Bitte ||][transkribiere|lies|lesen Sie|transkribieren Sie|extrahiere|gib|tippe] {_DE}[| "
    "aus| ab| vor| genau| Zeile für Zeile][.|.|!]",
    "Was steht [auf der Seite|hier|auf diesem Bild|in diesem Dokument|da|auf dieser Seite][?|?| geschrieben?]",
    "[Wie lautet der Text|Welcher Text steht] [auf der Seite|im Bild|auf diesem Blatt]?",
    f"[Kannst du|Können Sie|Könntest du] [mir |][bitte |]{_DE} [vorlesen|abtippen|transkribieren|lesen]?",
    f"[Transcris|Transcrivez|Lis|Lisez|Extrais|Copie|Recopie] {_FR}[| s'il te plaît| s'il vous plaît| "
    "exactement| ligne par ligne][.|.|]",
    "[Que dit|Qu'est-ce que dit] [cette page|le document|cette image] ?",
    "[Qu'est-ce qui est écrit ici ?|Quel est le texte de cette page ?|Que lis-tu sur cette page ?|Peux-tu "
    "lire cette page ?]",
    f"[Por favor, |][transcribe|transcriba|lee|lea|extrae|copia] {_ES}[| por favor| exactamente| línea por "
    "línea][.|.|]",
    "[¿Qué dice esta página?|¿Qué dice aquí?|¿Qué está escrito en la imagen?|¿Cuál es el texto de la "
    "página?|¿Puedes leer esta página?]",
    f"[Per favore, |][trascrivi|trascriva|leggi|estrai|copia] {_IT}[| per favore| esattamente| riga per "
    "riga][.|.|]",
    "[Che cosa dice questa pagina?|Cosa c'è scritto qui?|Qual è il testo della pagina?|Puoi leggere questa "
    "pagina?]",
    f"[Por favor, |][transcreva|leia|extraia|copie] {_PT}[| por favor| exatamente| linha por linha][.|.|]",
    "[O que diz esta página?|O que está escrito aqui?|Qual é o texto da página?|Você pode ler esta página?]",
    "[Schrijf de tekst van deze pagina over.|Wat staat er op deze pagina?|Lees deze pagina voor.]",
)

_MD = "[Markdown|Markdown|markdown|MD|Markdown format|GitHub Markdown|markdown syntax]"
MARKDOWN = (
    f"[Convert|Convert|Transcribe|Turn|Transform|Render|Export|Parse|OCR] {_PAGE} [to|to|into|as|in] "
    f"{_MD}[.|.|.|]",
    f"[Write|Output|Return|Give me|Show|Provide|Produce|Extract|Reproduce|Transcribe] {_PAGE} [as|in] "
    f"{_MD}[.|.|]",
    f"[Write|Output|Return|Give me|Extract|Transcribe|Read] {_TEXT}{_WHERE} [as|in] {_MD}[.|.|. {_RULE}]",
    f"{_POLITE}[convert|transcribe|turn|read] {_PAGE} [to|into|as] {_MD}[.|?|]",
    "[Markdown please|Page to markdown|to markdown|Markdown|Markdown, please.|As markdown|Markdown version "
    f"of {_PAGE}][|.]",
    f"{_INTRODUCTION} [Convert it to|Write it as|Give me its content as|Transcribe it to] {_MD}. {_RULE}",
    f"Convert {_PAGE} to {_MD}[, with headings, lists and tables| and keep the tables|. Use pipe tables|. "
    "Keep headings and tables].",
    f"What does {_PAGE} say, [in|as] {_MD}?",
    "[Bitte wandle die Seite in Markdown um.|Gib die Seite als Markdown aus.|Convertis cette page en "
    "Markdown.|Donne le texte en Markdown."
    "|Convierte esta página a Markdown.|Converti questa pagina in Markdown.|Converta esta página em "
    "Markdown.]",
)
