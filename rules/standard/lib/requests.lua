-- Sentences that ask the reader to do something, and forms that only look like it.
local requests = {}

-- Polite forms that ask for nothing.
requests.courtesy = {
  "please find", "please note", "please be advised", "please do not reply", "please don't reply", "please ignore", "please feel free", "feel free", "please disregard", "if you have any questions", "if you have questions",
  "should you have any questions", "can you believe", "unsubscribe", "opt out", "to be removed", "no longer wish", "please excuse", "please accept my", "yes please", "and yes", "address book", "safe sender", "white list", "whitelist", "future emails", "future e-mails", "future mailings", "additional messages", "prefer not to receive", "do not wish to receive", "wish to not receive", "email preferences", "to ensure delivery", "to ensure that you", "ja bitte", "ja, bitte",
  "bitte beachten sie", "bitte entnehmen", "bitte antworten sie nicht", "bitte nicht antworten", "bitte ignorieren", "bitte schön", "bei fragen", "bitte entschuldigen", "bitte haben sie verständnis", "abmelden",
  "n'hésitez pas", "veuillez trouver", "veuillez agréer", "no dude en", "non esiti", "aarzel niet",
}

-- The mail points at what it brings, or greets.
local pointing = {
  "see attached", "see the attached", "see attachment", "see attachments", "see the attachment", "see enclosed", "see the enclosed", "see below", "see above", "see you", "siehe anhang", "siehe anlage", "siehe unten",
}

-- What is asked of the reader beside it.
local beside = {
  "and send", "and sign", "and let", "and tell", "and give", "and reply", "and return", "and confirm", "and review", "and approve", "and comment", "and get back", "let me know", "could you", "can you", "und schick*", "und unterschreib*", "und prüf*",
}

-- Small talk, and the wishes at the foot of a mail.
local talk = {
  "have you seen the", "have you seen that", "have you heard", "did you see the film", "did you see the movie", "did you see the game", "how are you", "are you well", "hast du den film", "hast du schon gehört", "haben sie schon gehört", "wie geht es",
  "consider the environment", "think before you print", "environment before printing", "an die umwelt", "pensez à l'environnement", "medio ambiente", "all'ambiente", "aan het milieu",
}

-- Whether nothing is asked for, though it sounds like it.
function requests.is_courtesy(sentence)
  return sentence:says(requests.courtesy) or sentence:says(talk) or sentence:says(pointing) and not sentence:says(beside) and not sentence:due_date()
end

-- Somebody asks in so many words.
requests.asked = {
  "please", "pls", "plz", "kindly", "could you", "can you", "would you", "will you", "are you able to", "would you mind", "need you to", "needs you to", "want you to", "like you to", "ask you to", "asking you to",
  "let me know", "let us know", "get back to me", "you need to", "you must", "you'll need to", "you may want to",  "remember to", "don't forget", "do not forget",  "i need your", "we need your", "need to get", "i need the", "we need the", "i need a copy", "can we", "could we", "could i", "can i get", "may i have", "i would appreciate", "i'd appreciate", "would appreciate", "would be great if", "it would help", "appreciate it if", "waiting for your", "awaiting your",
  "bitte", "bitten wir", "könntest du",  "könnten sie",  "könntet ihr", "würdest du", "würden sie", "magst du", "gib mir bescheid", "gib bescheid", "sag bescheid", "sag mir", "geben sie mir bescheid", "schick mir", "schicken sie", "senden sie", "denk dran", "denk daran", "denken sie daran", "vergiss nicht", "vergessen sie nicht",
  "du musst", "sie müssen",  "wir bitten sie", "ich bitte dich", "ich bitte sie", "bräuchte ich", "bräuchten wir", "benötigen wir", "benötige ich", "fehlen mir noch", "fehlt mir noch",
  "pourriez-vous", "pouvez-vous", "pourrais-tu", "peux-tu", "merci de", "veuillez", "s'il vous plaît", "s'il te plaît", "podrías", "podría",  "por favor", "necesito que", "potresti", "potrebbe",  "per favore", "kun je", "kunt u", "zou je", "zou u", "alsjeblieft", "alstublieft",
}

-- Only questions: "Sie können uns erreichen" and "you can rely on it" ask for nothing.
requests.asked_with_mark = {
  "can you", "will you", "do you have", "do you know", "do you want", "do you think", "did you", "have you", "are you", "would it be possible", "is it possible", "were you able", "what do you think", "what is your", "where is your", "when will you", "why don't you", "why don't we", "should we", "shall i", "should i",
  "kannst du", "können sie", "könnt ihr", "hast du", "haben sie", "weißt du", "wissen sie", "wäre es möglich", "ist es möglich", "was hältst du", "was meinst du", "soll ich", "sollen wir",
  "est-ce que vous", "est-ce que tu", "avez-vous", "as-tu", "puedes", "puede usted", "podéis", "tienes", "puoi", "può", "hai", "heb je", "heeft u",
}

-- Proposals to meet, speak or eat.
requests.proposed = {
  "let's", "lets discuss", "lets meet", "lets get", "lets talk", "lets set", "shall we", "we could", "to discuss", "we can discuss", "can discuss", "we can meet", "meet with you", "to meet you", "meet you", "have lunch", "for lunch", "get together", "give me a call", "give us a call", "give you a call", "call me", "join us", "join me", "are you available",
  "are you free", "when you get a chance", "when you get back", "i suggest", "i was wondering if", "wondering if you", "be happy to meet", "glad to meet", "like to talk", "to talk about", "to speak with you", "set up a meeting", "set up a call", "schedule a", "at your convenience", "why don't you", "why don't we", "maybe we", "if you could", "go ahead and",
  "we need to", "to sit down",
  "lass uns", "lassen sie uns", "wollen wir", "treffen wir uns", "ich schlage vor", "wir könnten", "ruf mich an", "rufen sie mich an", "melde dich", "melden sie sich", "passt dir", "passt ihnen", "hast du zeit", "haben sie zeit", "hättest du zeit", "hätten sie zeit",
  "appelle-moi", "appelez-moi", "on se voit", "llámame", "quedamos", "chiamami", "vediamoci", "bel me", "zullen we",
}

-- A sentence that begins with one of these tells the reader to do it.
requests.commands = {
  "call", "give", "send", "check", "talk", "tell", "ask", "make", "get", "take", "put", "add", "fill", "sign", "forward", "reply", "respond", "confirm", "join", "meet", "review", "update", "print", "fax", "mail", "email", "copy", "remember", "remind", "keep", "let", "see", "use", "bring", "book", "order", "prepare", "finish", "provide", "submit", "return",
  "schicke", "schick", "sende", "prüfe", "prüf", "ruf", "gib", "bring", "denk", "lies", "unterschreib", "antworte", "bestätige", "leite", "trag", "besorg", "buche",
}

return requests
