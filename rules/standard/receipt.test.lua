test "an order is a receipt, not work" {
  given { from = "Acme <orders@acme.example>", subject = "Order confirmation 4711", text = "Thank you for your order.\n\nOrder number 4711\nTotal: € 19.90" },
  expect { category = "receipt", confidence = at_least(0.8), fired = { "order/order subject", "order/amount due" }, route = "keep" },
}
test "a German ticket is a receipt" {
  given { from = "Bahn <buchung@bahn.de>", subject = "Buchungsbestätigung Berlin – Hamburg", text = "Vielen Dank für Ihre Buchung. Auftragsnummer 7KQ.\n\nSumme: 39,90 €" },
  expect { category = "receipt", fired = { "order/known shop" } },
}
test "a French and an Italian order are receipts" {
  given { from = "Boutique <commandes@boutique.example>", subject = "Confirmation de commande n° 881", text = "Merci. Numéro de commande 881. Montant : 24,00 €. Mode de paiement : carte." },
  expect { category = "receipt" },
}
test "an Italian one" {
  given { from = "Negozio <ordini@negozio.example>", subject = "Conferma ordine 17", text = "Totale: 12,00 €. Metodo di pagamento: carta." },
  expect { category = "receipt" },
}
test "an offer of a shop is no receipt" {
  given {
    from = "Amazon <promo@amazon.de>", subject = "Nur heute: 20 % Rabatt auf Schuhe", text = "Jetzt kaufen und sparen. Solange der Vorrat reicht. Statt 80 € nur 64 €.",
    headers = { ["List-Unsubscribe"] = "<https://amazon.example/u>", ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click" },
  },
  expect { category = "promotion" },
}
test "a question about an invoice in a conversation is work" {
  given { from = "B. Wolters <wolters@werk.example>", subject = "Re: Invoice 2027", text = "Hi,\n\nthe project budget covers it, could you correct the purchase order number?\n\nRegards\nB. Wolters", headers = { ["In-Reply-To"] = "<x@y.example>" }, facts = { "thread_has_mine" } },
  expect { category = "work", not_fired = { "order/bill subject" } },
}
test "a bill that wants the password of the mailbox is spam" {
  given { from = "Billing <billing@acct-docs.example>", subject = "Unpaid invoice INV-883021 final notice", text = "Dear customer,\n\nyour invoice is unpaid. To avoid legal steps open the secure document below and sign in with your mail password.\n\nhttp://acct-docs.example/883021" },
  expect { category = "spam" },
}
