test "a request gets an acknowledgement and a refusal to choose from" {
  given { from = "Ann <ann@harbour.example>", subject = "Report", text = "Hi,\n\ncould you send me the report?\n\nAnn" },
  expect { drafts = { "acknowledge", "decline" } },
}
test "an appointment gets three answers" {
  given { from = "Ann <ann@harbour.example>", subject = "Meeting on Tuesday", text = "Hi,\n\ncan we meet on Tuesday at 10:00? Does that suit you?\n\nAnn" },
  expect { category = "meeting", drafts = { "accept", "schedule", "decline" } },
}
test "a bill of a person gets an answer" {
  given { from = "Ben Achter <ben@achter.example>", subject = "Invoice for March", text = "Invoice number 12, total € 310.00, payable by 31 March.", attachments = { { name = "invoice-12.pdf", type = "application/pdf" } } },
  expect { category = "receipt", drafts = { "payment" } },
}
test "thanks and machines get nothing" {
  given { from = "CI <noreply@ci.example>", subject = "Build failed", text = "Could you have a look?" },
  expect { drafts = {} },
}
