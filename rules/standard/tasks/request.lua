-- "Could you review the draft?": somebody asks the owner to do something.
local mail_of = require "lib/mail"
local requests = require "lib/requests"

local for_me = all {
  mail_of.letter,
  to:is_me(),
  none { mail:is_from_me(), category:is { "spam", "newsletter", "promotion" } },
}

local function request(sentence, confidence)
  if requests.is_courtesy(sentence) then
    return
  end
  local due = sentence:due_date()
  return task { title = sentence:as_request(), due = due, quote = sentence, confidence = due and confidence + 0.1 or confidence }
end

extract "task" {
  name = "request",
  only_if = for_me,
  sentence_says = requests.asked,
  each_sentence = function(sentence)
    return request(sentence, 0.8)
  end,
}

extract "task" {
  name = "question",
  only_if = for_me,
  sentence_says = requests.asked_with_mark,
  each_sentence = function(sentence)
    if sentence:text():find("?", 1, true) then
      return request(sentence, 0.6)
    end
  end,
}

extract "task" {
  name = "proposal",
  only_if = for_me,
  sentence_says = requests.proposed,
  each_sentence = function(sentence)
    return request(sentence, 0.6)
  end,
}

local is_command = {}
for _, verb in ipairs(requests.commands) do
  is_command[verb] = true
end

extract "task" {
  name = "command",
  only_if = for_me,
  sentence_says = requests.commands,
  each_sentence = function(sentence)
    local first = sentence:text():match "^%W*(%a+)%s"
    if first and is_command[first:lower()] then
      return request(sentence, 0.6)
    end
  end,
}
