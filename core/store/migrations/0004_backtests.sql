-- What a release would have said of past mail. Nothing else is written by a back-test.

CREATE TABLE backtests (
    id             @id,
    user_id        BIGINT NOT NULL,            -- whose mail, and who asked
    release_id     BIGINT NOT NULL,
    state          TEXT NOT NULL,              -- running, done, cancelled, failed
    error          TEXT NOT NULL DEFAULT '',
    selection      TEXT NOT NULL,              -- JSON, as it was asked
    account_id     BIGINT NOT NULL,            -- 0: all
    category       TEXT NOT NULL,              -- '': all
    from_ms        BIGINT NOT NULL,
    until_ms       BIGINT NOT NULL,
    total          BIGINT NOT NULL,
    taken          BIGINT NOT NULL DEFAULT 0,  -- handed out to slices
    done           BIGINT NOT NULL DEFAULT 0,
    unreadable     BIGINT NOT NULL DEFAULT 0,  -- of those done: gone or refused meanwhile
    changed        BIGINT NOT NULL DEFAULT 0,
    cursor_ms      BIGINT NOT NULL,            -- the last message handed out
    cursor_id      BIGINT NOT NULL DEFAULT 0,
    created_ms     BIGINT NOT NULL,
    ended_ms       BIGINT
);
CREATE INDEX backtests_user ON backtests (user_id, id);

-- what: category, priority, needs_reply (pairs of was and now), label_was, label_now (pairs of a
-- correction and what was or is said), hit (rule), failure (rule, kind), task (gained, lost, same).
CREATE TABLE backtest_counts (
    backtest_id BIGINT NOT NULL,
    user_id     BIGINT NOT NULL,
    what        TEXT NOT NULL,
    name        TEXT NOT NULL,
    other       TEXT NOT NULL,
    count       BIGINT NOT NULL,
    PRIMARY KEY (backtest_id, what, name, other)
) @keyed;

CREATE TABLE backtest_changes (
    backtest_id BIGINT NOT NULL,
    message_id  BIGINT NOT NULL,
    user_id     BIGINT NOT NULL,
    was         TEXT NOT NULL,                 -- JSON: category, priority, needs_reply, tasks
    now         TEXT NOT NULL,
    PRIMARY KEY (backtest_id, message_id)
) @keyed;
