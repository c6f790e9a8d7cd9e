"""Pages of a document as images that fit the model's tiles, rendered in a process of their own."""

from nemotron_vl_integrations.pages.documents import DocumentSource, RenderLimits
from nemotron_vl_integrations.pages.ranges import PageSelection, parse_page_range
from nemotron_vl_integrations.pages.results import DocumentInfo, PageFailure, PageImage
from nemotron_vl_integrations.pages.streaming import (
    ainspect_document,
    aiter_page_images,
    arender_page,
    inspect_document,
)

__all__ = [
    "DocumentInfo",
    "DocumentSource",
    "PageFailure",
    "PageImage",
    "PageSelection",
    "RenderLimits",
    "ainspect_document",
    "aiter_page_images",
    "arender_page",
    "inspect_document",
    "parse_page_range",
]
