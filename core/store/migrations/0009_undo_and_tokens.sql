-- Undoing asks for the later operations on an object. Inverses name members with their values
-- before and after; older ones, of whole objects, stay as they are.
CREATE INDEX operation_items_object ON operation_items (object, object_id, operation_id);

-- Access tokens issued before it are refused: the user was signed out everywhere.
ALTER TABLE users ADD COLUMN tokens_from_ms BIGINT NOT NULL DEFAULT 0;
