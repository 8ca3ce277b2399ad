-- Bits of enum jd_mail_limit: what of the mail was left out. What was read before says nothing.
ALTER TABLE bodies ADD COLUMN limits_hit BIGINT NOT NULL DEFAULT 0;
