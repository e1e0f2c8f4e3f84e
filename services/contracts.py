"""Every name that crosses a process: messages, queues, states, reasons, shapes, Redis keys.

Read this file and the doors (`fetcher/poller.py`, `cleaner/job.py`, `indexer/job.py`,
`search/follower.py`, `api/app.py`) and you know the system.

Two rules keep old and new processes working side by side on the same Redis and the same store:
fields are added with a default and never renamed; enum values are added and never reused.

Times are unix seconds (UTC) as `float` inside the system and ISO 8601 strings where they leave it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

CONTRACT_VERSION = 1
"""Version of the messages below. A worker refuses and lists a message whose version it does not know."""


class Stage(StrEnum):
    """A step that works through a queue. The value is the name of its rq queue."""

    CLEAN = "clean"
    INDEX = "index"


class State(StrEnum):
    """Where an item stands. The first four are the way through; the others are ends, each with a `Reason`."""

    SEEN = "seen"
    FETCHED = "fetched"
    CLEANED = "cleaned"
    INDEXED = "indexed"
    DUPLICATE = "duplicate"
    OFF_TOPIC = "off_topic"
    GONE = "gone"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


END_STATES = frozenset(State) - {State.SEEN, State.FETCHED, State.CLEANED}

WAITS_FOR = {Stage.CLEAN: State.FETCHED, Stage.INDEX: State.CLEANED}
"""The state in which an item waits for the work of a stage."""


class Reason(StrEnum):
    """Why an item ended where it did, or why a feed or page could not be read. A closed list."""

    # duplicate
    EXACT = "exact"
    NEAR = "near"
    EXCERPT = "excerpt"
    # off_topic
    OFF_TOPIC = "off_topic"
    BORDERLINE = "borderline"
    BEFORE_GATE = "before_gate"
    # gone
    NOT_FOUND = "not_found"
    GONE = "gone"
    # refused
    NO_LINK = "no_link"
    BAD_URL = "bad_url"
    PRIVATE_ADDRESS = "private_address"
    ROBOTS = "robots"
    FORBIDDEN = "forbidden"
    LEGAL = "legal"
    TOO_LARGE = "too_large"
    NOT_A_PAGE = "not_a_page"
    NOT_A_FEED = "not_a_feed"
    REDIRECTS = "redirects"
    TLS = "tls"
    NO_ARTICLE = "no_article"
    INDEX_PAGE = "index_page"
    # worth another try
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    BAD_ENCODING = "bad_encoding"
    # quarantined
    POISON = "poison"
    BAD_MESSAGE = "bad_message"
    # ended by an operator, as refused
    DROPPED = "dropped"
    # indexed, but let go because of its age: no longer searchable
    EXPIRED = "expired"


class NoiseKind(StrEnum):
    """What a removed block was."""

    TICKER = "ticker"
    REPORT_BUTTON = "report-button"
    SOURCE_LINK = "source-link"
    AD_LABEL = "ad-label"
    PAYWALL = "paywall"
    NEWSLETTER = "newsletter"
    PROMO = "promo"
    COMMENT_FORM = "comment-form"
    COMMENTS = "comments"
    AUTHOR_BIO = "author-bio"
    CAPTION = "caption"
    CREDIT = "credit"
    RELATED = "related"
    SHARE = "share"
    COOKIE = "cookie"
    LOGIN = "login"
    LEGAL = "legal"
    NAVIGATION = "navigation"
    TAGS = "tags"
    CRAWL_HEADER = "crawl-header"
    BYLINE = "byline"
    DUPLICATE = "duplicate"
    TEMPLATE = "template"


class BlockKind(StrEnum):
    """What a kept block is."""

    STANDFIRST = "standfirst"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    QUOTE = "quote"
    TABLE = "table"


class PageKind(StrEnum):
    """What a page is: `flash` is news of one or two sentences, `index` a page that only lists others."""

    ARTICLE = "article"
    FLASH = "flash"
    LIVE = "live"
    INDEX = "index"
    OTHER = "other"


class Relation(StrEnum):
    """How an arriving article relates to those already stored."""

    NEW = "new"
    EXACT = "exact"
    NEAR = "near"
    EXCERPT = "excerpt"
    DERIVED = "derived"


REPUBLICATIONS = frozenset({Relation.EXACT, Relation.NEAR, Relation.EXCERPT})
"""Relations that end an item as `State.DUPLICATE`. A derived article says something of its own and is kept."""


class EventType(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    DUPLICATE = "duplicate"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Message:
    """What an rq job carries: which item, for which stage, in which version. Everything else is in the store."""

    stage: Stage
    key: str
    version: int = CONTRACT_VERSION

    @property
    def job_id(self) -> str:
        """One job per item and stage can exist in Redis; a second enqueue under this id is refused by rq."""
        return f"{self.stage}-{self.key}"


@dataclass(frozen=True, slots=True)
class Outlet:
    """A publisher as the outlets file describes it. `id` is a short slug, unique in the file."""

    id: str
    name: str
    url: str
    feeds: tuple[str, ...]
    language: str | None = None
    country: str | None = None
    kind: str = "news"
    aggregator: bool = False
    interval_min: float = 60.0
    interval_max: float = 86_400.0
    noise: tuple[str, ...] = ()
    """Phrases an operator has seen repeated on this outlet's pages: a block that equals one is removed."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values that its own hosts are sent with every poll and page, such as an API key."""


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A block that was cut. `rule` names the very rule, pattern or learned block that decided.

    `at` is the number of kept blocks that stand before it.
    """

    kind: NoiseKind
    rule: str
    text: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Meta:
    """What a page says about itself. `published` is ISO 8601, a date alone where the time is unknown."""

    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    url: str | None = None
    source_url: str | None = None
    aggregator: bool = False
    paywalled: bool = False
    kind: PageKind = PageKind.ARTICLE


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A page after the cleaner. `title` may be empty; `blocks` may not."""

    title: str
    blocks: tuple[Block, ...]
    removed: tuple[Removed, ...]
    meta: Meta

    @property
    def text(self) -> str:
        """Standfirst and body, one block a line."""
        return "\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class TopicHit:
    """A term that counted. `where` is title, lead or body; `weight` its share of the score."""

    term: str
    group: str
    where: str
    weight: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a text is about the topic, and why."""

    relevant: bool
    score: float
    threshold: float
    language: str | None
    reasons: tuple[TopicHit, ...]


class Outcome(StrEnum):
    """What became of an article under one topic."""

    KEPT = "kept"
    BORDERLINE = "borderline"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one topic file said of an article, and how it came about: kept for dropped articles too.

    `topic` and `version` are the file's own; a judgement from before they were kept has no name. `band` is accept,
    borderline or drop, by score alone; `clause` the alternative of the rule that held; `about` is False for a text
    that mentions the topic in passing only; `before_gate` says that it was published before the topic begins.
    """

    topic: str = ""
    version: int = 0
    relevant: bool
    score: float
    threshold: float
    language: str | None
    reasons: tuple[TopicHit, ...]
    band: str = ""
    clause: str | None = None
    about: bool = True
    before_gate: bool = False

    @property
    def outcome(self) -> Outcome:
        """Borderline is dropped too, but so near that somebody should be able to look."""
        if self.relevant:
            return Outcome.KEPT
        return Outcome.BORDERLINE if self.band == "borderline" and not self.before_gate else Outcome.DROPPED

    @property
    def rank(self) -> tuple[bool, float, str]:
        """Sorts what was said of one article: the best first."""
        return (not self.relevant, -self.score, self.topic)


