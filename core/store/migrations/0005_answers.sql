-- What a worker answered to a question that a person waits for; forgotten after an hour.

CREATE TABLE answers (
    job_id  BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL,
    status  TEXT NOT NULL,   -- done, failed
    body    TEXT NOT NULL,   -- JSON; failed: {"class", "detail"}
    at_ms   BIGINT NOT NULL
);
CREATE INDEX answers_at ON answers (at_ms);
