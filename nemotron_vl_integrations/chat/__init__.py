"""What chat frameworks hand in, as the engine's own values: media as parts, turns in the order that the model knows."""

from nemotron_vl_integrations.chat.attempts import reply_with_retries, stream_with_retries
from nemotron_vl_integrations.chat.call_options import SharedOptions, refuse_option
from nemotron_vl_integrations.chat.engine_choice import choose_config, foresee_answerer
from nemotron_vl_integrations.chat.fragments import complete_fragment
from nemotron_vl_integrations.chat.image_history import FORGOTTEN, keep_newest_images
from nemotron_vl_integrations.chat.media import Media, MediaReader
from nemotron_vl_integrations.chat.media_policy import MediaPolicy
from nemotron_vl_integrations.chat.tool_choice import choose_tools
from nemotron_vl_integrations.chat.turns import arrange_turns

__all__ = [
    "FORGOTTEN",
    "Media",
    "MediaPolicy",
    "MediaReader",
    "SharedOptions",
    "arrange_turns",
    "choose_config",
    "choose_tools",
    "complete_fragment",
    "foresee_answerer",
    "keep_newest_images",
    "refuse_option",
    "reply_with_retries",
    "stream_with_retries",
]
