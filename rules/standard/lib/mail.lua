-- What kind of sender and what kind of sending: the questions that many rules share. A condition
-- that is made once here is also evaluated once per mail.
local mail_of = {}

-- Nobody sits behind the address, whatever the headers say.
mail_of.machine = any {
  from:is_noreply(),
  mail:is_automatic(),
  from:address_is {
    "account@", "accounts@", "bot@", "builds@", "buildbot@", "ci@", "cron@", "devnull@", "fax@", "gateway@", "git@", "jenkins@", "jira@", "monitor@", "monitoring@", "nagios@",
    "printer@", "rssfeeds@", "scan@", "scanner@", "security@", "server@", "status@", "tracker@", "voicemail@", "webmaster@", "wordpress@",
  },
}

-- Sent to many at once, by the sender's own marks.
mail_of.bulk = any {
  list:has_unsubscribe(),
  list:has_one_click(),
  headers:says("Precedence", { "bulk", "junk" }),
  headers:has "Feedback-ID",
  headers:has "X-CSA-Complaints",
  headers:says("X-Mailer", { "mailchimp*", "*mailer", "campaign*", "accucast*", "lyris*", "listmanager*", "inxmail*", "sendgrid*" }),
}

-- A place where people write to each other: the post carries the marks of the list.
mail_of.discussion = any {
  headers:has "List-Post",
  headers:has "X-Mailman-Version",
  headers:has "X-BeenThere",
  headers:has "Mailing-List",
  headers:has "X-Mailing-List",
  all { list:has_id(), any { headers:has "In-Reply-To", headers:has "References", headers:has "List-Subscribe" }, none { list:has_one_click() } },
  headers:says("Precedence", "list"),
  headers:says("Sender", { "owner-*", "*-admin", "*-bounces" }),
}

-- Such a post whose author has a name of two words or more.
mail_of.post = all { mail_of.discussion, list:has_id(), headers:matches("From", [[^\s*"?[^\s<>"@]+ [^<>"@]*"?\s*<|\(\S+ [^()]+\)\s*$]]), none { mail_of.machine, list:has_one_click() } }

-- The text says how to leave: nobody writes that to a friend.
mail_of.way_out = body:says {
  "unsubscribe", "to be removed from this list", "remove yourself from this list", "manage your subscription", "manage subscriptions", "update your preferences", "email preferences", "you are receiving this email because you",
  "you received this newsletter", "you received this email because", "you're receiving this", "cancel your subscription", "abbestellen", "newsletter abbestellen", "vom newsletter abmelden", "abmelden", "austragen", "se désabonner", "désinscrire",
  "vous désabonner", "darse de baja", "cancelar suscripción", "disiscriviti", "cancella iscrizione", "annulla iscrizione", "uitschrijven", "afmelden",
}

-- A person wrote to people, not through a list.
mail_of.letter = all { from:is_person(), none { mail_of.discussion, mail_of.bulk, mail_of.machine, mail_of.way_out } }

-- A letter, or the post of a list that is meant for the owner.
mail_of.addressed = any {
  mail_of.letter,
  all { mail_of.discussion, none { mail_of.machine }, any { to:is_me(), thread:has_my_answer() } },
}

-- An answer in a conversation: the subject alone can be faked, these fields rarely are.
mail_of.answer = any { headers:has "In-Reply-To", headers:has "References", thread:has_my_answer() }

-- The receiving server could not prove that the sender is who it says.
mail_of.unproven = headers:says("Authentication-Results", { "dmarc=fail", "spf=fail", "spf=softfail" })

mail_of.marked_important = any {
  headers:says("X-Priority", { "1", "2" }),
  headers:says("Importance", "high"),
  headers:says("Priority", "urgent"),
}

-- Money, a share of it, times of day, numbers of an issue.
mail_of.names_money = body:says { "*€*", "*£*", "*$*", "eur", "usd", "gbp", "chf", "euro", "dollars" }
mail_of.names_percent = any { subject:says { "*%", "% *", "percent", "prozent" }, body:says { "*%", "percent off", "prozent" } }
mail_of.numbered = subject:says { "no. *", "nr. *", "n° *", "issue", "vol. *", "volume", "edition", "ausgabe", "folge", "numéro", "número", "numero", "#*" }
mail_of.topic_in_brackets = subject:says { "[*" }
mail_of.names_time = body:says {
  "*:00", "*:15", "*:30", "*:45", "*:10", "*:20", "*:40", "*:50", "uhr", "o'clock", "am", "pm", "a.m.", "p.m.", "noon", "1pm", "2pm", "3pm", "4pm", "5pm", "6pm", "7am", "8am", "9am", "10am", "11am",
  "mittags", "heures", "9h", "10h", "11h", "14h", "15h", "16h",
}

return mail_of
