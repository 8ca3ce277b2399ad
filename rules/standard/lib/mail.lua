-- What kind of sender and what kind of sending: the questions that many rules share.
local mail_of = {}

-- Sent to many at once, by the sender's own marks.
mail_of.bulk = any {
  list:has_unsubscribe(),
  list:has_one_click(),
  headers:says("Precedence", { "bulk", "junk" }),
  headers:has "X-Campaign-Id",
  headers:has "X-CSA-Complaints",
  headers:has "Feedback-ID",
  headers:says("X-Mailer", { "mailchimp*", "*mailer*", "campaign*", "accucast*", "lyris*", "listmanager*", "inxmail*" }),
}

-- A place where people write to each other: the post carries the marks of the list.
mail_of.discussion = any {
  headers:has "List-Post",
  headers:has "X-Mailman-Version",
  headers:has "X-BeenThere",
  headers:has "Mailing-List",
  headers:says("Precedence", "list"),
  headers:says("Sender", { "owner-*", "*-admin", "*-bounces" }),
  headers:says("X-Loop", "*"),
}

-- Somebody wrote it, also when a list carried it.
mail_of.by_hand = all {
  none { from:is_noreply(), mail:is_automatic() },
  any { from:is_person(), mail_of.discussion },
}

-- Machines that do not say so in their headers.
mail_of.machine = any { from:is_noreply(), mail:is_automatic() }

-- A person wrote to people, not through a list.
mail_of.letter = all { from:is_person(), none { mail_of.discussion, mail_of.bulk, mail:is_automatic() } }

-- An answer in a conversation: the subject alone can be faked, these fields rarely are.
mail_of.answer = any {
  headers:has "In-Reply-To",
  headers:has "References",
  thread:has_my_answer(),
}

return mail_of
