local automatic = { ["Auto-Submitted"] = "auto-generated" }

test "a build that failed is a notification and matters" {
  given { from = "CI <builds@ci.example>", subject = "[firmware] Build #1884 failed on main", text = "2 of 318 tests failed.\n\nBranch: main\nCommit: 9c41f0e", headers = automatic },
  expect { category = "notification", priority = "high", needs_reply = false },
}
test "a comment in a tracker is a notification" {
  given { from = "GitHub <notifications@github.com>", subject = "Re: [kestrel/firmware] Charge slowly (#612)", text = "tom commented on this pull request:\n\nCan we take the limit from the profile?\n\n--\nReply to this email directly or view it on GitHub", headers = { ["List-Id"] = "kestrel/firmware <firmware.kestrel.github.com>" } },
  expect { category = "notification", needs_reply = false, tasks_count = 0 },
}
test "a parcel and a library in German are notifications" {
  given { from = "Bibliothek <ausleihe@bibliothek.example>", subject = "Leihfrist endet in drei Tagen", text = "Folgende Medien sind zurückzugeben.", headers = automatic },
  expect { category = "notification" },
}
test "mail that could not be delivered is a notification" {
  given { from = "Mail Delivery System <mailer-daemon@mx.example>", subject = "Undelivered Mail Returned to Sender", text = "The mail system could not deliver your message.", headers = { ["Auto-Submitted"] = "auto-replied" } },
  expect { category = "notification", fired = { "delivery-report/report about your mail" } },
}
test "a post of a discussion list is a notification" {
  given { from = "Jo <jo@dev.example>", to = "users@lists.example", subject = "[users] How do I calibrate the receiver?", text = "Hi all,\n\nhow do I calibrate it? Could you send me an example?", headers = { ["List-Id"] = "<users.lists.example>", ["List-Post"] = "<mailto:users@lists.example>", ["Precedence"] = "list" } },
  expect { category = "notification", priority = "low", needs_reply = false, tasks_count = 0, drafts = {} },
}
test "a person's letter is none" {
  given { from = "Ann Lee <ann@harbour.example>", subject = "Status of the project", text = "Hi,\n\nthe contract is signed and the customer is happy.\n\nRegards\nAnn" },
  expect { category = "work" },
}
test "a patch on a developers' list is a notification, not a newsletter" {
  given {
    from = "Jo Dev <jo@dev.example>", to = "linux-serial@vger.example", cc = "tty@vger.example", subject = "[PATCH v2 02/19] serial: add a port", text = "Add the port.\n\nSigned-off-by: Jo Dev <jo@dev.example>\n---\n drivers/tty/serial.c | 14 ++++++++------\n",
    headers = { ["List-Id"] = "<linux-serial.vger.example>", ["List-Subscribe"] = "<mailto:linux-serial+subscribe@vger.example>", ["List-Unsubscribe"] = "<mailto:linux-serial+unsubscribe@vger.example>", ["Precedence"] = "bulk" },
  },
  expect { category = "notification", priority = "low" },
}
