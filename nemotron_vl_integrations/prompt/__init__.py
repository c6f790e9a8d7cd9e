"""From messages to the text of a prompt, by the checkpoint's own chat template."""

from nemotron_vl_integrations.prompt.renderer import PromptRenderer, TokenCount, neutralise

__all__ = ["PromptRenderer", "TokenCount", "neutralise"]
