-- Money that was or will be paid: orders, tickets, bills, parcels of an order, refunds.
local mail_of = require "lib/mail"

classify "receipt" {
  name = "order",
  only_if = none { mail_of.discussion },

  evidence(3, "known shop", all { from:on_list "shops", none { mail_of.bulk } }),
  evidence(2, "known payment service", from:on_list "payments"),
  evidence(4, "order subject", subject:says {
    "order confirmation", "your order", "order #*", "order no", "order number", "receipt", "e-receipt", "purchase confirmation", "booking confirmation",
    "reservation confirmation", "your booking", "your ticket", "your tickets", "e-ticket", "itinerary", "dispatched", "has shipped", "shipped:",
    "your shipment", "your parcel", "your package", "out for delivery", "delivered:", "payment received", "payment confirmation", "refund",
    "credit note", "your subscription payment", "for your purchase", "thank you for your order", "thanks for your order", "your purchase",
    "bestellbestätigung", "auftragsbestätigung", "ihre bestellung", "deine bestellung", "buchungsbestätigung", "ihre buchung", "deine buchung",
    "kassenbon", "quittung", "zahlungsbestätigung", "zahlungseingang", "versandbestätigung", "lieferschein", "ist unterwegs", "wurde versandt",
    "ihr ticket", "ihre fahrkarte", "erstattung", "gutschrift", "ihr paket", "deine sendung", "ihre sendung", "ihr abschlag", "abholbereit", "ihr beleg",
    "confirmation de commande", "votre commande", "votre réservation", "votre colis", "reçu", "remboursement",
    "confirmación de pedido", "tu pedido", "su pedido", "tu compra", "reembolso", "recibo",
    "conferma ordine", "conferma d'ordine", "il tuo ordine", "ricevuta", "rimborso", "bevestiging van je bestelling", "je bestelling", "uw bestelling",
  }),
  evidence(4, "bill subject", all {
    subject:says {
      "invoice", "bill", "your statement", "payment due", "payment reminder", "rechnung", "*rechnung", "rechnung*", "mahnung", "zahlungserinnerung",
      "*abrechnung", "facture", "factura", "fattura", "factuur", "betaling", "pro forma", "amount due",
    },
    any { mail_of.machine, from:on_list "payments", mail_of.names_money, attachment:has_type "application/pdf" },
    none { thread:has_my_answer() },
  }),
  evidence(2, "amount due", all {
    body:says {
      "total", "subtotal", "amount", "amount due", "balance", "grand total", "order total", "summe", "gesamt", "gesamtbetrag", "zwischensumme", "betrag",
      "rechnungsbetrag", "endbetrag", "restbetrag", "abbuchung", "montant", "total ttc", "importe", "totale", "importo", "totaal", "bedrag", "nachzahlung",
    },
    mail_of.names_money,
  }),
  evidence(1.5, "number of an order", body:says {
    "order number", "order no", "order id", "order #*", "invoice number", "invoice no", "customer number", "booking reference", "booking code", "tracking number",
    "confirmation number", "transaction id", "bestellnummer", "auftragsnummer", "rechnungsnummer", "kundennummer", "buchungsnummer", "buchungscode",
    "sendungsnummer", "sendung", "belegnummer", "numéro de commande", "numéro de suivi", "número de pedido", "numero d'ordine", "bestelnummer", "ordernummer",
  }),
  evidence(1.5, "words of payment", body:says {
    "paid with", "payment method", "card ending in", "billed to", "billing address", "shipping address", "will be charged", "has been charged", "vat",
    "including vat", "sales tax", "we have received your payment", "thank you for your purchase", "thank you for your order",
    "bezahlt mit", "zahlungsart", "zahlungsweise", "rechnungsadresse", "lieferadresse", "wird abgebucht", "buchen wir", "mwst", "umsatzsteuer",
    "versandkosten", "danke für ihren einkauf", "danke für ihre bestellung", "vielen dank für ihre bestellung", "vielen dank für ihre buchung",
    "mode de paiement", "tva", "forma de pago", "iva", "metodo di pagamento", "betaalwijze", "btw",
  }),
  evidence(1.5, "invoice attached", any {
    attachment:named [[(?i)(invoice|receipt|rechnung|beleg|quittung|facture|factura|fattura|factuur|ticket|order|bon)]],
  }),
  evidence(1.5, "billing address", from:address_is {
    "billing@", "invoice@", "invoices@", "order@", "orders@", "order-update@", "orderupdate@", "shipment@", "shipment-tracking@", "shipping@", "auto-confirm@", "rechnung@", "rechnungen@", "bestellung@", "bestellungen@", "buchung@", "receipt@", "receipts@", "payment@", "payments@", "facture@", "factures@", "commandes@", "ventas@", "ordini@",
  }),
  evidence(0.5, "a machine wrote it", mail_of.machine),

  evidence(-3, "advertises", any {
    list:has_one_click(),
    subject:says { "% off", "sale", "deal", "deals", "save", "rabatt", "sparen", "gutschein", "soldes", "promo", "oferta", "sconto", "korting", "angebot" },
  }),
  evidence(-4, "conversation", thread:has_my_answer()),
  evidence(-2, "asks something", all { from:is_person(), body:says { "could you", "can you", "please reissue", "please correct", "unfortunately", "können sie", "könnten sie", "kannst du", "pourriez-vous", "podría", "potrebbe", "kunt u" } }),
  evidence(-2, "a person wrote an answer", all { from:is_person(), mail:is_reply() }),
  evidence(-3, "asks for a login or data", body:says {
    "verify your account", "confirm your identity", "sign in with your mail password", "account suspended", "bank details", "social security number",
  }),
}
