"""Files and addresses that somebody else names, a model or a message: opened only where that is allowed.

allowed_paths   which folders and files may be named, and reading one of them
folder_walk     the way down from a folder, step by step, without looking a name up twice
listing         the documents below a folder
url_policy      which addresses may be fetched
url_fetch       fetching one, redirects included
http_request    one request, to the machine that was checked and no other
"""

from nemotron_vl_integrations.guarded_sources.allowed_paths import AllowedPaths, GuardedFile
from nemotron_vl_integrations.guarded_sources.listing import (
    ListedDocument,
    is_listed,
    list_documents,
    type_of_name,
)
from nemotron_vl_integrations.guarded_sources.url_fetch import fetch_url
from nemotron_vl_integrations.guarded_sources.url_policy import UrlPolicy, is_url

__all__ = [
    "AllowedPaths",
    "GuardedFile",
    "ListedDocument",
    "UrlPolicy",
    "fetch_url",
    "is_listed",
    "is_url",
    "list_documents",
    "type_of_name",
]
