"""What the chat model can do, as LangChain's agents and middleware ask for it."""

from langchain_core.language_models import ModelProfile


def make_profile(*, max_input_tokens: int, image_addresses: bool) -> ModelProfile:
    """Return the profile of the model.

    Args:
        max_input_tokens: Tokens that the context holds.
        image_addresses: Whether addresses of images are fetched, from some hosts.
    """
    return ModelProfile(
        max_input_tokens=max_input_tokens,
        text_inputs=True,
        image_inputs=True,
        image_url_inputs=image_addresses,
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