@dataclass(frozen=True, slots=True)
class TopicTally:
    """How many articles, copies included, a topic has judged: kept, nearly kept, and the rest."""

    kept: int = 0
    borderline: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """How a text relates to what is stored: `of` is the id of the best match's root, `shared` the evidence.

    `similarity` is the Jaccard resemblance and `containment` the covered share of the arriving text, both 0 to 1.
    """

    relation: Relation
    of: str | None
    similarity: float
    containment: float
    story: str
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """One place where an item was seen."""

    outlet: str
    feed: str
    url: str
    at: str


@dataclass(frozen=True, slots=True)
class Change:
    """A passage that reads otherwise than before: `before` is empty where it was added, `after` where it was cut.

    `part` is title or text; a passage of the text is one or more blocks, a line each.
    """

    part: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Article:
    """What events carry and search answers. Times are ISO 8601.

    `score` is the best that one of the topics that keep it gave.

    `outlet` is the id in the outlets file, `outlet_name` what people call it; `source` is the publisher that an
    aggregator names for the article. `topics` are the names of those that keep it; `left_topics`, in an event only,
    of those that kept it until then: a filter on such a topic lets the event through.

    `expired` says that its text was let go because of its age: it is empty, in old events too.

    `version` counts what the outlet has made of it at its URL, from 1; `changes`, in an `updated` event only, are what
    has changed since the event before, in the order of the text.
    """

    id: str
    url: str
    title: str
    text: str
    outlet: str
    author: str | None
    published: str | None
    language: str | None
    paywalled: bool
    story: str
    relation: Relation
    of: str | None
    score: float
    sightings: tuple[Sighting, ...] = ()
    kind: PageKind = PageKind.ARTICLE
    similarity: float = 0.0
    containment: float = 0.0
    indexed: str = ""
    outlet_name: str = ""
    source: str | None = None
    topics: tuple[str, ...] = ()
    left_topics: tuple[str, ...] = ()
    version: int = 1
    changes: tuple[Change, ...] = ()
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the stream. `seq` starts at 1, rises by exactly 1, follows commit order and never changes."""

    seq: int
    type: EventType
    at: str
    article: Article


@dataclass(frozen=True, slots=True)
class Account:
    """The books: how many items stand in each state. `seen` is their sum, always."""

    states: dict[State, int]
    reasons: dict[State, dict[str, int]] = field(default_factory=dict)
    noise: dict[NoiseKind, int] = field(default_factory=dict)
    feeds: dict[str, int] = field(default_factory=dict)
    polls: int = 0
    events: int = 0
    refused_jobs: int = 0
    """Jobs that no worker ran because they were forged or malformed."""
    fetched: int = 0
    """Pages downloaded so far; those cleaned, below, are fewer by what waits or came to nothing."""
    cleaned: int = 0
    topics: dict[str, TopicTally] = field(default_factory=dict)
    """By a topic's name; counted where somebody asks for it (`vigie status`), empty elsewhere."""

    @property
    def seen(self) -> int:
        return sum(self.states.values())

    @property
    def settled(self) -> bool:
        """True when every item has reached an end."""
        return all(state in END_STATES for state, count in self.states.items() if count)


