-- A machine reports what happened in a place that one watches: trackers, builds, networks,
-- deliveries, forums. Posts of a discussion list belong here too; README.md says why.
local mail_of = require "lib/mail"

classify "notification" {
  name = "machine-report",
  only_if = none { mail_of.discussion },

  evidence(2, "a machine wrote it", mail_of.machine),
  evidence(1, "marked as automatic", mail:is_automatic()),
  evidence(2.5, "known network or tracker", from:on_list "networks"),
  evidence(3, "report in the subject", subject:says {
    "build #*", "build failed", "build passed", "failed:", "passed", "pull request", "merge request", "issue #*", "new comment", "commented", "mentioned you", "tagged you",
    "you were mentioned", "was assigned to you", "assigned you", "new follower", "new reply", "new topic", "invited you", "invitation to connect",
    "notification", "notifications", "alert:", "monitoring", "is down", "is up", "recovered", "backup", "cron", "disk", "reboot", "certificate", "expires", "expired",
    "overdue", "is due", "reminder", "delivery status", "undelivered mail", "undeliverable", "returned mail", "mail delivery failed", "failure notice", "out of office",
    "automatic reply", "auto reply", "autoreply", "people you may know", "appeared in", "new jobs", "job alert", "shared", "joined", "uploaded", "status", "updates", "digest", "release",
    "packages", "svn commit", "cvs commit", "commit", "log file",
    "benachrichtigung", "erinnerung", "hat kommentiert", "hat dich erwähnt", "hat sie erwähnt", "neue nachricht", "neuer kommentar", "abwesenheitsnotiz", "automatische antwort",
    "leihfrist", "vormerkung", "läuft ab", "störung", "kontoauszug", "ihr paket", "zugestellt", "packstation", "liegt bereit",
    "notificación", "a commenté", "réponse automatique", "absence", "recordatorio", "promemoria", "notifica", "herinnering", "melding",
  }),
  evidence(2, "report in the text", body:says {
    "commented on this", "requested your review", "opened an issue", "view it on", "reply to this email directly", "you are receiving this because",
    "you are watching this", "you follow", "this is an automated message", "this is an automatic message", "automatically generated", "do not reply to this email", "please do not reply",
    "see all updates", "tests failed", "0 failed", "branch:", "commit:", "filesystem", "starred", "on call",
    "dies ist eine automatische", "automatisch erstellt", "automatisch generiert", "bitte antworten sie nicht", "antworten sie nicht auf diese",
    "ceci est un message automatique", "ne pas répondre", "mensaje automático", "no responda", "messaggio automatico", "non rispondere", "automatisch bericht", "niet beantwoorden",
  }),
  evidence(1.5, "topic in brackets", all { mail_of.machine, mail_of.topic_in_brackets }),
  evidence(1, "a few lines", all { mail_of.machine, body:shorter_than(1500) }),

  evidence(-2, "sells something", any {
    subject:says { "% off", "sale", "save", "deal", "discount", "rabatt", "gutschein", "sparen", "schlussverkauf" },
    body:says { "shop now", "buy now", "jetzt kaufen", "use code", "gutscheincode", "add to cart" },
  }),
  evidence(-3, "an order of yours", subject:says {
    "order confirmation", "your order", "invoice", "receipt", "ihre bestellung", "bestellbestätigung", "buchungsbestätigung", "rechnung", "*rechnung",
  }),
  evidence(-2, "written by hand", mail_of.letter),
  evidence(-1, "long text", body:longer_than(6000)),
}

classify "notification" {
  name = "list-post",
  only_if = mail_of.discussion,

  evidence(2, "post on a discussion list", mail_of.discussion),
  evidence(0.5, "an answer on the list", mail_of.answer),
  evidence(0.5, "topic in brackets", mail_of.topic_in_brackets),
  evidence(-3, "addressed to you", all { to:is_me(), none { mail_of.machine } }),
  evidence(-4, "you took part in the thread", thread:has_my_answer()),
}

classify "notification" {
  name = "delivery-report",
  evidence(5, "report about your mail", any {
    headers:says("Content-Type", "multipart/report"),
    from:address_is { "mailer-daemon@", "postmaster@" },
    headers:has "X-Failed-Recipients",
  }),
  evidence(4, "out-of-office answer", any {
    all { mail:is_automatic(), subject:says { "out of office", "automatic reply", "abwesend", "abwesenheit*", "auto-reply", "autoreply", "automatische antwort", "réponse automatique", "respuesta automática", "risposta automatica", "automatisch antwoord" } },
  }),
}
