test "urgent by tonight is urgent" {
  given { from = "Ann <ann@harbour.example>", subject = "URGENT: pump is down", text = "Hi,\n\nthe pump failed. Could you call me immediately?\n\nAnn", facts = { "wrote_to_sender" } },
  expect { priority = "urgent" },
}
test "dringend bis heute Abend is urgent" {
  given { from = "K. Seifert <seifert@werk.example>", subject = "Dringend: Freigabe", text = "Guten Tag,\n\nbitte schicken Sie uns die Freigabe bis heute Abend.\n\nK. Seifert" },
  expect { priority = "urgent" },
}
test "a request with a day is high" {
  given { from = "Ann <ann@harbour.example>", subject = "Parts list", text = "Hi,\n\ncould you send me the parts list by Friday?\n\nAnn" },
  expect { priority = "high" },
}
test "a letter without haste is normal" {
  given { from = "Ann <ann@harbour.example>", subject = "Photos", text = "Hi,\n\nhere are the photos of the harbour.\n\nAnn" },
  expect { priority = "normal" },
}
test "no reply needed is low" {
  given { from = "Tom <tom@kestrel.example>", subject = "Plot", text = "Plot attached. No reply needed.\n\nTom" },
  expect { priority = "low", needs_reply = false },
}
test "spam that shouts is not urgent" {
  given { from = "Win <win@prize.example>", subject = "URGENT RESPONSE NEEDED", text = "Dear friend, act now, click here. You are the beneficiary, 100% guaranteed." },
  expect { category = "spam", priority = "normal" },
}
test "an offer is low" {
  given { from = "Shop <offers@shop.example>", subject = "Last chance: 30 % off", text = "Urgent: shop now.\n\nUnsubscribe", headers = { ["List-Unsubscribe"] = "<https://shop.example/u>" } },
  expect { priority = "low" },
}
