"""From the text of a reply, as it arrives, to thoughts, answer and tool calls."""
