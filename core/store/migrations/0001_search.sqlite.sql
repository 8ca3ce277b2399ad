-- Tokens made by base/token.c; the text itself is not kept here. The tokenizer only splits at spaces.
CREATE VIRTUAL TABLE search USING fts5(subject, people, text, content='', tokenize='jackdaw');
