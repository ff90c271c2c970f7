"""For the site only: links that leave `docs/` (to the code, say) are shown as names: the site does not hold them."""

from __future__ import annotations

import posixpath
import re
from typing import Any

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The Markdown of one page without links that would lead outside; mkdocs calls this for each page."""
    folder = posixpath.dirname(page.file.src_uri)

    def kept(found: re.Match[str]) -> str:
        text, target = found.group(1), found.group(2)
        outside = "://" not in target and posixpath.normpath(posixpath.join(folder, target)).startswith("..")
        return text if outside else found.group(0)

    return _LINK.sub(kept, markdown)
