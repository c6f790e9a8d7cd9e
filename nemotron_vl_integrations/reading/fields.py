"""Reads the fields of a page in place of its text: one request whose answer follows a schema."""

import json
from dataclasses import replace

from nemotron_vl_integrations.argument_checks import holds_surrogates
from nemotron_vl_integrations.extraction.page import PageExtractor, check_end
from nemotron_vl_integrations.extraction.target import parse_object
from nemotron_vl_integrations.reading.attempt import Attempt, Canvas
from nemotron_vl_integrations.reading.page_requests import PRIORITY, PageRequests


async def read_fields(extractor: PageExtractor, page: int, canvas: Canvas, requests: PageRequests) -> Attempt:
    """Ask for the fields that a page shows; the attempt's text is one JSON object.

    There is one attempt: the engine enforces the schema while the model writes, so another one would come out in the
    same form.

    Raises:
        TruncatedError: The JSON was cut by the limit of tokens.
        ExtractionError: The model did not come to an end.
        EngineError: The engine failed on it.
    """
    request = extractor.make_request(canvas.image)
    sampling = replace(request.sampling, logprobs=0)
    reply = await requests.ask(replace(request, sampling=sampling, priority=PRIORITY))
    fields = parse_object(check_end(reply, page, extractor.max_tokens), page=page)
    text = json.dumps(fields, ensure_ascii=False)
    if holds_surrogates(text):
        text = json.dumps(fields)
    return Attempt(status="read", canvas=canvas, text=text, logprobs=reply.logprobs)
