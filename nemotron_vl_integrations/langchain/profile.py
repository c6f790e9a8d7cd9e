"""What the chat model can do, as LangChain's agents and middleware ask for it."""

from langchain_core.language_models import ModelProfile


def make_profile(*, max_input_tokens: int) -> ModelProfile:
    """Return the profile of the model.

    Args:
        max_input_tokens: Tokens that the context holds.
    """
    return ModelProfile(
        max_input_tokens=max_input_tokens,
        text_inputs=True,
        image_inputs=True,
        image_url_inputs=False,
        pdf_inputs=True,
        audio_inputs=False,
        video_inputs=False,
        image_tool_message=True,
        pdf_tool_message=True,
        text_outputs=True,
        image_outputs=False,
        audio_outputs=False,
        video_outputs=False,
        reasoning_output=True,
        tool_calling=True,
        tool_choice=True,
        tool_call_streaming=True,
        structured_output=True,
    )
