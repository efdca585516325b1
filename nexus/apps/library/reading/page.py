"""One page: a folder's README.md, parsed, checked and rendered into blocks."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from nexus.apps.library.errors import Fault, LibraryError
from nexus.apps.library.reading.front_matter import FrontMatter, Manuscript, split
from nexus.apps.library.reading.markdown import (
    CLAIM,
    PAGE_LINK,
    directive,
    links_of,
    parser,
)
from nexus.apps.library.reading.source import SourceError, panes, read_anchor

__all__ = ["ClaimText", "Draft", "PageText", "draft_page", "page_key", "page_url", "read_page"]

OUTSIDE = ("https://", "http://", "mailto:", "#")
SLUG_LIMIT = 80


@dataclass(frozen=True, kw_only=True)
class ClaimText:
    """A claim as written on its page."""

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
        """The page's unique name, `kind/slug`."""
        return f"{self.kind}/{self.slug}"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A page as far as it can be read, and the faults that keep it from being loaded.

    `manuscript` and `page` are None if the file itself cannot be read.
    """

    folder: Path
    path: str
    manuscript: Manuscript | None = None
    page: PageText | None = None
    faults: tuple[Fault, ...] = ()
    # The files that code was included from.
    sources: tuple[Path, ...] = ()

    @property
    def key(self) -> str:
        """The page's unique name, `kind/slug`."""
        return page_key(self.folder)


def page_key(folder: Path) -> str:
    """Return the name `kind/slug` of the page in a folder."""
    return f"{folder.parent.name}/{folder.name}".replace("_", "-")


def page_url(key: str) -> str:
    """Return the URL of the page `kind/slug`."""
    return f"/library/{key}/"


def read_page(folder: Path, *, root: Path) -> PageText:
    """Read `folder/README.md` of a library whose repository is at `root`.

    Raises `LibraryError` with every fault found in the page.
    """
    draft = draft_page(folder, root=root)
    if draft.page is None or draft.faults:
        raise LibraryError(*draft.faults)
    return draft.page


def draft_page(folder: Path, *, root: Path) -> Draft:
    """Read `folder/README.md` of a library whose repository is at `root`, even if it has faults."""
    file = folder / "README.md"
    relative_path = file.relative_to(root).as_posix()
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        sentence = (
            f"cannot be read ({error.strerror}); write it"
            if isinstance(error, OSError)
            else "is not UTF-8; save it as UTF-8"
        )
        fault = Fault(path=relative_path, line=1, sentence=sentence)
        return Draft(folder=folder, path=relative_path, faults=(fault,))
    manuscript = split(text)
    builder = _Builder(
        folder=folder, root=root, relative_path=relative_path, before=manuscript.before
    )
    for line, sentence in manuscript.faults:
        builder.fault(line, sentence)
    builder.build(manuscript.body)
    if manuscript.front.lines:
        # Otherwise every claim would be reported as missing from unreadable front matter.
        builder.match_claims(manuscript.front)
    kind, _, slug = page_key(folder).partition("/")
    if len(slug) > SLUG_LIMIT:
        builder.fault(1, f"the folder's name has {len(slug)} characters; use {SLUG_LIMIT} or fewer")
    page = PageText(
        kind=kind,
        slug=slug,
        path=relative_path,
        front=manuscript.front,
        claims=tuple(builder.claims),
        blocks=tuple(builder.blocks),
        contents=tuple(builder.contents),
        links=tuple(builder.links),
        digest=hashlib.sha256((text + repr(builder.blocks)).encode()).hexdigest(),
    )
    faults = tuple(builder.faults)
    return Draft(
        folder=folder,
        path=relative_path,
        manuscript=manuscript,
        page=page,
        faults=faults,
        sources=tuple(builder.sources),
    )


