-- Reading that was subscribed to: issues, digests, editions.
local mail_of = require "lib/mail"

classify "newsletter" {
  name = "issue",
  only_if = none { thread:has_my_answer(), all { mail_of.discussion, mail_of.answer } },

  evidence(2, "way to unsubscribe", all { any { list:has_unsubscribe(), mail_of.way_out }, none { mail_of.discussion } }),
  evidence(1, "list header", all { list:has_id(), none { mail_of.discussion } }),
  evidence(1, "sent in bulk", all { mail_of.bulk, none { mail_of.discussion } }),
  evidence(3, "calls itself a newsletter", any {
    subject:says {
      "newsletter*", "weekly", "daily", "digest", "edition", "bulletin", "issue", "this week in", "this week", "roundup", "dispatch", "headlines", "news",
      "wochenbrief", "*brief", "ausgabe", "morgenpost", "rundbrief", "wochenschau", "la lettre", "lettre d'information", "boletín", "nieuwsbrief", "notiziario",
    },
    from:says {
      "newsletter*", "weekly", "daily", "digest", "bulletin", "dispatch", "news", "times", "magazine", "journal", "gazette", "post", "*brief", "*zeitung",
      "morgen", "redaktion", "editor", "editors", "la lettre", "lettre", "boletín", "nieuwsbrief", "notizie",
    },
    from:address_is {
      "news@", "newsletter@", "newsletters@", "editor@", "editors@", "redaktion@", "letter@", "letters@", "digest@", "weekly@", "daily@", "briefing@", "hello@", "bonjour@", "morgen@",
    },
  }),
  evidence(2, "numbered issue", any {
    mail_of.numbered,
    body:says { "vol.", "volume", "issue no", "issue #*", "issue number", "ausgabe nr", "heft nr" },
  }),
  evidence(2, "known publisher", from:on_list "brands_of_newsletters"),
  evidence(1.5, "words of an editor", body:says {
    "in this issue", "this issue", "this week's", "read more", "read the full", "full story", "view in browser", "view this email in your browser", "web version",
    "forward to a friend", "top stories", "our readers", "dear readers", "dear reader", "headlines", "copyright", "all rights reserved", "advertise",
    "in dieser ausgabe", "liebe leserinnen", "liebe leser", "weiterlesen", "im browser", "guten morgen", "chers lecteurs", "lire la suite",
    "dans ce numéro", "queridos lectores", "leer más", "cari lettori", "leggi di più", "beste lezers", "lees meer", "lees verder",
  }),
  evidence(1.5, "long text", body:longer_than(3000)),
  evidence(0.5, "many links", body:more_links_than(8)),
  evidence(-1.5, "sells something", any {
    subject:says { "% off", "sale", "save", "deal", "deals", "discount", "coupon", "rabatt", "sparen", "gutschein", "schlussverkauf", "soldes", "rebajas", "oferta", "sconti", "korting", "uitverkoop" },
    mail_of.names_percent,
    body:says { "add to cart", "buy now", "order now", "shop now", "jetzt kaufen", "jetzt bestellen", "in den warenkorb", "statt", "acheter", "comprar ahora", "acquista ora", "bestel nu" },
  }),
  evidence(-2, "post on a discussion list", mail_of.discussion),
  evidence(-1.5, "written by hand", mail_of.letter),
  evidence(-1.5, "reports what happened to you", subject:says {
    "mentioned you", "commented", "invited you", "assigned to you", "your account", "password", "your order", "sign-in", "tagged you",
    "hat sie erwähnt", "ihr konto", "passwort", "ihre bestellung", "anmeldung",
  }),
}
