local list = { ["List-Id"] = "<weekly.paper.example>", ["List-Unsubscribe"] = "<https://paper.example/u>", ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click", ["Precedence"] = "bulk" }

test "an issue is a newsletter" {
  given { from = "Embedded Weekly <editor@paper.example>", subject = "Embedded Weekly #402: Sleeping at 300 nA", text = "In this issue: how low can a board go? Read more on the web.\n\nUnsubscribe", headers = list },
  expect { category = "newsletter", confidence = at_least(0.8), priority = "low", needs_reply = false, tasks_count = 0 },
}
test "a German one, too" {
  given { from = "Datenbrief <redaktion@brief.example>", subject = "Datenbrief 61: Wem gehört der Zähler?", text = "Liebe Leserinnen und Leser,\n\nin dieser Ausgabe geht es um Messwerte. Weiterlesen im Browser.\n\nAbmelden", headers = list },
  expect { category = "newsletter" },
}
test "and a French and a Dutch one" {
  given { from = "La Lettre du vélo <bonjour@velo.example>", subject = "La lettre n° 12", text = "Chers lecteurs, dans ce numéro : rouler l'hiver. Lire la suite.\n\nSe désabonner", headers = list },
  expect { category = "newsletter" },
}
test "a Dutch one" {
  given { from = "Fietskrant <post@fiets.example>", subject = "Nieuwsbrief maart", text = "Beste lezers, lees verder over de Maas.\n\nUitschrijven", headers = list },
  expect { category = "newsletter" },
}
test "a request in a newsletter is no task" {
  given { from = "Paper <news@paper.example>", subject = "Weekly digest", text = "Please send us your stories by Friday.\n\nUnsubscribe", headers = list },
  expect { category = "newsletter", tasks_count = 0, drafts = {} },
}
test "a sale is a promotion, not a newsletter" {
  given { from = "Shop <offers@shop.example>", subject = "48 hours: 30 % off everything", text = "Shop now. Use code SPRING. Free shipping.\n\nUnsubscribe", headers = list },
  expect { category = "promotion" },
}
test "a letter that mentions the news is no newsletter" {
  given { from = "Lena <lena@gmail.com>", subject = "News from us", text = "Hey,\n\nlots of news: we got a dog.\n\nLove\nLena" },
  expect { category = "personal" },
}
