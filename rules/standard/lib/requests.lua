-- Sentences that ask the reader to do something, and forms that only look like it.
local requests = {}

-- Polite forms that ask for nothing.
requests.courtesy = {
  "please find", "please see attached", "please note", "please be advised", "please do not reply", "please don't reply", "please ignore", "please feel free", "feel free", "please disregard", "if you have any questions", "if you have questions",
  "should you have any questions", "can you believe", "unsubscribe", "opt out", "to be removed", "no longer wish", "please excuse", "please accept my",
  "bitte beachten sie", "bitte entnehmen", "bitte antworten sie nicht", "bitte nicht antworten", "bitte ignorieren", "bitte schön", "bei fragen", "bitte entschuldigen", "bitte haben sie verständnis", "abmelden",
  "n'hésitez pas", "veuillez trouver", "veuillez agréer", "no dude en", "non esiti", "aarzel niet",
}

-- Somebody asks in so many words.
requests.asked = {
  "please", "pls", "plz", "kindly", "could you", "can you", "would you", "will you", "are you able to", "would you mind", "need you to", "needs you to", "want you to", "like you to", "ask you to", "asking you to",
  "let me know", "let us know", "get back to me", "you need to", "you have to", "you must", "you should", "you'll need to", "you may want to", "you might want to", "remember to", "don't forget", "do not forget", "make sure", "be sure to", "i need your", "we need your", "need to get", "i need the", "we need the", "i need a copy", "can we", "could we", "could i", "can i get", "may i have", "i would appreciate", "i'd appreciate", "would appreciate", "would be great if", "it would help", "appreciate it if", "waiting for your", "awaiting your",
  "bitte", "bitten wir", "kannst du", "könntest du", "können sie", "könnten sie", "könnt ihr", "könntet ihr", "würdest du", "würden sie", "magst du", "gib mir bescheid", "gib bescheid", "sag bescheid", "sag mir", "geben sie mir bescheid", "schick mir", "schicken sie", "senden sie", "denk dran", "denk daran", "denken sie daran", "vergiss nicht", "vergessen sie nicht",
  "du musst", "sie müssen", "du solltest", "sie sollten", "wir bitten sie", "ich bitte dich", "ich bitte sie", "bräuchte ich", "bräuchten wir", "benötigen wir", "benötige ich", "fehlen mir noch", "fehlt mir noch",
  "pourriez-vous", "pouvez-vous", "pourrais-tu", "peux-tu", "merci de", "veuillez", "s'il vous plaît", "s'il te plaît", "podrías", "podría", "puedes", "por favor", "necesito que", "potresti", "potrebbe", "puoi", "per favore", "kun je", "kunt u", "zou je", "zou u", "alsjeblieft", "alstublieft",
}

return requests
