test "a customer who asks for a quotation is work" {
  given { from = "Ann Lee <ann.lee@harbour.example>", subject = "Quotation for six sensors", text = "Dear Mr Hale,\n\nplease find attached the specification. Could you send us your proposal and the delivery schedule by 14 March?\n\nBest regards\nAnn Lee" },
  expect { category = "work", confidence = at_least(0.7) },
}
test "an authority that writes in German is work" {
  given { from = "M. Schulz <schulz@stadt.example>", subject = "Unterlagen zum Projekt", text = "Sehr geehrte Damen und Herren,\n\nfür den Auftrag fehlen uns noch Unterlagen.\n\nMit freundlichen Grüßen\nM. Schulz" },
  expect { category = "work", confidence = at_least(0.7) },
}
test "a French supplier is work" {
  given { from = "Paul Roux <p.roux@atelier.example>", subject = "Devis et livraison", text = "Bonjour,\n\nvotre commande part demain, le devis est joint.\n\nCordialement\nPaul Roux" },
  expect { category = "work" },
}
test "a post of a list in a thread that the owner answered is work" {
  given {
    from = "Jo Dev <jo@dev.example>", to = "hackers@lists.example", subject = "Re: [hackers] patch for the parser", text = "I tried your patch and the test fails on the old server.",
    headers = { ["List-Id"] = "<hackers.lists.example>", ["List-Post"] = "<mailto:hackers@lists.example>", ["In-Reply-To"] = "<a@b.example>" }, facts = { "thread_has_mine" },
  },
  expect { category = "work" },
}
test "the same post is a notification when the owner only reads along" {
  given {
    from = "Jo Dev <jo@dev.example>", to = "hackers@lists.example", subject = "Re: [hackers] patch for the parser", text = "I tried your patch and the test fails on the old server.",
    headers = { ["List-Id"] = "<hackers.lists.example>", ["List-Post"] = "<mailto:hackers@lists.example>", ["In-Reply-To"] = "<a@b.example>" },
  },
  expect { category = "notification", priority = "low", needs_reply = false },
}
test "a sister is not work" {
  given { from = "Mara <mara@web.de>", subject = "Mum", text = "Hey, Mum and Dad ask whether you come at the weekend. Love, Mara" },
  expect { category = "personal" },
}
