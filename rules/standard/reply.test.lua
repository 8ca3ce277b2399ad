test "a question to the owner needs a reply" {
  given { from = "Ann <ann@harbour.example>", subject = "Retainer", text = "Hi,\n\nis the day rate unchanged?\n\nAnn" },
  expect { needs_reply = true, fired = { "asked-directly/asks a question" }, drafts = { "acknowledge", "decline" } },
}
test "eine Bitte um Rückmeldung needs a reply" {
  given { from = "K. Seifert <seifert@werk.example>", subject = "Termin", text = "Guten Tag,\n\nbitte um kurze Rückmeldung zum Stand der Montage.\n\nK. Seifert" },
  expect { needs_reply = true },
}
test "une question et una pregunta need a reply" {
  given { from = "Claire <claire@atelier.example>", subject = "Lampes", text = "Bonjour,\n\npourriez-vous nous envoyer un devis ?\n\nClaire" },
  expect { needs_reply = true },
}
test "thanks need none" {
  given { from = "Ann <ann@harbour.example>", subject = "Re: Retainer", text = "Thank you, that is approved now." },
  expect { needs_reply = false, drafts = {} },
}
test "a question that is only quoted needs none" {
  given { from = "Ann <ann@harbour.example>", subject = "Re: Retainer", text = "All settled.\n\nOn Mon, 3 Mar 2025, Robin wrote:\n> Could you confirm the rate?\n> Is it four days?" },
  expect { needs_reply = false },
}
test "a question in copy needs none" {
  given { from = "Ann <ann@harbour.example>", to = "tom@kestrel.example", cc = "me@example.org", subject = "Antenna", text = "Tom, could you measure the antenna?" },
  expect { needs_reply = false, tasks_count = 0 },
}
test "a machine's question needs none" {
  given { from = "Survey <noreply@survey.example>", subject = "How did we do?", text = "Could you rate us? Are you satisfied?" },
  expect { needs_reply = false },
}
test "no reply needed is taken at its word" {
  given { from = "Tom <tom@kestrel.example>", subject = "Plot", text = "Plot attached. Nice, isn't it? No reply needed." },
  expect { needs_reply = false },
}
