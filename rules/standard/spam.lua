-- Mail that nobody asked for: swindle, phishing, mass advertising without a sender one knows.
-- Many small pieces of evidence; one alone never suffices.
local mail_of = require "lib/mail"
local brands = require "lib/brands"

local clicks = {
  "click here", "click below", "click the link", "click on the link", "click this link", "click now", "visit our website", "call now", "call today", "call toll free", "toll free", "toll-free", "reply now", "respond now", "hier klicken", "klicken sie hier",
  "cliquez ici", "haga clic", "haz clic", "clicca qui", "klik hier",
}
local hurry = {
  "act now", "act fast", "immediately", "urgent", "urgently", "expires", "final notice", "within 12 hours", "within 24 hours", "within 48 hours", "failure to comply", "failure to do so", "legal steps", "lose access",
  "be suspended", "been suspended", "be deactivated", "be terminated", "be closed", "be disabled", "umgehend", "sofort", "innerhalb von 24 stunden", "wird gesperrt", "sera suspendu", "será suspendida",
}
-- Words that honest mail has too count only beside something to click and a demand, from a stranger.
local lured = all {
  any { body:more_links_than(0), body:says(clicks) },
  any { body:says(hurry), subject:says(hurry) },
  none { mail_of.discussion, mail_of.answer, from:is_known() },
}

