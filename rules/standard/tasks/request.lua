-- "Could you review the draft?": somebody asks the owner to do something.
local mail_of = require "lib/mail"
local requests = require "lib/requests"

extract "task" {
  name = "request",
  only_if = all { mail_of.letter, to:is_me(), none { mail:is_from_me(), category:is { "spam", "newsletter", "promotion" } } },
  sentence_says = requests.asked,
  each_sentence = function(sentence)
    if sentence:says(requests.courtesy) then
      return
    end
    local due = sentence:due_date()
    return task { title = sentence:as_request(), due = due, quote = sentence, confidence = due and 0.85 or 0.7 }
  end,
}
