test "an inheritance is spam" {
  given { from = "Emmanuel Cole <barr.e.cole@desk.example>", subject = "CONFIDENTIAL: ESTATE OF LATE ENGINEER", text = "Attention Beloved,\n\nI am the attorney of a man who left USD 14.7 million dollars without next of kin. I seek to present you as beneficiary. Reply with your full name and bank details." },
  expect { category = "spam", confidence = at_least(0.8), needs_reply = false, tasks_count = 0, drafts = {}, route = "keep" },
}
test "easy credit is spam" {
  given { from = "fast7719@cash.example", subject = "You are pre-approved!!", text = "Bad credit? No credit check. Lowest interest rates, no obligation. Click here to apply now.\n\nTo be removed from future mailings reply with remove in the subject." },
  expect { category = "spam", confidence = at_least(0.8) },
}
test "a prize in German is spam" {
  given { from = "Gewinnzentrale <gewinn@auslosung.example>", subject = "Sie haben gewonnen!!", text = "HERZLICHEN GLÜCKWUNSCH!\n\nSehr geehrter Kunde, Sie haben gewonnen. Bestätigen Sie jetzt Ihre Daten, sonst verfällt der Gewinn. Hier klicken." },
  expect { category = "spam" },
}
test "a parcel with an open fee is spam" {
  given { from = "Paket Service <info@parcel-status.example>", subject = "Ihr Paket konnte nicht zugestellt werden - Gebühr offen", text = "Sehr geehrter Kunde,\n\nIhr Paket wartet. Zahlen Sie die offene Zollgebühr innerhalb von 24 Stunden.\n\nhttp://parcel-status.example/pay", headers = { ["Authentication-Results"] = "mx.example; spf=softfail" } },
  expect { category = "spam" },
}
test "what the server's filter marked is spam" {
  given { from = "Deals <deals@cheap.example>", subject = "Hello", text = "Have a look at our catalogue.", headers = { ["X-Spam-Flag"] = "YES" } },
  expect { category = "spam" },
}
test "an answer of somebody one knows is not spam, whatever it says" {
  given { from = "Lena <lena@gmail.com>", subject = "Re: mortgage", text = "Hey,\n\nour mortgage is through, the interest rates were low. Dinner at the weekend?\n\nLove\nLena", headers = { ["In-Reply-To"] = "<m@example.org>" }, facts = { "wrote_to_sender", "thread_has_mine" } },
  expect { category = "personal" },
}
test "a shop's honest offer is a promotion" {
  given { from = "Shop <offers@shop.example>", subject = "Save 20 % this weekend", text = "Shop now, free shipping, limited time.\n\nUnsubscribe", headers = { ["List-Id"] = "<mail.shop.example>", ["List-Unsubscribe"] = "<https://shop.example/u>", ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click" } },
  expect { category = "promotion" },
}
test "a subject that ends in random letters, with a picture alone, is spam" {
  given { from = "bella@fresh-photo.example", subject = "lovely picture kQmZvR2bTxwLpYa", html = "<img src='https://fresh-photo.example/p.gif'>" },
  expect { category = "spam", fired = { "bad-form/random letters end the subject" } },
}
test "the number of a case does not make spam" {
  given { from = "Ines Faber <ines@faber-law.example>", subject = "Documents for case 20250314", text = "Dear Robin,\n\nhere are the documents of the case. Could you look them through by Thursday?\n\nBest\nInes" },
  expect { category = "work", not_fired = { "bad-form/random letters end the subject" } },
}
test "the legal foot of a business mail is not spam" {
  given { from = "Mara Holt <mara.holt@holt-pumps.example>", subject = "Spare seals", text = "Hello Robin,\n\nthe seals leave our store on Monday.\n\nMara Holt\n\nIf you have received this email in error please notify the sender and delete it. This message is strictly confidential. We process personal information according to our privacy policy." },
  expect { category = "work", not_fired = { "pressure/excuses itself", "phishing/asks to confirm an account", "swindle/money from a stranger" } },
}
test "a legal line amid a business mail is not spam" {
  given { from = "Mara Holt <mara.holt@holt-pumps.example>", subject = "Spare seals", text = "Hello Robin,\n\nthe seals leave our store on Monday, the old cover must be removed before. Our help desk has your account information.\n\nHolt Pumps processes personal information with care; whoever received this email in error may tell us.\n\nMara Holt" },
  expect { category = "work" },
}
test "a help desk with a link and a demand is spam" {
  given { from = "help <post2291@mail-team.example>", subject = "Mailbox quota: urgent", text = "Dear user,\n\nyour webmail storage limit is reached and the mailbox will be closed within 24 hours. Click here: http://mail-team.example/login\n\nHelp desk" },
  expect { category = "spam", fired = { "phishing/speaks of an account, with a link and a demand" } },
}
test "the post of a person on a list is not spam" {
  given {
    from = "Jon Abery <jon@abery.example>", subject = "[sailing] mortgage on a boat", text = "Has anybody here paid for a boat with a mortgage? Our bank says it is free of cost, with no obligation.\n\nJon",
    headers = { ["List-Id"] = "<sailing.lists.example>", ["List-Post"] = "<mailto:sailing@lists.example>" },
  },
  expect { category = "work" },
}
test "a short HTML mail says nothing of pictures or links" {
  given { from = "Lea Brandt <lea@brandt.example>", subject = "Hello", html = "<p>Hello Robin, we met at the fair. Shall I send the photos?</p>" },
  expect { not_fired = { "bad-form/hardly a word beside a link", "bad-form/HTML without words" } },
}
