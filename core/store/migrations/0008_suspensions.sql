-- Rules that failed, in each rule set; a suspended one is left out until the set changes or a
-- person lifts it.
CREATE TABLE rule_failures (
    release_id      BIGINT NOT NULL,
    user_release_id BIGINT NOT NULL,
    rule            TEXT NOT NULL,
    count           BIGINT NOT NULL,
    suspended       BIGINT NOT NULL DEFAULT 0,
    kind            TEXT NOT NULL, -- of the last failure: runtime, instructions, memory, time, output
    path            TEXT NOT NULL,
    line            BIGINT NOT NULL,
    text            TEXT NOT NULL,
    at_ms           BIGINT NOT NULL,
    PRIMARY KEY (release_id, user_release_id, rule)
) @keyed;
