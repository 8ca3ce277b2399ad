-- What rules did and took, by day. what: seen (rule '': messages decided), hit, correction,
-- failure/KIND; of the messages that were measured: run, instructions, time/BUCKET.
CREATE TABLE rule_figures (
    release_id      BIGINT NOT NULL,
    user_release_id BIGINT NOT NULL,
    rule            TEXT NOT NULL,
    day             BIGINT NOT NULL, -- since 1970, UTC
    what            TEXT NOT NULL,
    count           BIGINT NOT NULL,
    PRIMARY KEY (release_id, user_release_id, rule, day, what)
) @keyed;
