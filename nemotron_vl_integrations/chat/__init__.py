"""What chat frameworks hand in, as the engine's own values: media as parts, turns in the order that the model knows."""

from nemotron_vl_integrations.chat.media import Media, MediaReader
from nemotron_vl_integrations.chat.media_policy import MediaPolicy
from nemotron_vl_integrations.chat.turns import arrange_turns

__all__ = ["Media", "MediaPolicy", "MediaReader", "arrange_turns"]
