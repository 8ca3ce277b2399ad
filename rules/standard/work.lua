-- Somebody writes about work: customers, colleagues, authorities, the landlord's office.
local mail_of = require "lib/mail"

classify "work" {
  name = "business-letter",
  only_if = mail_of.addressed,

  evidence(1, "a person wrote it", mail_of.addressed),
  evidence(1, "address of an organisation", none { from:on_list "freemail" }),
  evidence(1.5, "on a list of specialists", mail_of.discussion),
  evidence(1, "polite form", body:says {
    "dear sir", "dear madam", "dear mr", "dear ms", "dear mrs", "sehr geehrte*", "mit freundlichen grüßen", "guten tag", "cordialement",
    "veuillez", "atentamente", "estimado", "estimada", "distinti saluti", "gentile", "met vriendelijke groet", "geachte", "best regards",
    "kind regards", "regards", "yours sincerely", "freundliche grüße", "beste grüße", "viele grüße",
  }),
  evidence(1.5, "subject of work", subject:says {
    "project", "contract", "agenda", "minutes", "proposal", "budget", "report", "deadline", "draft", "review", "agreement", "quote",
    "quotation", "offer", "purchase order", "specification", "requirements", "release", "status", "update", "interview", "application",
    "presentation", "slides", "schedule", "memo", "policy", "audit", "tax", "legal", "customer", "client", "invoice", "issue", "ticket",
    "projekt", "vertrag", "angebot", "bericht", "protokoll", "auftrag", "bestellung", "rechnung*", "rückfrage", "unterlagen", "abnahme*",
    "bewerbung", "lieferung", "liefer*", "messkonzept", "konzept", "umsatzsteuer", "steuer*", "termin*", "abrechnung", "*abrechnung",
    "devis", "projet", "contrat", "rapport", "réunion", "maquette", "commande", "presupuesto", "proyecto", "contrato", "informe", "reunión",
    "pedido", "preventivo", "progetto", "contratto", "riunione", "ordine", "offerte", "verslag", "vergadering", "opdracht",
  }),
  evidence(1.5, "words of work", body:says {
    "our company", "the customer", "customers", "the client", "clients", "contract", "agreement", "quarter", "revenue", "stakeholders",
    "please find attached", "attached please find", "as per", "conference call", "project", "budget", "deadline", "proposal", "draft",
    "specification", "supplier", "the team", "department", "purchase order", "invoice", "release", "spreadsheet", "presentation", "slides",
    "firmware", "server", "prototype", "test results", "pull request", "documentation", "schedule",
    "unser unternehmen", "kunden", "vertrag", "im anhang finden sie", "anbei erhalten sie", "projekt", "angebot", "auftrag", "frist", "lieferung",
    "rechnung", "protokoll", "unterlagen", "abteilung", "besprechung", "prototyp", "muster", "montage",
    "notre société", "devis", "projet", "livraison", "atelier", "commande", "nuestra empresa", "presupuesto", "proyecto", "entrega", "taller",
    "la nostra azienda", "preventivo", "progetto", "consegna", "ons bedrijf", "offerte", "levering",
  }),
  evidence(1, "office document", any {
    attachment:has_type {
      "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
      "application/vnd.openxmlformats-officedocument.*", "application/vnd.oasis.opendocument.*",
    },
    attachment:named [[(?i)\.(pdf|docx?|xlsx?|pptx?|od[tsp]|dwg|step|csv)$]],
  }),
  evidence(0.5, "colleagues in copy", cc:more_than(0)),
  evidence(0.5, "you have written to them", from:is_known()),
  evidence(0.5, "goes on with a conversation", mail_of.answer),

  evidence(-1.5, "family", body:says {
    "mum", "mom", "dad", "grandma", "grandpa", "much love", "lots of love", "hugs", "xoxo", "mama", "papa", "oma", "opa", "liebe grüße",
    "alles liebe", "maman", "bisous", "besos", "un beso", "baci", "kusjes", "ihr lieben",
  }),
  evidence(-2, "asks for money or data", body:says { "bank details", "next of kin", "beneficiary", "wire transfer", "your passport" }),
}
