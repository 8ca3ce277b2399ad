test "an invitation is a meeting, and has an answer ready" {
  given { from = "Ana <ana@firm.example>", subject = "Invitation: Planning (Mon, 10 March, 09:00)", text = "Planning for the second quarter.", calendar = "REQUEST" },
  expect { category = "meeting", confidence = at_least(0.9), needs_reply = true, fired = { "calendar-mail/invitation" }, drafts = { "accept", "schedule", "decline" } },
}
test "a cancelled appointment is a meeting and needs nothing" {
  given { from = "Ana <ana@firm.example>", subject = "Canceled: Planning", text = "This event has been canceled.", calendar = "CANCEL" },
  expect { category = "meeting", needs_reply = false, drafts = {} },
}
test "a proposed time in German is a meeting" {
  given { from = "Ute Kern <kern@amt.example>", subject = "Terminvorschlag", text = "Sehr geehrte Frau Hale,\n\nkönnen wir uns am Dienstag um 10 Uhr treffen? Passt Ihnen das?\n\nUte Kern" },
  expect { category = "meeting", needs_reply = true },
}
test "minutes of a meeting are work" {
  given { from = "Ana <ana@firm.example>", subject = "Minutes of the project meeting", text = "All,\n\nhere are the minutes. The budget was approved and the draft contract goes to the customer.\n\nRegards\nAna" },
  expect { category = "work" },
}
test "a webinar that is advertised is no meeting" {
  given {
    from = "Growth Tools <events@tools.example>", subject = "Join our meeting of minds: save 20%", text = "Register now. Buy now and save.\nUnsubscribe",
    headers = { ["List-Unsubscribe"] = "<https://tools.example/u>", ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click" },
  },
  expect { category = "promotion" },
}
