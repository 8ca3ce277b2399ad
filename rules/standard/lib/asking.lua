-- How people ask, by what they want. English and German well, others in their usual forms.
local asking = {}

asking.for_answer = {
  "let me know", "let us know", "get back to me", "please reply", "please respond", "please answer", "please advise", "please confirm", "can you confirm", "could you confirm", "your thoughts", "what do you think",
  "waiting for your", "awaiting your", "look forward to your reply", "look forward to hearing from you", "hear from you", "tell me", "any news", "any update", "rsvp", "a short answer",
  "gib mir bescheid", "gebt mir", "sag bescheid", "sag mir bescheid", "sagen sie bescheid", "geben sie mir bescheid", "bescheid geben", "bitte um antwort", "bitte um rückmeldung", "um kurze rückmeldung", "um eine kurze", "freue mich auf ihre antwort", "freue mich auf deine antwort",
  "was meinst du", "was meinen sie", "was hältst du", "rückmeldung", "bitte bestätigen", "bitte antworten", "bitte um kurzen", "teilen sie uns", "teilen sie mir", "melde dich", "melden sie sich",
  "dites-moi", "dis-moi", "tenez-moi", "merci de me dire", "merci de confirmer", "j'attends votre", "qu'en pensez-vous", "qu'en penses-tu", "un petit mot", "votre réponse",
  "dime", "dígame", "avísame", "espero tu respuesta", "espero su respuesta", "qué te parece", "fammi sapere", "mi faccia sapere", "che ne pensi", "attendo una risposta", "laat me weten", "laat het me weten", "wat vind je", "hoor graag",
}

asking.for_deed = {
  "could you", "can you", "would you", "will you", "are you able to", "would you mind", "can i ask you", "may i ask you", "i need you to", "need you to", "would like you to", "want you to", "please send", "please review", "please check", "please call",
  "please sign", "please provide", "please forward", "please prepare", "please update", "please bring", "please fill", "please give", "please have a look", "please take a look", "please help", "i need your", "we need your", "i need from you",
  "kannst du", "könntest du", "können sie", "könnten sie", "würdest du", "würden sie", "könnt ihr", "könntet ihr", "magst du", "bitte schicken", "bitte senden", "bitte schick", "bitte sende", "bitte prüfen", "bitte prüf", "bitte bringen", "bitte bring", "bitte gebt", "bitte gib", "bitte geben", "bitte rufen", "bitte ruf",
  "bräuchte ich", "bräuchten wir", "benötigen wir", "benötige ich", "ich brauche", "fehlen mir noch", "bitten wir", "bitte ich", "wir bitten", "ich bitte",
  "pourriez-vous", "pouvez-vous", "pourrais-tu", "peux-tu", "merci de", "veuillez", "s'il vous plaît", "s'il te plaît", "j'aurais besoin",
  "podrías", "podría", "puedes", "puede", "nos puedes", "me puedes", "podéis", "por favor", "necesito", "necesitamos", "potresti", "potrebbe", "puoi", "può", "per favore", "per cortesia", "avrei bisogno", "kun je", "kunt u", "kan je", "zou je", "zou u", "wil je", "wilt u", "alsjeblieft", "alstublieft", "graag ontvang",
}

asking.to_meet = {
  "can we meet", "could we meet", "let's meet", "lets meet", "shall we", "are you free", "are you available", "do you have time", "have time for", "does that suit you", "does that work for you", "works for you", "would you like to join", "set up a call", "set up a meeting", "schedule a call", "schedule a meeting", "join us",
  "wollen wir", "treffen wir uns", "hast du zeit", "haben sie zeit", "hättest du zeit", "hätten sie zeit", "passt dir", "passt ihnen", "passt euch", "lust auf", "kommst du", "kommt ihr", "kommen sie",
  "es-tu libre", "êtes-vous disponible", "on se voit", "quand es-tu", "estás libre", "podemos vernos", "quedamos", "sei libero", "ci vediamo", "ben je vrij", "kom je", "zullen we",
}

return asking