classify "spam" {
  name = "bad-form",
  evidence(6, "filter of the server", any {
    headers:says("X-Spam-Flag", "yes"),
    headers:says("X-Rspamd-Action", { "reject", "add header", "rewrite subject" }),
    subject:says { "***spam***", "[spam]" },
  }),
  evidence(2.5, "sender not proven", mail_of.unproven),
  evidence(3.5, "impossible time zone", headers:matches("Date", [[[+-](1[5-9]|[2-9]\d)\d\d\b]])),
  evidence(2.5, "random tail in the subject", subject:matches [[\S\s{5,}\S+\s*$|\s[\[(][a-z0-9]{4,8}[\])]$]]),
  evidence(2.5, "random letters end the subject", subject:matches [[\s(?=\S*[a-z]\S*[A-Z])(?=\S*[A-Z]\S*[a-z])[A-Za-z0-9]{12,}$|\s\d{10,}$]]),
  evidence(3, "marked as advertising", subject:matches [[(?i)^\W*adv\b]]),
  evidence(1.5, "shouting subject", subject:matches [[^[^a-z]*[A-Z][^a-z]{11,}$]]),
  evidence(2, "exclamation marks", subject:says "*!*"),
  evidence(2, "money in the subject", subject:says { "*$*", "*,000", "*.000" }),
  evidence(0.5, "hidden recipients", any {
    none { to:more_than(0) },
    headers:says("To", { "undisclosed*", "*recipients*" }),
  }),
  evidence(1.5, "HTML alone", headers:says("Content-Type", "text/html")),
  evidence(1.5, "hardly a word beside a link", all { mail:has_html(), body:shorter_than(150), body:more_links_than(0), none { attachment:is_there(), mail_of.answer } }),
  evidence(1.5, "HTML without words", all { mail:has_html(), body:shorter_than(20), none { attachment:is_there(), mail_of.answer } }),
  evidence(0.5, "sender without a name", headers:matches("From", [[^\s*<?[^\s<>"]+>?\s*$]])),
  evidence(1.5, "text that nobody sees", mail:hides_text()),
  evidence(2, "random address", from:matches [[^[a-z]*\d{4,}[a-z0-9]*@|^[a-z]{1,12}\d+[a-z]+\d+[a-z0-9]*@|[bcdfghjklmnpqrstvwxz]{6}[^@]*@]]),
  evidence(1.5, "no Message-ID", none { headers:has "Message-ID" }),
  evidence(1.5, "priority marked high", mail_of.marked_important),

  evidence(-4, "you took part in the thread", thread:has_my_answer()),
  evidence(-3, "you have written to them", from:is_known()),
  evidence(-1.5, "post on a discussion list", mail_of.discussion),
  evidence(-2, "a person's post through a list", mail_of.post),
  evidence(-4, "goes on with a conversation", mail_of.answer),
  evidence(-1, "sender proven", headers:says("Authentication-Results", "dmarc=pass")),
  evidence(-2, "invitation", calendar:is_there()),
  evidence(-1, "bulk sender with a way out", all { list:has_unsubscribe(), list:has_id(), none { mail_of.discussion } }),
  evidence(-1, "a machine wrote it", mail:is_automatic()),
  evidence(-2, "quotes or answers", all { mail:is_reply(), body:says { "wrote:", "schrieb", "a écrit", "escribió", "ha scritto", "schreef" } }),
  evidence(-2, "long text", body:longer_than(5000)),
  evidence(-2, "very long text", body:longer_than(12000)),
  evidence(-1.5, "technical talk", body:says {
    "patch", "kernel", "linux", "perl", "python", "compile", "bug", "debian", "apache", "unix", "cvs", "git", "source code", "the list", "gcc", "rpm", "script", "unified diff", "mailing list archive",
  }),
}

classify "spam" {
  name = "swindle",
  evidence(2.5, "money from a stranger", body:says {
    "next of kin", "beneficiary", "inheritance", "late husband", "late engr", "foreign partner", "million united states dollars", 
    "dormant account", "utmost confidence", "transfer of funds", "this fund",  "modalities", "barrister", "god bless", "fund transfer",
    "lottery", "you have won", "winning number", "sie haben gewonnen", "gewinnbenachrichtigung", "erbschaft", "héritage", "vous avez gagné", "ha ganado", "hai vinto", "u heeft gewonnen",
    "your wallet", "bitcoin", "btc", "crypto trading",
  }),
  evidence(2.5, "asks for your particulars", body:says {
    "your full name", "bank details", "bank account", "telephone and fax", "your phone number", "private phone", "copy of your passport", "social security number", "credit card number",
    "kontodaten", "bankverbindung", "coordonnées bancaires", "datos bancarios", "dati bancari",
  }),
  evidence(2, "wealth without work", body:says {
    "work from home", "work at home", "home based business", "financial freedom", "be your own boss", "make money", "earn money", "extra income", "residual income", "multi-level", "mlm",
    "downline", "pyramid", "chain letter", "income opportunity", "business opportunity", "guaranteed income", "get rich", "weekly income", "unlimited income",
    "your own business", "passive income", "trading robot", "no experience needed", "geld verdienen", "nebenverdienst", "von zu hause", "passives einkommen",
    "travail à domicile", "gana dinero", "guadagna", "thuis geld verdienen",
  }),
  evidence(2.5, "credit and insurance", body:says {
    "mortgage", "mortgage rates", "refinance", "refinancing", "home loan", "low interest", "interest rates", "bad credit", "credit repair", "debt consolidation", "consolidate", "pre-approved", "credit card debt",
    "no credit check", "life insurance", "insurance quotes", "merchant account", "credit report", "our lenders", "annuity", "stock pick", "penny stock", "otcbb", "otc bb", "investor alert",
    "kredit ohne schufa", "sofortkredit", "crédit rapide", "préstamo", "prestito", "lening zonder",
  }),
  evidence(2.5, "pills and bodies", body:says {
    "viagra", "cialis", "phentermine", "prescription", "without a prescription", "pharmacy", "weight loss", "lose weight", "lose up to", "diet pill", "burn fat", "human growth hormone", "hgh", "anti-aging",
    "wrinkles", "herbal", "penis", "enlargement", "erection", "breast", "libido", "testosterone", "quit smoking", "melts fat", "abnehmen", "potenz*", "perdre du poids", "adelgazar", "dimagrire", "afvallen",
  }),
  evidence(2, "sex", body:says {
    "porn*", "xxx", "hardcore", "nude", "naked", "horny", "sexy", "hot teens", "teens", "live girls", "adult site", "adults only", "over 18", "18 years or older", "webcam", "sluts", "pussy", "lonely wives",
    "singles", "dating site", "adult dating", "meet women", "my photo", "honest man",
  }),
  evidence(2, "trade in addresses", body:says {
    "bulk email", "bulk e-mail", "email marketing", "e-mail marketing", "million emails", "million email addresses", "email addresses", "targeted email", "opt-in list", "mass mailing", "mailing list of", "your web site", "search engines",
    "search engine optimization", "search engine", "on page 1", "first page of google", "more traffic", "web traffic", "your website", "website traffic", "domain names", "seo",
  }),
  evidence(1, "cheap goods", body:says {
    "replica", "rolex", "luxury watches", "cable descrambler", "descrambler", "toner", "ink cartridges", "inkjet", "dvd copy", "copy dvd", "oem software", "university diploma", "diplomas", "degree program", "long distance",
    "cents per minute", "satellite tv", "cellular phone", "spy", "casino", "gambling", "free vacation", "norton systemworks", "systemworks", "mold factory", "professional manufacturer", "our factory",
  }),
}

classify "spam" {
  name = "pressure",
  evidence(2, "click here", body:says(clicks)),
  evidence(1, "presses", body:says {
    "act now", "act fast", "limited time", "don't delay", "urgent", "hurry", "apply now", "order now", "order today", "today only", "only today", "while supplies last", "last chance", "once in a lifetime", "don't miss",
    "expires", "final notice", "jetzt handeln", "nur heute", "letzte mahnung", "sofort", "agissez", "dernière chance", "última oportunidad", "ultima occasione", "laatste kans",
  }),
  evidence(1, "promises", body:says {
    "100% free", "absolutely free", "free gift", "for free", "risk free", "risk-free", "no risk", "no obligation", "no cost", "money back guarantee", "money-back", "satisfaction guaranteed", "100% guaranteed", "guaranteed", "guarantee", "no fees",
    "lowest price", "lowest prices", "best price", "save up to", "free trial", "free sample", "why pay more", "amazing", "incredible", "miracle", "revolutionary", "congratulations", "winner", "selected", "special offer", "bonus",
    "kostenlos", "garantiert", "herzlichen glückwunsch", "ausgelost", "ohne risiko", "gratuit", "félicitations", "felicidades", "congratulazioni", "gefeliciteerd",
  }),
  evidence(3.5, "excuses itself", body:says {
    "this is not spam", "not spam", "is not unsolicited", "one time mailing", "one-time mailing", "to be removed", "be removed from", "remove me", "remove in the subject", "\"remove\"", "removed from our", "removed from future", "removal instructions", "opt-out", "opt out",
    "removed from this list", "remove your name", "you have opted in", "opted in", "opt-in", "one of our partners", "affiliate sites", "marketing partner", "s. 1618", "s.1618", "bill 1618", "section 301", "unsubscribe from future",
    "further mailings", "further transmissions", "future mailings", "future offers", "permission based", "no longer wish to receive",
  }),
  evidence(1.5, "dear stranger", body:says {
    "dear friend", "dear sir", "dear sir/madam", "dear customer", "dear user", "dear member", "dear valued customer", "dear beloved", "hello dear", "dear webmaster", "dear homeowner", "attention beloved", "sehr geehrter kunde", "cher client", "estimado cliente", "gentile cliente", "geachte klant",
  }),
  evidence(1, "selling subject", subject:says {
    "free", "guaranteed", "credit", "cash", "loan", "loans", "mortgage", "rates", "viagra", "weight", "win", "won", "winner", "money", "income", "earn", "debt", "investment", "opportunity", "lowest", "approved", "pre-approved", "insurance", "million", "profit", "rich", "adult", "sex",
    "xxx", "girls", "pills", "meds", "casino", "urgent", "confidential", "business proposal", "assistance", "congratulations", "gewonnen", "gewinn", "kredit", "gratis", "gagné", "ganado", "vinto",
  }),
}

-- The name of the sender speaks for a brand, or an alarming subject does, and the address is another.
local function pretends(alarm)
  local cases = {}
  for i, brand in ipairs(brands) do
    local speaks = alarm and all { subject:says(brand.names), subject:says(alarm) } or from:says(brand.names)
    cases[i] = all { speaks, none { from:domain_is(brand.domains) } }
  end
  return all { any(cases), none { mail_of.discussion, mail_of.answer, mail_of.bulk } }
end

local alarm = {
  "account", "verify", "verification", "suspended", "limited", "security alert", "security notice", "update your", "important notice", "notification from", "unpaid", "final notice", "mailbox", "quota", "invoice", "payment", "konto", "gesperrt",
  "letzte mahnung", "votre compte", "su cuenta", "tu cuenta", "conto", "rekening",
}

classify "spam" {
  name = "phishing",
  evidence(4, "brand name, other address", pretends()),
  evidence(3, "alarm about a brand, other address", pretends(alarm)),
  evidence(3, "asks to confirm an account", body:says {
    "verify your account", "verify your identity", "confirm your account", "confirm your identity", "confirm your information", "update your account", "update your information", "update your billing",
    "update your records", "update your payment", "validate your account", "validate your mailbox", "validate your email", "account verification",
    "sign in to continue", "upgrade your quota", "upgrade your mailbox", "mailbox quota", "mailbox is almost full", "your mail password", "your e-mail password", "password will expire", "password expires", "keep current password", "keep same password", "restore your account", "reactivate your account",
    "konto verifizieren", "konto bestätigen", "daten bestätigen", "bestätigen sie jetzt ihre daten", "bestätigen sie ihre daten", "ihre daten aktualisieren", "zahlungsdaten aktualisieren",
    "vérifier votre compte", "confirmer votre compte", "mettre à jour vos informations", "verificar su cuenta", "confirmar su cuenta", "actualice sus datos", "verifica il tuo account", "conferma i tuoi dati", "verifieer uw account", "bevestig uw gegevens",
  }),
  evidence(3, "speaks of an account, with a link and a demand", all {
    lured,
    body:says {
      "account information", "billing information", "personal information", "log in to your account", "login to your account", "access your account", "secure document", "pending messages", "incoming messages", "undelivered messages", "webmail", "mailbox storage", "storage limit", "helpdesk", "help desk",
      "system administrator", "view document", "shared a document", "voice message", "online banking", "internet banking", "security measures", "account holder",
    },
  }),
  evidence(2.5, "threatens to close the account", body:says {
    "will be suspended", "has been suspended", "been suspended", "will be deactivated", "be deactivated", "will be terminated", "will be closed", "has been limited", "been limited", "temporarily limited", "has been locked", "account suspension", "lose access",
    "unauthorized access", "unusual activity", "suspicious activity", "legal steps", "fraudulent activity", "failure to comply",
    "wird gesperrt", "wurde gesperrt", "eingeschränkt", "innerhalb von 24 stunden", "sonst verfällt", "geht die sendung zurück", "votre compte sera", "a été suspendu", "sera suspendu", "ha sido suspendida", "será suspendida", "è stato sospeso", "verrà sospeso", "is geblokkeerd", "wordt geblokkeerd",
  }),
  evidence(2.5, "a demand about an account, with a link", all { lured, body:says { "account", "mailbox", "password", "payment", "konto", "compte", "cuenta", "rekening" } }),
  evidence(2, "open payment for a parcel", all {
    any { subject:says { "paket", "parcel", "package", "sendung", "delivery", "colis", "paquete", "pacco", "pakket", "invoice" }, body:says { "paket", "parcel", "colis", "paquete", "pacco", "pakket" } },
    body:says { "customs fee", "zollgebühr", "unpaid", "offene gebühr", "gebühr", "redelivery fee", "delivery fee", "frais de douane", "tasa de aduana", "spese doganali", "douanekosten" },
    body:more_links_than(0),
  }),
  evidence(1.5, "alarm in the subject", subject:says(alarm)),
  evidence(-2, "known security desk", from:on_list "security_desks"),
}
