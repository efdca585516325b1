"""One page: a folder's README.md, read, checked and rendered into blocks."""

import hashlib
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

from nexus.apps.library.errors import Fault, LibraryError
from nexus.apps.library.reading.front_matter import FrontMatter, FrontMatterError, split
from nexus.apps.library.reading.source import SourceError, highlight_code, panes, read_anchor

__all__ = ["ClaimText", "PageText", "page_url", "read_page"]

CODE_LINK = re.compile(r"(?P<path>[\w./-]+\.py)#(?P<anchor>[a-z0-9_]+)")
PAGE_LINK = re.compile(r"(?:\.\./)+(?P<kind>\w+)/(?P<name>\w+)/README\.md(?P<section>#[\w-]+)?")
OUTSIDE = ("https://", "http://", "mailto:", "#")


@dataclass(frozen=True, kw_only=True)
class ClaimText:
    """A claim as its page words it."""

    id: str
    sentence: str
    line: int


@dataclass(frozen=True, kw_only=True)
class PageText:
    """A page as read from its file.

    `blocks` are dictionaries by `kind`: `html` (with `html`), `claim` (with `id`), `code` (with
    `panes`) and `lab`. `contents` are the second-level headings as `id` and `title`. `links` are
    the pages linked to, as (`kind/slug`, line).
    """

    kind: str
    slug: str
    path: str
    front: FrontMatter
    claims: tuple[ClaimText, ...]
    blocks: tuple[dict[str, Any], ...]
    contents: tuple[dict[str, str], ...]
    links: tuple[tuple[str, int], ...]
    digest: str

    @property
    def key(self) -> str:
        """The page's name among all pages, `kind/slug`."""
        return f"{self.kind}/{self.slug}"


def page_url(key: str) -> str:
    """Give the address of the page `kind/slug`."""
    return f"/library/{key}/"


def read_page(folder: Path, *, root: Path) -> PageText:
    """Read `folder/README.md` of a library whose repository is at `root`.

    Raises `LibraryError` with every fault found in the page.
    """
    file = folder / "README.md"
    shown = file.relative_to(root).as_posix()
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise LibraryError(
            Fault(path=shown, line=1, sentence=f"cannot be read ({error.strerror}); write it"),
        ) from error
    except UnicodeDecodeError as error:
        raise LibraryError(
            Fault(path=shown, line=1, sentence="is not UTF-8; save it as UTF-8"),
        ) from error
    try:
        front, body, before = split(text)
    except FrontMatterError as error:
        raise LibraryError(Fault(path=shown, line=error.line, sentence=str(error))) from error
    builder = _Builder(folder=folder, root=root, shown=shown, before=before)
    builder.build(body)
    builder.match_claims(front)
    if builder.faults:
        raise LibraryError(*builder.faults)
    return PageText(
        kind=folder.parent.name.replace("_", "-"),
        slug=folder.name.replace("_", "-"),
        path=shown,
        front=front,
        claims=tuple(builder.claims),
        blocks=tuple(builder.blocks),
        contents=tuple(builder.contents),
        links=tuple(builder.links),
        digest=hashlib.sha256((text + repr(builder.blocks)).encode()).hexdigest(),
    )


