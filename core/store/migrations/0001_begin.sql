-- The first schema. Macros are expanded per dialect by store/dialect.c:
--   @id a 64-bit primary key, @blob bytes, @keyed "the primary key is the table".
-- Times are UTC milliseconds. Every table that holds a user's data has user_id: the statement
-- registry refuses a user statement that does not tie it to the user.

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
) @keyed;
INSERT INTO counters VALUES ('writer', 0), ('doc', 0);

-- Who serves, watches or leads: "account:ID", "scheduler", ... The token only grows.
CREATE TABLE leases (
    name     TEXT PRIMARY KEY,
    owner    TEXT NOT NULL,
    token    BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
) @keyed;

CREATE TABLE settings (
    name    TEXT PRIMARY KEY,
    value   TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
) @keyed;

CREATE TABLE users (
    id            @id,
    name          TEXT NOT NULL UNIQUE,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_ms    BIGINT NOT NULL
);

-- Secrets are stored as hashes. kind: "link" (used once) or "refresh" (rotates within a family).
CREATE TABLE secrets (
    hash       @blob PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    family     BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_ms    BIGINT
) @keyed;
CREATE INDEX secrets_family ON secrets (family);

-- Numbered sets of packs, prompts and lists of one layer owner (0: the organisation).
CREATE TABLE releases (
    id         @id,
    owner_id   BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    state      TEXT NOT NULL,
    author     TEXT NOT NULL,
    comment    TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    UNIQUE (owner_id, number)
);
CREATE TABLE release_files (
    release_id BIGINT NOT NULL,
    path       TEXT NOT NULL,
    content    TEXT NOT NULL,
    PRIMARY KEY (release_id, path)
) @keyed;
-- The owner's one row: activation and rollback are an UPDATE of it.
CREATE TABLE active_releases (
    owner_id   BIGINT PRIMARY KEY,
    release_id BIGINT NOT NULL
);

CREATE TABLE accounts (
    id              @id,
    user_id         BIGINT NOT NULL,
    name            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    options         TEXT NOT NULL,
    address         TEXT NOT NULL,          -- given by a person; '' : to be found
    addresses       TEXT NOT NULL,          -- JSON array in use, lower case
    time_zone       TEXT NOT NULL,          -- given; '' : the host's
    state           TEXT NOT NULL,
    state_text      TEXT NOT NULL DEFAULT '',
    demo            BIGINT NOT NULL DEFAULT 0,
    cursor          @blob,
    listing         BIGINT NOT NULL DEFAULT 0, -- number of the last full listing begun
    held            BIGINT NOT NULL DEFAULT 0, -- removals of a listing that waits for a second one
    synced_ms       BIGINT NOT NULL DEFAULT 0,
    facts_dirty     BIGINT NOT NULL DEFAULT 0, -- verdicts may rest on history that has grown since
    version         BIGINT NOT NULL DEFAULT 1,
    created_ms      BIGINT NOT NULL,
    UNIQUE (user_id, kind, options)
);

CREATE TABLE mailboxes (
    id         @id,
    user_id    BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    name       TEXT NOT NULL,
    UNIQUE (account_id, name)
);

-- What lies at the source. state: 1 waiting, 2 in a job, 3 decided, 4 rejected.
CREATE TABLE items (
    id          @id,
    user_id     BIGINT NOT NULL,
    account_id  BIGINT NOT NULL,
    mailbox_id  BIGINT NOT NULL,
    key         TEXT NOT NULL,
    flags       BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    state       BIGINT NOT NULL,
    listing     BIGINT NOT NULL,
    message_id  BIGINT,
    reason      TEXT
);
CREATE UNIQUE INDEX items_key ON items (user_id, account_id, key);
CREATE INDEX items_waiting ON items (user_id, account_id, received_ms) WHERE state = 1;
CREATE INDEX items_queued ON items (user_id, account_id) WHERE state = 2;

CREATE TABLE threads (
    id         @id,
    user_id    BIGINT NOT NULL
);
-- Which thread an id (hash of a Message-ID, or of a subject between two people) belongs to.
CREATE TABLE thread_ids (
    user_id   BIGINT NOT NULL,
    hash      BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, hash)
) @keyed;
CREATE INDEX thread_ids_thread ON thread_ids (thread_id);

-- Whom the owner has written to, and since when.
CREATE TABLE contacts (
    user_id          BIGINT NOT NULL,
    address          TEXT NOT NULL,
    first_written_ms BIGINT NOT NULL,
    PRIMARY KEY (user_id, address)
) @keyed;