class _Builder:
    """Turns a body into blocks and collects faults with their lines."""

    def __init__(self, *, folder: Path, root: Path, relative_path: str, before: int) -> None:
        self.folder, self.root, self.before = folder, root, before
        self.relative_path = relative_path
        self.blocks: list[dict[str, Any]] = []
        self.contents: list[dict[str, str]] = []
        self.claims: list[ClaimText] = []
        self.links: list[tuple[str, int]] = []
        self.faults: list[Fault] = []
        self.sources: list[Path] = []
        self.markdown = parser()

    def build(self, body: str) -> None:
        """Render the body; paragraphs that contain only special links become blocks."""
        tokens = self.markdown.parse(body)
        pending: list[Token] = []
        position = 0
        while position < len(tokens):
            token = tokens[position]
            if token.type == "inline":
                self.resolve_links(token)
            if token.type == "heading_open":
                self.note_heading(token, tokens[position + 1])
            block = self.special(links_of(tokens, position), self.line(token))
            if block is None:
                pending.append(token)
                position += 1
            else:
                self.flush(pending)
                self.blocks.append(block)
                position += 3
        self.flush(pending)

    def line(self, token: Token) -> int:
        """Return the line in the file where a token begins."""
        return self.before + (token.map[0] if token.map else 0) + 1

    def fault(self, line: int, sentence: str) -> None:
        """Add a fault of this page."""
        self.faults.append(Fault(path=self.relative_path, line=line, sentence=sentence))

    def flush(self, pending: list[Token]) -> None:
        """Render the ordinary tokens collected so far as one block."""
        html = self.markdown.renderer.render(pending, self.markdown.options, {}).strip()
        if html:
            self.blocks.append({"kind": "html", "html": html})
        pending.clear()

    def note_heading(self, token: Token, inline: Token) -> None:
        """Add second-level headings to the table of contents; a title in the body is a fault."""
        if token.tag == "h1":
            self.fault(self.line(token), "the title belongs in the front matter; begin with `##`")
        if token.tag == "h2":
            self.contents.append({"id": str(token.attrs["id"]), "title": inline.content})

    def special(self, links: list[tuple[str, str]], line: int) -> dict[str, Any] | None:
        """Return the block for a paragraph of special links, or None for an ordinary one."""
        kind = directive(links)
        if kind == "claim":
            sentence, target = links[0]
            claim = ClaimText(id=target.removeprefix(CLAIM), sentence=sentence, line=line)
            self.claims.append(claim)
            return {"kind": "claim", "id": claim.id}
        if kind == "lab":
            if not (self.folder / "lab.py").is_file():
                self.fault(
                    line, "there is no lab.py next to this page; write it or remove the link"
                )
            return {"kind": "lab"}
        if kind == "code":
            return {"kind": "code", "panes": self.code(links, line)}
        return None

    def code(self, links: list[tuple[str, str]], line: int) -> list[dict[str, str]]:
        """Return the panes for links to anchors in source files."""
        snippets = []
        for caption, target in links:
            path, _, anchor = target.partition("#")
            base = self.root if path.startswith("/") else self.folder
            file = (base / path.lstrip("/")).resolve()
            if not file.is_relative_to(self.root.resolve()):
                self.fault(line, f"{path} is outside the repository; link to a file inside it")
                continue
            self.sources.append(file)
            try:
                code = read_anchor(file, anchor)
            except SourceError as error:
                self.fault(line, str(error))
                continue
            source_path = file.relative_to(self.root.resolve()).as_posix()
            snippets.append((caption, source_path, anchor, code))
        return [asdict(pane) for pane in panes(snippets)]

    def resolve_links(self, inline: Token) -> None:
        """Replace links between pages by their URLs; other relative links are faults."""
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
                child.attrs["href"] = page_url(key) + (
                    f"#{page['section']}" if page["section"] else ""
                )
            elif not (target.startswith(CLAIM) or target.partition("#")[0].endswith(".py")):
                self.fault(
                    self.line(inline),
                    f"the link {target!r} does not lead to a page of Nexus; link to a page as "
                    "../../concepts/transactions/README.md, or to https://…",
                )

    def match_claims(self, front: FrontMatter) -> None:
        """Compare the claims made in the body with those listed in the front matter."""
        line = front.line("claims")
        ids = [claim.id for claim in self.claims]
        for claim in self.claims:
            if claim.id not in front.claims:
                self.fault(claim.line, f"claim {claim.id!r} is not in the front matter; add it")
            if ids.count(claim.id) > 1:
                self.fault(claim.line, f"claim {claim.id!r} is made twice; make it once")
        for claim_id in front.claims:
            if claim_id not in ids:
                self.fault(
                    line,
                    f"claim {claim_id!r} is never made; write its sentence as "
                    f"[…](claim:{claim_id}) in a paragraph of its own",
                )
