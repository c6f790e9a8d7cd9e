"""NemotronVLDecisionModel: typed questions about texts and images, answered with probabilities.

It needs langchain-core 1.8, whose `decisions` it implements.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, cast

from langchain_core.decisions import Answer, BaseDecisionModel, ClassifierResponse, Question, State
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.messages.ai import add_usage
from pydantic import ConfigDict, Field, model_validator
from typing_extensions import override

from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.field_errors import ExplainedFields
from nemotron_vl_integrations.langchain.chat_model import ChatNemotronVL
from nemotron_vl_integrations.langchain.decision_questions import ALTERNATIVES, Asked, put_question
from nemotron_vl_integrations.langchain.error_mapping import mapped_errors
from nemotron_vl_integrations.langchain.reply_conversion import PROVIDER

# Of the longest reply, `yes`; the first of its tokens decides.
_MOST_TOKENS = 4


class NemotronVLDecisionModel(ExplainedFields, BaseDecisionModel):
    """Nemotron Nano VL as a decision model: yes-or-no questions, choices and scores, about texts and images.

    Each question is one request whose reply is constrained to its possible answers. The probabilities are the model's
    own, from the first token of the reply, so they need no further request. All questions run side by side.

    The confidence of a choice or a score is the probability of its likeliest answer. State is shown as one message:
    data as indented lines, messages with their role, media in their place. Questions of type `Box` are refused.

    Attributes:
        chat: Answers; its engine, its limits and its `allowed_paths` hold.
        model: Names the checkpoint; taken from `chat` where that is given.

    Examples:
        >>> from langchain_core.decisions import Noul
        >>> model = NemotronVLDecisionModel()
        >>> question = {"urgent": Noul(instructions="Is it urgent?")}
        >>> 0 <= model.invoke({"state": "Help at once!", "questions": question}).nouls["urgent"].noul <= 1
        True
    """

    model_config = ConfigDict(extra="forbid")

    chat: ChatNemotronVL = Field(default_factory=ChatNemotronVL)
    model: str = "auto"

    @model_validator(mode="after")
    def _name_one_model(self) -> "NemotronVLDecisionModel":
        if "chat" not in self.model_fields_set:
            self.chat = ChatNemotronVL(model=self.model)
        elif "model" not in self.model_fields_set:
            self.model = self.chat.model
        elif self.model != self.chat.model:
            raise InvalidRequestError(
                f"`model={self.model!r}` and `chat.model={self.chat.model!r}` differ.",
                hint="Name the checkpoint in one of them.",
            )
        return self

    @property
    @override
    def _provider(self) -> str:
        return PROVIDER

    @override
    def _classify(self, state: State, questions: dict[str, Question]) -> ClassifierResponse:
        with mapped_errors():
            return background_loop.run(self._answer_all(state, questions))

    @override
    async def _aclassify(self, state: State, questions: dict[str, Question]) -> ClassifierResponse:
        with mapped_errors():
            return await background_loop.arun(self._answer_all(state, questions))

    async def _answer_all(self, state: State, questions: Mapping[str, Question]) -> ClassifierResponse:
        if not questions:
            raise InvalidRequestError("There are no questions.", hint="Give at least one.")
        asked = {name: put_question(name, question) for name, question in questions.items()}
        replies = await _run_at_once([self._ask(question, state) for question in asked.values()])
        answers, usage = dict[str, Answer](), None
        for name, reply in zip(asked, replies, strict=True):
            answers[name] = asked[name].answer(_read_first_token(reply))
            usage = add_usage(usage, reply.usage_metadata)
        return ClassifierResponse(model=self.chat.get_engine().model, answers=answers, usage=usage)

    async def _ask(self, asked: Asked, state: State) -> AIMessage:
        result = await self.chat._agenerate(  # pyright: ignore[reportPrivateUsage] - `ainvoke` would count the tokens in a trace twice
            [HumanMessage(cast("list[str | dict[str, Any]]", asked.write(state)))],
            response_format={"type": "choice", "choices": list(asked.replies)},
            max_tokens=_MOST_TOKENS,
            temperature=0.0,
            stop=[],
            logprobs=True,
            top_logprobs=ALTERNATIVES,
            reasoning=False,
        )
        message = result.generations[0].message
        assert isinstance(message, AIMessage)
        return message


async def _run_at_once(calls: Sequence[Coroutine[None, None, AIMessage]]) -> list[AIMessage]:
    """Run calls side by side; the first error ends them all."""
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(call) for call in calls]
    except ExceptionGroup as group:
        raise group.exceptions[0] from group.exceptions[0].__cause__
    return [task.result() for task in running]


def _read_first_token(reply: AIMessage) -> dict[str, float]:
    metadata = cast("dict[str, dict[str, list[dict[str, Any]]]]", reply.response_metadata)  # pyright: ignore[reportUnknownMemberType] - a bare dict
    first = metadata["logprobs"]["content"][0]
    tokens = {str(entry["token"]): float(entry["logprob"]) for entry in first["top_logprobs"]}
    return {**tokens, str(first["token"]): float(first["logprob"])}