CREATE TABLE messages (
    id               @id,
    user_id          BIGINT NOT NULL,
    account_id       BIGINT NOT NULL,
    item_id          BIGINT NOT NULL,
    thread_id        BIGINT NOT NULL,
    doc              BIGINT NOT NULL,       -- row of the full-text index
    mailbox_id       BIGINT NOT NULL,
    version          BIGINT NOT NULL DEFAULT 1, -- raised by user-side writes alone
    received_ms      BIGINT NOT NULL,
    date_ms          BIGINT NOT NULL,
    bytes            BIGINT NOT NULL,
    category         TEXT NOT NULL,         -- shown: the user's if set, else the verdict's
    verdict_category TEXT NOT NULL,
    local_category   TEXT,                  -- the user's correction
    priority         TEXT NOT NULL,
    confidence       REAL NOT NULL,
    needs_reply      BIGINT NOT NULL,
    unread           BIGINT NOT NULL,       -- shown: from local_flags if set, else source_flags
    flagged          BIGINT NOT NULL,
    source_flags     BIGINT NOT NULL,
    local_flags      BIGINT,                -- the user's; cleared when the source confirms or changes
    from_me          BIGINT NOT NULL,
    facts            BIGINT NOT NULL,       -- history bits that the verdict read
    has_attachments  BIGINT NOT NULL,
    task_count       BIGINT NOT NULL,
    draft_count      BIGINT NOT NULL,
    message_id       TEXT NOT NULL,
    subject          TEXT NOT NULL,
    from_name        TEXT NOT NULL,
    from_address     TEXT NOT NULL,
    snippet          TEXT NOT NULL,
    language         TEXT NOT NULL,
    list_id          TEXT NOT NULL,
    content_key      @blob NOT NULL
);
CREATE INDEX messages_list ON messages (user_id, received_ms, id);
CREATE INDEX messages_category ON messages (user_id, category, received_ms, id, unread);
CREATE INDEX messages_thread ON messages (thread_id, date_ms, from_me);
CREATE UNIQUE INDEX messages_doc ON messages (doc);
CREATE INDEX messages_item ON messages (item_id);

-- What the reader shows, compressed (zstd); one row per message, read alone.
CREATE TABLE bodies (
    message_id  BIGINT PRIMARY KEY,
    user_id     BIGINT NOT NULL,
    recipients  TEXT NOT NULL,
    attachments TEXT NOT NULL,
    zones       TEXT NOT NULL,
    text_z      @blob,
    html_z      @blob
);

CREATE TABLE analyses (
    message_id BIGINT PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    release_id BIGINT NOT NULL,
    facts      BIGINT NOT NULL,
    result     TEXT NOT NULL,
    at_ms      BIGINT NOT NULL
);

CREATE TABLE tasks (
    id          @id,
    user_id     BIGINT NOT NULL,
    message_id  BIGINT NOT NULL,
    version     BIGINT NOT NULL DEFAULT 1,
    state       TEXT NOT NULL,
    touched     BIGINT NOT NULL DEFAULT 0,  -- a person has changed it: rules leave it alone
    title       TEXT NOT NULL,
    due_ms      BIGINT,
    due_date    TEXT NOT NULL,
    quote       TEXT NOT NULL,
    quote_start BIGINT NOT NULL,
    quote_end   BIGINT NOT NULL,
    confidence  REAL NOT NULL,
    rule        TEXT NOT NULL,
    created_ms  BIGINT NOT NULL
);
CREATE INDEX tasks_due ON tasks (user_id, state, due_ms, id);
CREATE INDEX tasks_message ON tasks (message_id);

CREATE TABLE drafts (
    id         @id,
    user_id    BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    state      TEXT NOT NULL,
    touched    BIGINT NOT NULL DEFAULT 0,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    language   TEXT NOT NULL,
    rule       TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX drafts_user ON drafts (user_id, id);
CREATE INDEX drafts_message ON drafts (message_id);

-- One row per change that a user makes, with the inverse of each object it touched.
CREATE TABLE operations (
    id         @id,
    user_id    BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    summary    TEXT NOT NULL,
    at_ms      BIGINT NOT NULL,
    undoes     BIGINT,                      -- the operation that this one undid
    undone_by  BIGINT
);
CREATE INDEX operations_user ON operations (user_id, id);
CREATE TABLE operation_items (
    operation_id BIGINT NOT NULL,
    object       TEXT NOT NULL,
    object_id    BIGINT NOT NULL,
    user_id      BIGINT NOT NULL,
    inverse      TEXT NOT NULL,             -- JSON: the members as they were
    version      BIGINT NOT NULL,           -- the object's version after the operation
    result       TEXT NOT NULL DEFAULT '',  -- of undoing it: undone, changed_since, gone
    PRIMARY KEY (operation_id, object, object_id)
) @keyed;

CREATE TABLE streams (
    name  TEXT PRIMARY KEY,
    epoch BIGINT NOT NULL,
    seq   BIGINT NOT NULL
) @keyed;
CREATE TABLE events (
    stream  TEXT NOT NULL,
    seq     BIGINT NOT NULL,
    at_ms   BIGINT NOT NULL,
    type    TEXT NOT NULL,
    data    TEXT NOT NULL,
    PRIMARY KEY (stream, seq)
) @keyed;

CREATE TABLE jobs (
    id             @id,
    user_id        BIGINT NOT NULL,
    account_id     BIGINT NOT NULL,
    kind           TEXT NOT NULL,
    state          TEXT NOT NULL,           -- ready, leased, dead
    priority       BIGINT NOT NULL,
    run_at_ms      BIGINT NOT NULL,
    attempts       BIGINT NOT NULL DEFAULT 0,
    deaths         BIGINT NOT NULL DEFAULT 0,
    suspect        BIGINT NOT NULL DEFAULT 0,
    alone          BIGINT NOT NULL DEFAULT 0, -- a suspect that runs with nothing beside it
    lease_token    BIGINT NOT NULL DEFAULT 0,
    lease_owner    TEXT NOT NULL DEFAULT '',
    lease_until_ms BIGINT NOT NULL DEFAULT 0,
    payload        TEXT NOT NULL,
    error          TEXT NOT NULL DEFAULT '',
    created_ms     BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (state, run_at_ms);
CREATE INDEX jobs_account ON jobs (account_id, kind);
