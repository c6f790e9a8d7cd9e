"""Translates sampling parameters into vLLM's, and vLLM's outputs into raw deltas."""

import re
from collections.abc import Mapping
from typing import assert_never

from vllm import RequestOutput, SamplingParams
from vllm.logprobs import Logprob
from vllm.sampling_params import RepetitionDetectionParams, RequestOutputKind, StructuredOutputsParams

from nemotron_vl_integrations.backends.base import RawDelta
from nemotron_vl_integrations.backends.vllm_reply_grammar import to_json_grammar, to_structural_tag
from nemotron_vl_integrations.errors import EngineError, InvalidRequestError
from nemotron_vl_integrations.messages import (
    ChoiceConstraint,
    Constraint,
    FinishReason,
    GrammarConstraint,
    JSONSchemaConstraint,
    RegexConstraint,
    RepetitionStop,
    ReplyConstraint,
    Sampling,
    TokenLogprob,
)

_SOURCE_PLACE = re.compile(r"\[[0-9:]{8}\] \S+:[0-9]+: ")
_LONGEST_REASON = 400

_FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "repetition": "repetition",
    "abort": "abort",
}


def to_sampling_params(sampling: Sampling, *, stop_token_ids: tuple[int, ...]) -> SamplingParams:
    """Translate `sampling`; `stop_token_ids` end a reply whatever it says."""
    return SamplingParams(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        max_tokens=sampling.max_tokens,
        seed=sampling.seed,
        stop=list(sampling.stop),
        stop_token_ids=list(stop_token_ids),
        presence_penalty=sampling.presence_penalty,
        frequency_penalty=sampling.frequency_penalty,
        repetition_penalty=sampling.repetition_penalty,
        logprobs=sampling.logprobs,
        # Tags such as `<TOOLCALL>` may be special tokens of a checkpoint; the parser needs to see them.
        skip_special_tokens=False,
        output_kind=RequestOutputKind.FINAL_ONLY if sampling.whole else RequestOutputKind.DELTA,
        structured_outputs=_to_structured_outputs(sampling.constraint),
        repetition_detection=_to_repetition_detection(sampling.repetition),
        # It belongs to one request, so vLLM need not copy all that is in it before it changes it.
        skip_clone=True,
    )


def _to_structured_outputs(constraint: Constraint | None) -> StructuredOutputsParams | None:
    match constraint:
        case None:
            return None
        case JSONSchemaConstraint(schema):
            return StructuredOutputsParams(grammar=to_json_grammar(schema))
        case RegexConstraint(pattern):
            return StructuredOutputsParams(regex=pattern)
        case ChoiceConstraint(choices):
            return StructuredOutputsParams(choice=list(choices))
        case GrammarConstraint(grammar):
            return StructuredOutputsParams(grammar=grammar)
        case ReplyConstraint():
            return StructuredOutputsParams(structural_tag=to_structural_tag(constraint))
        case _:
            assert_never(constraint)


def _to_repetition_detection(repetition: RepetitionStop | None) -> RepetitionDetectionParams | None:
    if repetition is None:
        return None
    return RepetitionDetectionParams(
        max_pattern_size=repetition.max_size, min_pattern_size=repetition.min_size, min_count=repetition.count
    )


def explain_refusal(error: Exception, sampling: Sampling) -> InvalidRequestError:
    """The error for a request that vLLM refuses, without the places of its source files."""
    reason = " ".join(_SOURCE_PLACE.sub("", str(error)).split())
    hint = ""
    if sampling.constraint is not None:
        hint = f"Correct the {type(sampling.constraint).__name__}: xgrammar, which enforces it, does not take it."
    return InvalidRequestError(
        f"vLLM refuses the request: {reason[:_LONGEST_REASON].rstrip('.')}.", hint=hint
    )


class OutputReader:
    """Reads the outputs of one request in order and counts its tokens.

    Args:
        sampling: Of the request, for what a failure may come from.

    Raises:
        EngineError: From `read`, for an output that vLLM ended for a reason of its own.
    """

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._completion_tokens = 0

    def read(self, output: RequestOutput) -> RawDelta:
        """Turn one delta of vLLM into a raw delta."""
        completion = output.outputs[0]
        self._completion_tokens += len(completion.token_ids)
        logprobs = tuple(
            _to_token_logprob(token_id, entry)
            for token_id, entry in zip(completion.token_ids, completion.logprobs or (), strict=False)
            if entry is not None
        )
        return RawDelta(
            text=completion.text,
            logprobs=logprobs,
            finish_reason=self._to_finish_reason(completion.finish_reason),
            prompt_tokens=len(output.prompt_token_ids or ()),
            completion_tokens=self._completion_tokens,
            cached_tokens=output.num_cached_tokens or 0,
        )

    def _to_finish_reason(self, reason: str | None) -> FinishReason | None:
        if reason is None or reason in _FINISH_REASONS:
            return None if reason is None else _FINISH_REASONS[reason]
        if self._sampling.constraint is not None:
            raise InvalidRequestError(
                f"vLLM ended the request with the reason {reason!r}: it cannot build this constraint's grammar.",
                hint="Look for a rule or a reference that only leads back to itself, and for very large bounds.",
            )
        raise EngineError(
            f"vLLM ended the request with the reason {reason!r}.",
            hint="Start with VLLM_LOGGING_LEVEL=INFO to see what led to it.",
        )


def _to_token_logprob(token_id: int, entry: Mapping[int, Logprob]) -> TokenLogprob:
    chosen = entry[token_id]
    others = sorted((item for key, item in entry.items() if key != token_id), key=lambda item: -item.logprob)
    return TokenLogprob(
        token=chosen.decoded_token or "",
        logprob=chosen.logprob,
        alternatives=tuple((item.decoded_token or "", item.logprob) for item in others),
    )
