"""Requests without an image, for tests of what surrounds a reply."""

from dataclasses import replace

from nemotron_vl_integrations.messages import Message, RegexConstraint, Request, Sampling, TextPart

HELLO = Request(messages=(Message("user", (TextPart("Hello"),)),), sampling=Sampling(max_tokens=8))

# Four thousand tokens that no model ends by itself: work to interrupt.
ENDLESS = replace(
    HELLO, sampling=Sampling(max_tokens=4000, repetition=None, constraint=RegexConstraint("(ab ){4000}"))
)
