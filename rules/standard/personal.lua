-- Somebody writes as a friend, a relative, a neighbour.
local mail_of = require "lib/mail"

classify "personal" {
  name = "private-letter",
  only_if = mail_of.addressed,

  evidence(1, "a person wrote it", mail_of.addressed),
  evidence(1.5, "private address", from:on_list "freemail"),
  evidence(0.5, "you have written to them", from:is_known()),
  evidence(1.5, "warm closing", body:says {
    "love", "lots of love", "much love", "hugs", "xoxo", "xx", "take care", "miss you", "see you soon", "yours ever",
    "liebe grüße", "lieben gruß", "lg", "alles liebe", "bis bald", "bis dann", "dein", "deine", "drück dich", "es umarmt dich",
    "bisous", "bises", "je t'embrasse", "à bientôt",
    "un beso", "besos", "un abrazo", "un saludo", "un bacio", "baci", "un abbraccio", "groetjes", "liefs", "kusjes",
  }),
  evidence(2, "family", body:says {
    "mum", "mom", "dad", "grandma", "grandpa", "granny", "auntie", "aunt", "uncle", "my wife", "my husband", "the kids", "my sister",
    "my brother", "your mother", "your father", "mama", "papa", "oma", "opa", "tante", "onkel", "meine frau", "mein mann", "die kinder",
    "meine schwester", "mein bruder", "maman", "mamie", "papi", "ma soeur", "mon frère", "mamá", "papá", "abuela", "mi hermana",
    "nonna", "mia sorella", "mio fratello", "mijn zus", "mijn broer",
  }),
  evidence(1.5, "private matters", any {
    subject:says {
      "birthday", "party", "weekend", "holiday", "vacation", "dinner", "wedding", "barbecue", "bbq", "photos", "concert", "book club",
      "geburtstag", "grillen", "wochenende", "urlaub", "hochzeit", "feier", "fotos", "konzert", "klettern", "kino",
      "anniversaire", "vacances", "cumpleaños", "vacaciones", "compleanno", "vacanze", "verjaardag", "vakantie",
    },
    body:says {
      "birthday", "weekend", "holiday", "holidays", "vacation", "wedding", "barbecue", "my garden", "concert", "movie", "game tonight",
      "my birthday", "happy birthday", "the baby", "my dog", "our dog", "my cat", "the cat", "recipe", "church", "bottle of wine", "a beer", "beers", "haha", "ha!", "lol", "guess what", "cello", "viola", "guitar", "piano", "boiler", "vet", "school play", "neighbour", "neighbor", "bakery", "grab a beer", "have a beer", "for a drink", "come over", "come round", "at my place", "babysit", "choir", "football", "pub",
      "geburtstag", "grillen", "urlaub", "hochzeit", "auf ein bier", "bei mir zu hause", "die katze", "der hund", "rezept", "nachbar", "nachbarin", "klettern", "haha", "kuchen", "flohmarkt", "spieleabend", "probe fällt aus", "komm vorbei", "kommt vorbei", "garten", "chor",
      "anniversaire", "chez moi", "cumpleaños", "en mi casa", "compleanno", "a casa mia", "verjaardag", "bij mij thuis",
    },
  }),
  evidence(1, "on first-name terms", body:says {
    "hey", "hi there", "hiya", "how are you", "how's it going", "lieber", "liebe", "moin", "servus", "ihr lieben", "wie geht es dir",
    "wie geht's", "kannst du", "hast du", "coucou", "salut", "cher", "chère", "hola", "cariño", "ciao", "caro", "cara", "hoi",
  }),
  evidence(0.5, "a few lines", body:shorter_than(700)),

  evidence(-1.5, "polite form", body:says {
    "dear sir", "dear madam", "dear mr", "dear ms", "dear mrs", "sehr geehrte*", "mit freundlichen grüßen", "guten tag", "ihnen", "cordialement",
    "veuillez", "atentamente", "estimado", "estimada", "distinti saluti", "gentile", "met vriendelijke groet", "geachte", "best regards", "kind regards",
  }),
  evidence(-1.5, "words of work", any {
    subject:says {
      "invoice", "project", "contract", "meeting", "agenda", "minutes", "proposal", "budget", "report", "deadline", "draft", "review",
      "agreement", "rechnung", "projekt", "vertrag", "angebot", "bericht", "protokoll", "besprechung", "devis", "facture", "projet", "contrat",
      "presupuesto", "factura", "proyecto", "preventivo", "fattura", "progetto", "offerte", "factuur",
    },
    body:says {
      "our company", "the customer", "customers", "the client", "clients", "contract", "agreement", "quarter", "revenue", "stakeholders",
      "please find attached", "attached please find", "as per", "conference call", "unser unternehmen", "kunden", "vertrag", "im anhang finden sie",
      "anbei erhalten sie", "notre société", "nuestra empresa", "la nostra azienda", "ons bedrijf",
    },
  }),
  evidence(-1, "sent to many", any { to:more_than(8), cc:more_than(4) }),
  evidence(-2, "asks for money or data", body:says { "bank details", "next of kin", "beneficiary", "click here", "wire transfer", "passport" }),
}
