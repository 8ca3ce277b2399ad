-- Four steps: urgent, high, normal (nothing speaks for another), low.
local mail_of = require "lib/mail"

local sold = any {
  mail_of.bulk,
  list:has_id(),
  list:has_unsubscribe(),
  mail_of.discussion,
  headers:says("X-Spam-Flag", "yes"),
  mail_of.unproven,
  body:says { "click here", "guaranteed", "no risk", "beneficiary", "free shipping", "hier klicken", "unsubscribe", "abmelden" },
}

local hurry = {
  "urgent", "urgently", "asap", "as soon as possible", "right away", "immediately", "emergency", "time-sensitive", "time sensitive", "critical", "outage",
  "dringend", "dringende", "eilt", "sehr eilig", "so schnell wie möglich", "schnellstmöglich", "umgehend", "unverzüglich", "notfall",
  "urgente", "en urgence", "dès que possible", "au plus vite", "cuanto antes", "lo antes posible", "il prima possibile", "con urgenza", "zo snel mogelijk", "spoed", "dringend",
}

classify "priority:urgent" {
  name = "hurry",
  only_if = all { mail_of.letter, none { sold } },
  evidence(3, "urgent subject", subject:says(hurry)),
  evidence(1.5, "urgent text", body:says(hurry)),
  evidence(2, "today", body:says {
    "by today", "until today", "before tonight", "by tonight", "end of today", "end of day", "by eod", "by cob", "today by", "later today", "this afternoon", "within the hour", "before noon", "only tomorrow", "short notice",
    "bis heute", "heute noch", "noch heute", "heute abend", "bis mittag", "in einer stunde", "so kurzfristig", "bis morgen früh", "avant ce soir", "aujourd'hui même", "antes de hoy", "hoy mismo", "entro oggi", "oggi stesso", "vandaag nog", "voor vanavond",
  }),
  evidence(1, "marked as important", mail_of.marked_important),
  evidence(1, "you have written to them", from:is_known()),
  evidence(-2, "not for you alone", any { to:more_than(5), none { to:is_me() } }),
  evidence(-2.5, "no base for urgency", none {
    body:has_question(),
    body:says { "please", "could you", "can you", "need", "bitte", "können sie", "kannst du", "brauche", "benötige", "pourriez", "s'il vous plaît", "por favor", "per favore", "alstublieft", "down", "failed", "error", "ausgefallen", "fehler" },
  }),
}

classify "priority:urgent" {
  name = "attack",
  only_if = none { mail_of.letter, sold },
  evidence(4, "asks whether it was you", all {
    subject:says {
      "sign-in", "new login", "new device", "security alert", "suspicious", "unusual", "access token", "failed sign-in", "neue anmeldung", "anmeldeversuch", "neues gerät", "sicherheitswarnung",
      "nouvelle connexion", "alerte de sécurité", "inicio de sesión", "alerta de seguridad", "nuovo accesso", "avviso di sicurezza", "nieuwe aanmelding",
    },
    body:says {
      "if this wasn't you", "if this was not you", "if not, change", "if you did not", "if it was not you", "was this you", "secure your account", "waren sie das nicht", "falls sie das nicht waren", "wenn sie das nicht waren",
      "si ce n'était pas vous", "si no has sido tú", "se non sei stato tu", "als jij dit niet was",
    },
  }),
}

