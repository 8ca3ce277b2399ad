-- A bill that the owner has to pay: not one that is paid already or is debited by itself.
extract "task" {
  name = "invoice",
  only_if = all {
    category:is { "receipt", "work", "personal" },
    none { mail:is_from_me() },
    none {
      body:says {
        "has been paid", "was paid", "paid with", "payment received", "we have received your payment", "will be charged", "has been charged", "was charged", "direct debit", "nothing is left to do", "no payment is due",
        "bezahlt mit", "wurde bezahlt", "bereits bezahlt", "wird abgebucht", "buchen wir", "wir buchen", "lastschrift", "zahlung erhalten", "déjà payé", "prélèvement", "domiciliación", "addebito", "automatische incasso",
      },
    },
  },
  sentence_says = {
    "pay", "payment", "payable", "amount due", "balance due", "transfer", "remit", "zahlbar", "zahlen", "überweisen", "überweisung", "fällig", "nachzahlung", "begleichen", "payer", "paiement", "pagar", "pago", "pagare", "pagamento", "betalen", "betaling",
  },
  each_sentence = function(sentence, mail)
    local due = sentence:due_date()
    local told = sentence:says {
      "please pay", "please transfer", "please remit", "payment is due", "payment due", "is due", "amount due", "payable", "must be paid", "to be paid", "pay by", "pay before", "bitte überweisen", "bitte zahlen", "bitte begleichen", "zahlbar", "ist fällig", "fällig am", "zu zahlen", "zu überweisen",
      "nachzahlung", "überweisen sie", "veuillez payer", "à payer", "debe pagar", "da pagare", "te betalen",
    }
    if told then
      local verb = mail.language == "de" and "Bezahlen: " or "Pay: "
      return task { title = verb .. mail.subject, due = due, quote = sentence, confidence = due and 0.9 or 0.7 }
    end
  end,
}