REDIS_KEYS = {
    "vigie:gate:{host}": "string, unix milliseconds: the next moment at which this host may be asked, and when that was"
    " said; the second number is absent from older processes",
    "vigie:ready": "string, gone after a second: written to see whether this Redis takes writes",
    "vigie:visits:{host}": "sorted set of item keys: pages of this host under way, scored by the time they count until",
    "vigie:reconcile": "string, a token: held by the one process that reconciles ledger and queue right now",
    "rq:job:{stage}-{key}": "hash, by rq: one job; its data is a Message",
    "rq:queue:{stage}": "list of job ids, by rq: what waits",
    "rq:queue:{stage}:intermediate": "list of job ids, by rq: popped, not yet started",
    "rq:wip:{stage}": "sorted set, by rq: what runs, scored by the time at which it counts as abandoned",
    "rq:failed:{stage}": "sorted set, by rq: what failed for good; the reconciler empties it into the ledger",
    "rq:finished:{stage}": "sorted set, by rq: what is done, for a few seconds",
    "rq:worker:{name}": "hash, by rq: one living worker; expires when its heart stops",
    "rq:workers, rq:workers:{stage}": "sets, by rq: the names of workers",
}
"""Every key vigie uses, with its type and meaning. Losing all of them loses no article (docs/decisions.md)."""

GATE_KEY = "vigie:gate:{host}"
VISITS_KEY = "vigie:visits:{host}"
READY_KEY = "vigie:ready"
RECONCILE_KEY = "vigie:reconcile"
