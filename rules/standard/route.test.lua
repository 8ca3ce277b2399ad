test "a sure verdict stands" {
  given { from = "Ana <ana@firm.example>", subject = "Invitation: Planning", text = "Planning.", calendar = "REQUEST" },
  expect { route = "keep" },
}
test "spam is not sent to the AI" {
  given { from = "Win <win@prize.example>", subject = "You won!!", text = "Dear friend, you are the beneficiary, 100% guaranteed, send your bank details. Click here." },
  expect { category = "spam", route = "keep" },
}
test "a letter that may be this or that is asked about" {
  given { from = "Ben <ben@achter.example>", subject = "Jar", text = "There is a jar on the window sill. Is it alive?" },
  expect { confidence = at_most(0.8), route = "ask" },
}
test "what can wait is not asked about" {
  given { from = "Jo <jo@dev.example>", to = "users@lists.example", subject = "[users] receiver", text = "It works now.", headers = { ["List-Id"] = "<users.lists.example>", ["List-Post"] = "<mailto:users@lists.example>", ["Precedence"] = "list" } },
  expect { category = "notification", route = "keep" },
}
