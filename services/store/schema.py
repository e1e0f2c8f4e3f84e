"""The schema, by version. A released step is never edited; a change is a new step at the end.

Types are SQLite's; an engine that names them otherwise maps them by `TYPES`.
"""

from services.store.engine import StoreError, StoreTooNew, Transaction

STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
        "INSERT INTO counters (name, value)"
        " VALUES ('seq', 0), ('polls', 0), ('fetched', 0), ('cleaned', 0), ('refused_jobs', 0)",
        # What the outlets file said when a fetcher last read it; `data` is JSON of contracts.Outlet.
        "CREATE TABLE outlets (id TEXT PRIMARY KEY, name TEXT NOT NULL, data TEXT NOT NULL, active INTEGER NOT NULL)",
        # `url` is the feed as the outlets file names it; `location` where it is asked for now. `next_poll` is NULL
        # where the outlet said that it is gone for good; `pace` is what the schedule remembers of its rhythm.
        """CREATE TABLE feeds (
            url TEXT PRIMARY KEY, outlet TEXT NOT NULL, active INTEGER NOT NULL, location TEXT NOT NULL,
            etag TEXT, last_modified TEXT, validators_url TEXT, pace TEXT, next_poll REAL, polled REAL, changed REAL,
            status INTEGER, reason TEXT, detail TEXT, failures INTEGER NOT NULL DEFAULT 0,
            lease_owner TEXT, lease_until REAL NOT NULL DEFAULT 0)""",
        "CREATE INDEX feeds_due ON feeds (active, next_poll)",
        # The ledger: one row per item, written before anything is enqueued.
        """CREATE TABLE items (
            key TEXT PRIMARY KEY, url TEXT NOT NULL, outlet TEXT NOT NULL, host TEXT NOT NULL, feed TEXT NOT NULL,
            title TEXT NOT NULL, published TEXT, state TEXT NOT NULL, reason TEXT, detail TEXT,
            attempts INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0,
            seen REAL NOT NULL, changed REAL NOT NULL, due REAL NOT NULL DEFAULT 0,
            lease_owner TEXT, lease_until REAL NOT NULL DEFAULT 0)""",
        "CREATE INDEX items_due ON items (state, due)",
        "CREATE INDEX items_waiting ON items (state, changed, key)",
        "CREATE INDEX items_account ON items (state, reason)",
        "CREATE INDEX items_url ON items (url)",
        """CREATE TABLE sightings (
            item TEXT NOT NULL, feed TEXT NOT NULL, url TEXT NOT NULL, outlet TEXT NOT NULL, guid TEXT,
            at REAL NOT NULL, PRIMARY KEY (item, feed, url))""",
        "CREATE INDEX sightings_url ON sightings (url)",
        # `body` is the page as it came, decoded from its transfer, compressed with zstd.
        """CREATE TABLE pages (
            item TEXT PRIMARY KEY, url TEXT NOT NULL, fetched REAL NOT NULL, content_type TEXT,
            size INTEGER NOT NULL, body BLOB NOT NULL, expires REAL NOT NULL)""",
        "CREATE INDEX pages_expires ON pages (expires)",
        # `document` is JSON of contracts.Cleaned, compressed; the columns after `cleaned` are the indexer's.
        """CREATE TABLE articles (
            item TEXT PRIMARY KEY, outlet TEXT NOT NULL, host TEXT NOT NULL, published TEXT, language TEXT,
            document BLOB NOT NULL, cleaned REAL NOT NULL,
            verdict TEXT, relation TEXT, root TEXT, story TEXT, similarity REAL, containment REAL, shared TEXT,
            score REAL, exact TEXT, indexed REAL)""",
        "CREATE INDEX articles_exact ON articles (exact)",
        "CREATE INDEX articles_story ON articles (story)",
        "CREATE INDEX articles_root ON articles (root)",
        "CREATE INDEX articles_indexed ON articles (indexed)",
        # What later articles are compared with: where each fingerprint was seen, and who uses which term.
        """CREATE TABLE fingerprints (
            fingerprint INTEGER NOT NULL, item TEXT NOT NULL, host TEXT NOT NULL, day INTEGER NOT NULL,
            PRIMARY KEY (fingerprint, item))""",
        # `at` is when an article was published, or when it arrived where that is unknown.
        "CREATE TABLE told (item TEXT PRIMARY KEY, at REAL NOT NULL, terms TEXT NOT NULL)",
        "CREATE INDEX told_at ON told (at)",
        """CREATE TABLE told_terms (
            term TEXT NOT NULL, at REAL NOT NULL, item TEXT NOT NULL, PRIMARY KEY (term, at, item))""",
        # The stream. `article` is JSON of contracts.Article as it stood at that moment, compressed.
        """CREATE TABLE events (
            seq INTEGER PRIMARY KEY, type TEXT NOT NULL, at REAL NOT NULL, item TEXT NOT NULL,
            article BLOB NOT NULL)""",
        "CREATE INDEX events_item ON events (item)",
        "CREATE TABLE consumers (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, changed REAL NOT NULL)",
        # What `vigie why` prints.
        "CREATE TABLE history (item TEXT NOT NULL, at REAL NOT NULL, what TEXT NOT NULL, detail TEXT)",
        "CREATE INDEX history_item ON history (item)",
        # Blocks removed so far.
        """CREATE TABLE noise (
            outlet TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (outlet, kind))""",
    ),
    (
        # What an outlet's template is learned from. Pages are numbered per outlet; `sketch` is a sample of the terms
        # of a page, 32 bits each; `tied` says that the page speaks of what the block speaks of.
        """CREATE TABLE template_pages (
            outlet TEXT NOT NULL, page INTEGER NOT NULL, item TEXT NOT NULL, sketch BLOB NOT NULL,
            PRIMARY KEY (outlet, page))""",
        "CREATE UNIQUE INDEX template_pages_item ON template_pages (outlet, item)",
        """CREATE TABLE template_sightings (
            outlet TEXT NOT NULL, fingerprint INTEGER NOT NULL, page INTEGER NOT NULL, tied INTEGER NOT NULL,
            PRIMARY KEY (outlet, fingerprint, page))""",
        "CREATE INDEX template_sightings_page ON template_sightings (outlet, page, fingerprint)",
        # Whether an article's page has been learned from, once and for all.
        "ALTER TABLE articles ADD COLUMN taught INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX articles_untaught ON articles (cleaned, item) WHERE taught = 0",
    ),
    (
        # What each topic said of an article; `data` is JSON of contracts.Judgement. Where an article has no row here,
        # `articles.verdict` holds what the one topic of that time said.
        """CREATE TABLE judgements (
            item TEXT NOT NULL, topic TEXT NOT NULL, outcome TEXT NOT NULL, data TEXT NOT NULL,
            PRIMARY KEY (item, topic))""",
        "CREATE INDEX judgements_outcome ON judgements (topic, outcome)",
        "CREATE INDEX articles_cleaned ON articles (cleaned, item)",
    ),
    (
        # What arriving articles are compared with, one row per compared article and text, in the order of arrival:
        # numbers packed by the indexer. `fingerprints` is NULL where they are still to be made from the article.
        """CREATE TABLE compared (
            ordinal INTEGER PRIMARY KEY, item TEXT NOT NULL, cluster INTEGER NOT NULL, host TEXT NOT NULL,
            day INTEGER NOT NULL, at REAL NOT NULL, arrived REAL NOT NULL, fingerprints BLOB, terms BLOB)""",
        """INSERT INTO compared (ordinal, item, cluster, host, day, at, arrived, fingerprints, terms)
            SELECT row_number() OVER (ORDER BY indexed, item), item, row_number() OVER (ORDER BY indexed, item), host,
            0, indexed, indexed, NULL, NULL FROM articles
            WHERE indexed IS NOT NULL AND relation IN ('new', 'derived')""",
        "INSERT INTO counters (name, value) SELECT 'compared', count(*) FROM compared",
        "CREATE INDEX compared_item ON compared (item)",
        "CREATE INDEX compared_unread ON compared (ordinal) WHERE fingerprints IS NULL",
        "DROP TABLE fingerprints",
        "DROP TABLE told_terms",
        "DROP TABLE told",
    ),
    (
        # `host` is that of `location`. `moved_to` is where the last `moved_polls` polls were sent for good; `gaps`
        # counts polls without overlap with the one before, the last at `gap`.
        "ALTER TABLE feeds ADD COLUMN host TEXT",
        "ALTER TABLE feeds ADD COLUMN moved_to TEXT",
        "ALTER TABLE feeds ADD COLUMN moved_polls INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feeds ADD COLUMN gaps INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feeds ADD COLUMN gap REAL",
        # Bytes that came from an outlet on a day (days since 1970, UTC).
        """CREATE TABLE traffic (
            outlet TEXT NOT NULL, day INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (outlet, day))""",
        # WebSub: `token` is the end of the callback's path, `secret` signs what the hub delivers.
        """CREATE TABLE subscriptions (
            feed TEXT PRIMARY KEY, hub TEXT NOT NULL, topic TEXT NOT NULL, token TEXT NOT NULL, secret TEXT NOT NULL,
            asked REAL NOT NULL, verified REAL, lease_until REAL NOT NULL DEFAULT 0, delivered REAL)""",
        "CREATE UNIQUE INDEX subscriptions_token ON subscriptions (token)",
    ),
    (
        # What a feed says of an entry, in short: another mark says that the article has changed.
        "ALTER TABLE sightings ADD COLUMN mark TEXT",
        # `revisit` is when the page is to be asked for again, NULL where nothing says that it has changed; `settled` is
        # the end at which an item stood when a new version of its page came, while that is on its way.
        "ALTER TABLE items ADD COLUMN revisit REAL",
        "ALTER TABLE items ADD COLUMN revisits INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE items ADD COLUMN settled TEXT",
        "ALTER TABLE items ADD COLUMN settled_reason TEXT",
        "ALTER TABLE items ADD COLUMN settled_detail TEXT",
        "CREATE INDEX items_revisit ON items (revisit) WHERE revisit IS NOT NULL",
        "ALTER TABLE pages ADD COLUMN etag TEXT",
        "ALTER TABLE pages ADD COLUMN last_modified TEXT",
        # `articles.version` is the number of the one in force, `revised` since when, NULL for the first. Here lie the
        # earlier ones and, while it is on its way, the next; `document` is JSON of contracts.Cleaned, compressed.
        "ALTER TABLE articles ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE articles ADD COLUMN revised REAL",
        """CREATE TABLE versions (
            item TEXT NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL, document BLOB NOT NULL,
            PRIMARY KEY (item, number))""",
    ),
    (
        # What is let go because of its age is found by it.
        "CREATE INDEX history_at ON history (at)",
        "CREATE INDEX sightings_at ON sightings (at)",
    ),
)

CURRENT = len(STEPS)


def is_current(tx: Transaction, tables: set[str]) -> bool:
    """Whether nothing has to be done; `tables` are those that are there."""
    if "schema" not in tables:
        return False
    row = tx.one("SELECT max(version) AS version FROM schema")
    return bool(row and row["version"] == CURRENT)


def migrate(tx: Transaction, tables: set[str]) -> None:
    """Bring the store to the current schema, inside one transaction; `tables` are those that are there.

    Raises StoreTooNew, and StoreError for a database that belongs to something else.
    """
    if tables and "schema" not in tables:
        raise StoreError("this database is not vigie's; name another file")
    tx.run("CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL)")
    row = tx.one("SELECT max(version) AS version FROM schema")
    version = (row["version"] if row else None) or 0
    if version > CURRENT:
        raise StoreTooNew(
            f"the store has schema {version}, this vigie knows {CURRENT}: update vigie, or open another store"
        )
    for number, step in enumerate(STEPS[version:], start=version + 1):
        for statement in step:
            tx.run(statement)
        tx.run("INSERT INTO schema (version) VALUES (?)", number)
