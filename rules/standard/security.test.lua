test "a sign-in from a new place is security and urgent" {
  given { from = "Grove Security <security@grove.example>", subject = "New sign-in to Grove from Bristol", text = "Your account was just signed in to from a new place. If this wasn't you, change your password now.", headers = { ["Auto-Submitted"] = "auto-generated" } },
  expect { category = "security", confidence = at_least(0.8), priority = "urgent" },
}
test "a code in German is security" {
  given { from = "Perch <noreply@perch.example>", subject = "Dein Bestätigungscode: 482913", text = "Geben Sie diesen Code ein. Teilen Sie diesen Code nicht.", headers = { ["Auto-Submitted"] = "auto-generated" } },
  expect { category = "security" },
}
test "a password reset in French is security" {
  given { from = "Compte <no-reply@service.example>", subject = "Réinitialiser votre mot de passe", text = "Si ce n'était pas vous, ignorez ce message." },
  expect { category = "security" },
}
test "a threat to close the account is spam, not security" {
  given { from = "PayPal Service <account@pp-check.example>", subject = "Your account has been limited", text = "Dear customer,\n\nunusual activity: verify your account within 24 hours or it will be suspended.\n\nhttp://pp-check.example/login" },
  expect { category = "spam", fired = { "phishing/brand name, other address" }, not_fired = { "account-guard/known security desk" } },
}
test "a colleague who writes about passwords is work" {
  given { from = "Tom <tom@kestrel.example>", subject = "Password policy for the project", text = "Hi,\n\nthe customer wants a longer password in the specification. Please review the draft.\n\nRegards\nTom" },
  expect { category = "work" },
}
