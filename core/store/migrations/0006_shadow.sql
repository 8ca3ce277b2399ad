-- What a candidate says of live mail beside what is said; counted as a back-test counts.
CREATE TABLE shadow_counts (
    release_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    what       TEXT NOT NULL,
    name       TEXT NOT NULL,
    other      TEXT NOT NULL,
    count      BIGINT NOT NULL,
    PRIMARY KEY (release_id, user_id, what, name, other)
) @keyed;

CREATE TABLE shadow_changes (
    release_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    was        TEXT NOT NULL,
    now        TEXT NOT NULL,
    PRIMARY KEY (release_id, message_id)
) @keyed;