class _Builder:
    """Turns a body into blocks, noting faults with their line as it goes."""

    def __init__(self, *, folder: Path, root: Path, shown: str, before: int) -> None:
        self.folder, self.root, self.shown, self.before = folder, root, shown, before
        self.blocks: list[dict[str, Any]] = []
        self.contents: list[dict[str, str]] = []
        self.claims: list[ClaimText] = []
        self.links: list[tuple[str, int]] = []
        self.faults: list[Fault] = []
        self.markdown = MarkdownIt("commonmark", {"html": False, "highlight": _highlight}).enable(
            "table"
        )
        self.markdown.use(anchors_plugin, max_level=3)

    def build(self, body: str) -> None:
        """Render the body; paragraphs that are nothing but special links become blocks."""
        tokens = self.markdown.parse(body)
        pending: list[Token] = []
        position = 0
        while position < len(tokens):
            token = tokens[position]
            if token.type == "inline":
                self.resolve_links(token)
            if token.type == "heading_open":
                self.note_heading(token, tokens[position + 1])
            links = _only_links(tokens, position)
            block = self.special(links, self.line(token)) if links else None
            if block is None:
                pending.append(token)
                position += 1
            else:
                self.flush(pending)
                self.blocks.append(block)
                position += 3
        self.flush(pending)

    def line(self, token: Token) -> int:
        """Give the line in the file where a token begins."""
        return self.before + (token.map[0] if token.map else 0) + 1

    def fault(self, line: int, sentence: str) -> None:
        """Note a fault of this page."""
        self.faults.append(Fault(path=self.shown, line=line, sentence=sentence))

    def flush(self, pending: list[Token]) -> None:
        """Render the ordinary tokens gathered so far as one block."""
        html = self.markdown.renderer.render(pending, self.markdown.options, {}).strip()
        if html:
            self.blocks.append({"kind": "html", "html": html})
        pending.clear()

    def note_heading(self, token: Token, inline: Token) -> None:
        """Keep second-level headings for the list of contents; the title is not in the body."""
        if token.tag == "h1":
            self.fault(self.line(token), "the title stands in the front matter; begin with `##`")
        if token.tag == "h2":
            self.contents.append({"id": str(token.attrs["id"]), "title": inline.content})

    def special(self, links: list[tuple[str, str]], line: int) -> dict[str, Any] | None:
        """Give the block for a paragraph of special links, or nothing for an ordinary one."""
        targets = [target for _, target in links]
        if len(links) == 1 and targets[0].startswith("claim:"):
            claim = ClaimText(id=targets[0].removeprefix("claim:"), sentence=links[0][0], line=line)
            self.claims.append(claim)
            return {"kind": "claim", "id": claim.id}
        if targets == ["lab.py"]:
            if not (self.folder / "lab.py").is_file():
                self.fault(line, "there is no lab.py beside this page; write it or drop the link")
            return {"kind": "lab"}
        if all(CODE_LINK.fullmatch(target) for target in targets):
            return {"kind": "code", "panes": self.code(links, line)}
        return None

    def code(self, links: list[tuple[str, str]], line: int) -> list[dict[str, str]]:
        """Give the panes for links to anchors in source files."""
        snippets = []
        for caption, target in links:
            path, _, anchor = target.partition("#")
            base = self.root if path.startswith("/") else self.folder
            file = (base / path.lstrip("/")).resolve()
            if not file.is_relative_to(self.root.resolve()):
                self.fault(line, f"{path} lies outside the repository; link to a file inside it")
                continue
            try:
                code = read_anchor(file, anchor)
            except SourceError as error:
                self.fault(line, str(error))
                continue
            shown = file.relative_to(self.root.resolve()).as_posix()
            snippets.append((caption, shown, anchor, code))
        return [asdict(pane) for pane in panes(snippets)]

    def resolve_links(self, inline: Token) -> None:
        """Point links between pages at their addresses; refuse other relative links."""
        for child in inline.children or ():
            if child.type != "link_open":
                continue
            target = str(child.attrs.get("href", ""))
            if target.startswith(OUTSIDE):
                continue
            page = PAGE_LINK.fullmatch(target)
            if page:
                key = f"{page['kind']}/{page['name']}".replace("_", "-")
                self.links.append((key, self.line(inline)))
                child.attrs["href"] = page_url(key) + (page["section"] or "")
            elif not (target.startswith("claim:") or target.partition("#")[0].endswith(".py")):
                self.fault(
                    self.line(inline),
                    f"the link {target!r} leads nowhere in Nexus; link to a page as "
                    "../../concepts/transactions/README.md, or to https://…",
                )

    def match_claims(self, front: FrontMatter) -> None:
        """Hold the claims made in the body against those named in the front matter."""
        line = front.lines.get("claims", 1)
        made = [claim.id for claim in self.claims]
        for claim in self.claims:
            if claim.id not in front.claims:
                self.fault(claim.line, f"claim {claim.id!r} is not in the front matter; add it")
            if made.count(claim.id) > 1:
                self.fault(claim.line, f"claim {claim.id!r} is made twice; make it once")
        for claim_id in front.claims:
            if claim_id not in made:
                self.fault(
                    line,
                    f"claim {claim_id!r} is never made; write its sentence as "
                    f"[…](claim:{claim_id}) in a paragraph of its own",
                )


def _only_links(tokens: list[Token], position: int) -> list[tuple[str, str]]:
    """Give (text, target) of each link of a top-level paragraph that holds nothing else."""
    opening = tokens[position]
    if opening.type != "paragraph_open" or opening.level:
        return []
    links: list[tuple[str, str]] = []
    target = ""
    text: list[str] = []
    for child in tokens[position + 1].children or ():
        if child.type == "link_open":
            target, text = str(child.attrs.get("href", "")), []
        elif child.type == "link_close":
            links.append(("".join(text), target))
            target = ""
        elif target:
            text.append(child.content)
        elif child.type != "softbreak" and child.content.strip():
            return []
    return links


def _highlight(code: str, language: str, _attributes: str) -> str:
    return "\n".join(highlight_code(code, language=language)) if language else ""
