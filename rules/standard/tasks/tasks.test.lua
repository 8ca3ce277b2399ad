test "a request with a day is a task with a due date" {
  given { date = "2025-03-03T09:00:00+01:00", from = "Ann <ann@harbour.example>", subject = "Drawings", text = "Hi,\n\nCould you send me your comments by Friday?\n\nAnn" },
  expect { tasks = { { due = "2025-03-07", quote = "Could you send me your comments by Friday?" } } },
}
test "eine Bitte mit Datum is a task" {
  given { date = "2025-03-03T09:00:00+01:00", from = "K. Seifert <seifert@werk.example>", subject = "Konzept", text = "Guten Tag,\n\nBitte schicken Sie uns das Konzept bis zum 14. März.\n\nK. Seifert" },
  expect { tasks = { { due = "2025-03-14" } } },
}
test "a deadline without please is a task" {
  given { date = "2025-03-03T09:00:00Z", from = "Helen <helen@kestrel.example>", subject = "Budget", text = "I need the figures by Tuesday." },
  expect { tasks = { { due = "2025-03-04" } } },
}
test "a question, a proposal and a command are tasks" {
  given { from = "Tom <tom@kestrel.example>", subject = "Soak test", text = "Do you have the two boards with the old regulator in Berlin? Let's discuss the results of the soak test on the phone soon. Call me when you are back in the office." },
  expect { tasks_count = 3 },
}
test "courtesy is no task" {
  given { from = "Ann <ann@harbour.example>", subject = "Report", text = "Please find attached the report. If you have any questions, please feel free to call. Please note that the office is closed." },
  expect { tasks_count = 0 },
}
test "a quoted request is no task" {
  given { from = "Ann <ann@harbour.example>", subject = "Re: Report", text = "Done.\n\nOn Mon, 3 Mar 2025, Robin wrote:\n> Could you send me the report by Friday?" },
  expect { tasks_count = 0 },
}
test "a bill with a day is a task to pay" {
  given { date = "2025-03-03T09:00:00Z", from = "Acme <billing@acme.example>", subject = "Invoice 4711", text = "Invoice number 4711\nTotal: € 119.90\nPlease pay by 14 March." },
  expect { category = "receipt", tasks = { { due = "2025-03-14", title = "Pay: Invoice 4711" } } },
}
test "eine Rechnung ist zu bezahlen" {
  given { date = "2025-03-03T09:00:00Z", from = "Stadtwerke <rechnung@werke.example>", subject = "Ihre Jahresrechnung", text = "Rechnungsnummer 88, Betrag 138,42 EUR. Bitte überweisen Sie den Betrag bis zum 24. März 2025 auf das bekannte Konto. Vielen Dank für Ihr Vertrauen in die Stadtwerke." },
  expect { category = "receipt", tasks = { { due = "2025-03-24", title = "Bezahlen: Ihre Jahresrechnung" } } },
}
test "a bill that is debited is no task" {
  given { from = "Host <billing@host.example>", subject = "Your invoice 20417", text = "Invoice number 20417\nTotal: € 13.90\nPayment is due now and will be charged to your card." },
  expect { category = "receipt", tasks_count = 0 },
}
test "spam gives no task" {
  given { from = "Win <win@prize.example>", subject = "You won!!", text = "Dear friend, please send your bank details by Friday, you are the beneficiary. Click here." },
  expect { category = "spam", tasks_count = 0 },
}
test "the wish at the foot of a mail is no task" {
  given { from = "Ann <ann@harbour.example>", subject = "Berths", text = "The two berths are free from May on.\n\nAnn\n\nPlease consider the environment before printing this email." },
  expect { tasks_count = 0 },
}
test "small talk is no task" {
  given { from = "Tom <tom@kestrel.example>", subject = "Weekend", text = "Have you seen the new film with the lighthouse? We liked it a lot. See you on the boat." },
  expect { tasks_count = 0 },
}
test "pointing at what is attached is no task" {
  given { from = "Ann <ann@harbour.example>", subject = "Minutes", text = "See the attached minutes.\n\nSee attachments.\n\nPlease see attached." },
  expect { tasks_count = 0 },
}
test "what is asked beside the attachment is a task" {
  given { from = "Ann <ann@harbour.example>", subject = "Lease", text = "Please see the attached lease and sign it." },
  expect { tasks_count = 1 },
}
