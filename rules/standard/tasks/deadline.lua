-- "I need the figures by Friday": no please, but a day by which something has to be there.
local mail_of = require "lib/mail"
local requests = require "lib/requests"

extract "task" {
  name = "deadline",
  only_if = all { mail_of.letter, to:is_me(), none { mail:is_from_me(), category:is { "spam", "newsletter", "promotion" } } },
  sentence_says = {
    "by", "until", "no later than", "deadline", "due", "before", "within", "bis", "spätestens", "frist", "fällig", "innerhalb",
  },
  each_sentence = function(sentence)
    local due = sentence:due_date()
    if not due or requests.is_courtesy(sentence) then
      return
    end
    local told = sentence:says {
      "need", "needs", "deadline", "due", "must", "send", "submit", "return", "tell me", "give me", "reply", "confirm", "hand in", "be ready", "brauche", "brauchen", "benötige", "benötigen", "frist", "fällig", "abgeben", "einreichen", "schicken", "senden",
      "spätestens", "erbitten", "sag", "antwort", "rückmeldung", "zurückzugeben", "müssen",
    }
    if told then
      return task { title = sentence:as_request(), due = due, quote = sentence, confidence = 0.75 }
    end
  end,
}
