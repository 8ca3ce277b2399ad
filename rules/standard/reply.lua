-- Whether the owner is expected to answer: a person asks, and asks the owner.
local mail_of = require "lib/mail"
local asking = require "lib/asking"

classify "needs-reply" {
  name = "asked-directly",
  only_if = all { mail_of.letter, to:is_me(), none { mail:is_from_me(), calendar:method_is { "REPLY", "CANCEL" } } },

  evidence(1.5, "asks a question", body:has_question()),
  evidence(1.5, "asks for an answer", body:says(asking.for_answer)),
  evidence(1.5, "asks for something", body:says(asking.for_deed)),
  evidence(1, "proposes to meet", body:says(asking.to_meet)),
  evidence(1.5, "invitation", calendar:is_invite()),
  evidence(0.5, "you have written to them", from:is_known()),

  evidence(-6, "no reply needed", body:says {
    "no reply needed", "no need to reply", "no need to respond", "no response needed", "no response necessary", "do not reply", "don't reply", "do not answer", "no action required", "keine antwort nötig", "keine antwort erforderlich",
    "brauchst nicht zu antworten", "nichts weiter zu tun", "antworten sie nicht", "pas besoin de répondre", "no hace falta responder", "non serve rispondere", "hoeft niet te antwoorden",
  }),
  evidence(-1, "for information", any {
    subject:says { "fyi", "info", "zur info", "zur kenntnis", "for your information" },
    body:says { "fyi", "for your information", "zur kenntnis", "zur information", "just so you know", "pour information" },
  }),
  evidence(-1.5, "to many", any { to:more_than(6), all { to:more_than(2), cc:more_than(4) } }),
  evidence(-5, "smells of spam", any {
    headers:says("X-Spam-Flag", "yes"),
    mail_of.unproven,
    body:says { "click here", "unsubscribe", "to be removed", "opt-out", "beneficiary", "next of kin", "100% guaranteed", "act now", "money back guarantee", "risk free", "dear friend", "hello dear", "no obligation", "special offer", "lowest price" },
  }),
  evidence(-1.5, "bills and reports", any { body:longer_than(8000), body:more_links_than(10) }),
}
