-- Tokens made by base/token.c; the text itself is not kept here. The tokenizer only splits at spaces.
CREATE VIRTUAL TABLE search USING fts5(subject, people, text, content='', tokenize='jackdaw');
-- Segments are merged while nothing else runs (storage's maintain), not while mail is being read.
INSERT INTO search (search, rank) VALUES ('automerge', 0);
INSERT INTO search (search, rank) VALUES ('crisismerge', 1000);
