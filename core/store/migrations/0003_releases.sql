-- Releases are edited, checked, activated, rolled back and watched in shadow; each owner may have
-- a layer of its own, so a verdict names the user's release beside the organisation's.

ALTER TABLE releases ADD COLUMN base_id BIGINT NOT NULL DEFAULT 0; -- made from this one; 0: none
ALTER TABLE releases ADD COLUMN version BIGINT NOT NULL DEFAULT 1; -- raised by every edit
ALTER TABLE releases ADD COLUMN report TEXT NOT NULL DEFAULT '';   -- JSON of the last check

-- release_id 0: the owner has none, but a candidate.
ALTER TABLE active_releases ADD COLUMN candidate_id BIGINT NOT NULL DEFAULT 0;

ALTER TABLE analyses ADD COLUMN user_release_id BIGINT NOT NULL DEFAULT 0;

-- Appended to alone. kind: activate, rollback, candidate, discard.
CREATE TABLE release_log (
    id       @id,
    owner_id BIGINT NOT NULL,
    at_ms    BIGINT NOT NULL,
    kind     TEXT NOT NULL,
    from_id  BIGINT NOT NULL,
    to_id    BIGINT NOT NULL,
    author   TEXT NOT NULL,
    comment  TEXT NOT NULL
);
CREATE INDEX release_log_owner ON release_log (owner_id, id);
