local bulk = { ["List-Id"] = "<mail.shop.example>", ["List-Unsubscribe"] = "<https://shop.example/u>", ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click" }

test "an offer is a promotion" {
  given { from = "Berg <angebote@berg.example>", subject = "Nur noch heute: 25 % auf alle Seile", text = "Bis Mitternacht sparen Sie ein Viertel. Jetzt stöbern.\nSeil 119,90 € statt 159,90 €", headers = bulk },
  expect { category = "promotion", confidence = at_least(0.7), priority = "low" },
}
test "an upgrade for half the price is a promotion" {
  given { from = "Lumo <hello@lumo.example>", subject = "Upgrade today and pay half for three months", text = "Claim the offer, cancel whenever you like. €6.49 a month.", headers = bulk },
  expect { category = "promotion" },
}
test "rebajas and sconti are promotions" {
  given { from = "Tienda <hola@tienda.example>", subject = "Rebajas: hasta 50 % de descuento", text = "Comprar ahora. Envío gratis.", headers = bulk },
  expect { category = "promotion" },
}
test "the confirmation of an order is none" {
  given { from = "Berg <bestellung@berg.example>", subject = "Bestellbestätigung 881", text = "Danke für Ihre Bestellung. Bestellnummer 881. Summe: 119,90 €" },
  expect { category = "receipt", not_fired = { "offer/offer in the subject" } },
}
test "a customer who asks for an offer writes work" {
  given { from = "K. Seifert <seifert@werk.example>", subject = "Angebot Datenlogger", text = "Guten Tag,\n\nkönnten Sie uns bis zum 14. März ein Angebot machen?\n\nFreundliche Grüße\nK. Seifert" },
  expect { category = "work", needs_reply = true },
}
