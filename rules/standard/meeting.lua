-- An appointment is made, moved, answered or cancelled.
local mail_of = require "lib/mail"

classify "meeting" {
  name = "calendar-mail",
  evidence(7, "invitation", calendar:is_invite()),
  evidence(6, "answer to an invitation", calendar:method_is { "REPLY", "CANCEL", "COUNTER", "DECLINECOUNTER" }),
  evidence(3, "calendar file", all { calendar:is_there(), none { calendar:method_is "REQUEST" }, none { mail_of.bulk } }),
  evidence(3, "calendar service", from:on_list "calendars"),
  evidence(2, "calendar subject", all {
    any { calendar:is_there(), from:on_list "calendars", mail_of.machine },
    subject:says {
      "invitation:", "updated invitation", "canceled event", "cancelled event", "canceled:", "cancelled:", "accepted:", "declined:",
      "tentative:", "einladung:", "abgesagt:", "zugesagt:", "angenommen:", "abgelehnt:", "aktualisierte einladung", "invitation :", "accepté",
      "annulé", "invitación:", "cancelado:", "aceptado:", "invito:", "annullato:", "uitnodiging:", "geannuleerd:",
    },
  }),
}

classify "meeting" {
  name = "appointment",
  only_if = none { list:has_one_click(), mail_of.discussion },

  evidence(3.5, "meeting subject", subject:says {
    "meeting", "mtg", "conference call", "call tomorrow", "lunch", "appointment", "invitation", "reschedule", "rescheduled", "catch up",
    "interview schedule", "rehearsal", "site visit", "kick-off", "kickoff", "calendar",
    "termin", "terminvorschlag", "terminanfrage", "einladung", "besprechung", "treffen", "verabredung", "ortstermin", "abnahmetermin",
    "jahresgespräch", "terminverschiebung", "ihren termin", "réunion", "rendez-vous", "rdv", "invitation", "reunión", "cita", "riunione",
    "appuntamento", "vergadering", "afspraak",
  }),
  evidence(3, "proposes to meet", body:says {
    "can we meet", "could we meet", "let's meet", "lets meet", "shall we meet", "would you be available", "are you available", "are you free",
    "does that time work", "does this time work", "what time works", "which day suits", "does that suit you", "set up a call",
    "schedule a call", "set up a meeting", "schedule a meeting", "arrange a meeting", "have a call", "hop on a call", "jump on a call",
    "join the call", "meet with you", "put it on your calendar", "on your calendar", "calendar invite", "we meet on", "we will meet", "meeting is scheduled",
    "wollen wir uns treffen", "können wir uns treffen", "treffen wir uns", "passt ihnen", "passt dir", "passt es dir", "passt euch",
    "hätten sie zeit", "hättest du zeit", "hast du zeit", "haben sie zeit", "einen termin", "ihren termin", "terminvorschlag", "der termin",
    "zum termin", "telefonieren wir", "wir treffen uns", "trifft sich",
    "pouvons-nous nous rencontrer", "êtes-vous disponible", "es-tu disponible", "un rendez-vous", "nos vemos", "podemos reunirnos",
    "estás libre", "está disponible", "possiamo incontrarci", "sei libero", "un appuntamento", "kunnen we afspreken", "ben je beschikbaar",
  }),
  evidence(1.5, "a time of day", all {
    any { body:says { "meet", "meeting", "call", "appointment", "lunch", "termin", "treffen", "uhr", "réunion", "reunión", "riunione", "afspraak" } },
    mail_of.names_time,
  }),
  evidence(1, "a place to meet", body:says {
    "conference room", "meeting room", "dial-in", "dial in", "passcode", "join the meeting", "join zoom meeting", "teams meeting", "google meet",
    "besprechungsraum", "sitzungsraum", "treffpunkt", "einwahl", "salle de réunion", "sala de reuniones", "sala riunioni", "vergaderzaal",
  }),
  evidence(-3, "no conversation", any { mail_of.bulk, list:has_unsubscribe() }),
  evidence(-1.5, "a machine wrote it", mail_of.machine),
  evidence(-2.5, "long text", body:longer_than(4000)),
  evidence(-2, "what was said there", subject:says { "minutes", "notes", "protokoll", "compte rendu", "notulen", "verbale" }),
}
