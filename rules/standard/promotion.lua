-- Advertising of somebody with whom one has to do: offers, vouchers, launches.
local mail_of = require "lib/mail"

classify "promotion" {
  name = "offer",
  only_if = none { mail_of.discussion, thread:has_my_answer(), calendar:is_there() },

  evidence(1.5, "sent in bulk", any { mail_of.bulk, list:has_id(), list:has_unsubscribe() }),
  evidence(1, "one-click unsubscribe", list:has_one_click()),
  evidence(3, "offer in the subject", any {
    subject:says {
      "sale", "% off", "save", "discount", "coupon", "voucher", "promo", "deal", "deals", "offer", "offers", "special offer", "free shipping", "last chance",
      "only today", "today only", "ends tonight", "ends soon", "black friday", "cyber monday", "clearance", "half price", "half for", "new arrivals", "just landed",
      "gift card", "upgrade", "free trial", "launch", "announcing", "introducing", "exclusive", "pre-order", "new on",
      "rabatt", "sparen", "gutschein", "aktion", "angebot", "angebote", "schlussverkauf", "nur heute", "nur noch heute", "letzte chance", "gratis", "kostenlos",
      "versandkostenfrei", "zum preis von", "zum halben preis", "neu im", "der neue", "die neue", "das neue", "reduziert",
      "soldes", "promotion", "réduction", "offre", "livraison gratuite", "rebajas", "oferta", "descuento", "envío gratis", "sconto", "sconti", "offerta",
      "saldi", "korting", "aanbieding", "uitverkoop", "gratis verzending",
    },
    subject:says { "*%" },
  }),
  evidence(2, "offer in the text", body:says {
    "shop now", "buy now", "order now", "add to cart", "while supplies last", "while stocks last", "limited time", "use code", "promo code", "discount code",
    "free shipping", "off your next", "claim your", "claim the offer", "redeem", "upgrade now", "cancel whenever", "start your free trial", "watch now", "start watching", "pick one", "reserve now", "book now", "best price", "special price",
    "jetzt kaufen", "jetzt bestellen", "jetzt sichern", "jetzt stöbern", "zum angebot", "zum shop", "solange der vorrat reicht", "gutscheincode", "gutschein einlösen",
    "versand kostenlos", "kostenloser versand", "sparen sie", "spare bis zu", "mindestbestellwert", "günstiger", "statt",
    "j'en profite", "acheter maintenant", "code promo", "comprar ahora", "código promocional", "acquista ora", "codice sconto", "bestel nu", "kortingscode",
  }),
  evidence(1, "prices", all { mail_of.names_money, any { mail_of.bulk, body:more_links_than(2) } }),
  evidence(1, "known shop", from:on_list "shops"),
  evidence(1, "address of a sales desk", from:address_is {
    "offer@", "offers@", "deals@", "promo@", "promotion@", "promotions@", "marketing@", "sales@", "shop@", "angebot@", "angebote@", "aktion@", "laden@", "hello@", "hi@", "mail@", "post@", "info@", "offerte@", "ventas@", "store@",
  }),
  evidence(0.5, "percent", mail_of.names_percent),

  evidence(-2.5, "an order of yours", any {
    subject:says { "your order", "order confirmation", "invoice", "receipt", "ihre bestellung", "bestellbestätigung", "buchungsbestätigung", "rechnung", "votre commande", "tu pedido", "il tuo ordine", "je bestelling" },
    body:says { "order number", "invoice number", "bestellnummer", "auftragsnummer", "rechnungsnummer", "tracking number", "sendungsnummer" },
  }),
  evidence(-3, "written by hand", mail_of.letter),
  evidence(-2, "numbered issue", mail_of.numbered),
  evidence(-2, "about your account", subject:says { "password", "sign-in", "verification", "code", "mentioned you", "passwort", "anmeldung", "commented" }),
}
