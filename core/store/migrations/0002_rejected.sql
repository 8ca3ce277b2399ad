-- Items of which nothing could be made are counted and listed, newest first.
CREATE INDEX items_rejected ON items (user_id, account_id, received_ms, id) WHERE state = 4;