classify "priority:high" {
  name = "waits-for-you",
  only_if = all { mail_of.letter, none { sold } },
  evidence(1, "asks something", body:has_question()),
  evidence(1.5, "names a day", body:says {
    "by monday", "by tuesday", "by wednesday", "by thursday", "by friday", "by saturday", "by sunday", "by tomorrow", "until tomorrow", "tomorrow", "deadline", "due by", "due on", "no later than", "end of the week", "end of the day", "this week",
    "before monday", "before friday", "tell me by", "bis montag", "bis dienstag", "bis mittwoch", "bis donnerstag", "bis freitag", "bis samstag", "bis sonntag", "bis morgen", "bis zum", "bis spätestens", "spätestens", "frist", "diese woche",
    "avant lundi", "avant mardi", "avant mercredi", "avant jeudi", "avant vendredi", "d'ici", "cette semaine", "antes del", "para el viernes", "esta semana", "entro venerdì", "entro il", "questa settimana", "voor vrijdag", "uiterlijk", "deze week",
  }),
  evidence(1, "asks you to do something", body:says {
    "please send", "please review", "please confirm", "please let", "could you", "can you", "would you", "need you to", "need your", "let me know", "bitte senden", "bitte schicken", "bitte prüfen", "bitte bestätigen", "könnten sie", "können sie", "kannst du", "könntest du",
    "bräuchten", "benötigen wir", "pourriez-vous", "pouvez-vous", "peux-tu", "podrías", "podría", "puedes", "potresti", "potrebbe", "kun je", "kunt u",
  }),
  evidence(1, "marked as important", mail_of.marked_important),
  evidence(0.5, "you have written to them", from:is_known()),
  evidence(0.5, "you took part in the thread", thread:has_my_answer()),
  evidence(-1.5, "an average letter", from:is_person()),
  evidence(-1.5, "no hurry", body:says {
    "no hurry", "no rush", "no reply needed", "no need to reply", "whenever you", "when you have time", "when you get a chance", "do not answer", "fyi", "for your information", "keine eile", "eilt nicht", "wenn du zeit hast", "zur information", "zur kenntnis",
    "nichts weiter zu tun", "pas d'urgence", "sin prisa", "senza fretta", "geen haast",
  }),
  evidence(-1.5, "not for you alone", any { to:more_than(5), none { to:is_me() } }),
}

classify "priority:high" {
  name = "money-and-locks",
  only_if = none { sold },
  evidence(2, "payment is due", any {
    subject:says { "payment reminder", "payment due", "overdue", "final reminder", "past due", "mahnung", "zahlungserinnerung", "fällig", "rappel de paiement", "recordatorio de pago", "sollecito di pagamento", "betalingsherinnering", "nachzahlung" },
    body:says { "is overdue", "payment is due", "please pay by", "ist fällig", "bitte überweisen", "zahlbar bis", "nachzahlung" },
  }),
  evidence(2, "sign-in or password", subject:says {
    "sign-in", "new login", "new device", "password", "access token", "security alert", "neue anmeldung", "passwort", "neues gerät", "sicherheits*", "mot de passe", "contraseña", "wachtwoord",
  }),
  evidence(2, "something broke", all {
    mail_of.machine,
    subject:says { "failed", "failure", "is down", "outage", "critical", "full", "incident", "alert:", "ausgefallen", "störung", "fehlgeschlagen", "panne", "error" },
  }),
  evidence(2, "invitation", calendar:is_invite()),
  evidence(-2, "asks for secrets", body:says { "verify your account", "confirm your identity", "bank details", "your mail password", "within 24 hours", "within 12 hours" }),
}

classify "priority:low" {
  name = "can-wait",
  evidence(2, "sent in bulk", any { mail_of.bulk, list:has_unsubscribe(), list:has_id() }),
  evidence(2, "post on a discussion list", mail_of.discussion),
  evidence(1, "marked as automatic", mail:is_automatic()),
  evidence(2, "no reply needed", body:says { "no reply needed", "no need to reply", "just fyi", "keine antwort nötig", "nur zur info", "zur kenntnis", "nichts weiter zu tun", "do not answer", "pas besoin de répondre" }),
  evidence(2, "advertises", all { sold, subject:says { "sale", "% off", "save", "offer", "free", "deal", "discount", "rabatt", "gutschein", "angebot", "sparen", "gratis", "kostenlos", "soldes", "oferta", "sconto", "korting" } }),
  evidence(1.5, "sender not proven", mail_of.unproven),
  evidence(-3, "you took part in the thread", thread:has_my_answer()),
  evidence(-2, "you have written to them", from:is_known()),
}
