-- What can be said before anybody has thought about it. The owner edits and sends; nothing is
-- sent by itself.
local mail_of = require "lib/mail"

local to_answer = all { mail_of.letter, verdict:needs_reply(), none { category:is "spam" } }
local meeting = any { category:is "meeting", calendar:is_invite() }

draft "acknowledge" {
  name = "will-do",
  only_if = all { to_answer, none { meeting } },
  template = "drafts/acknowledge.md",
}

draft "accept" {
  name = "will-come",
  only_if = all { meeting, none { calendar:method_is { "REPLY", "CANCEL" }, from:is_noreply(), mail_of.discussion, mail_of.bulk } },
  template = "drafts/accept.md",
}

draft "schedule" {
  name = "another-time",
  only_if = all { meeting, none { calendar:method_is { "REPLY", "CANCEL" }, from:is_noreply(), mail_of.discussion, mail_of.bulk } },
  template = "drafts/schedule.md",
}

draft "decline" {
  name = "cannot",
  only_if = any {
    all { to_answer, none { meeting } },
    all { meeting, none { calendar:method_is { "REPLY", "CANCEL" }, from:is_noreply(), mail_of.discussion, mail_of.bulk } },
  },
  template = "drafts/decline.md",
}

draft "payment" {
  name = "will-pay",
  only_if = all { category:is "receipt", from:is_person(), subject:says { "invoice", "rechnung", "*rechnung", "facture", "factura", "fattura", "factuur" } },
  template = "drafts/payment.md",
}
