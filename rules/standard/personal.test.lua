test "a friend from a private address is personal" {
  given { from = "Lena Park <lena.park@gmail.com>", subject = "Saturday?", text = "Hey,\n\nhow are you? We are having a barbecue on Saturday, do come over.\n\nLove\nLena" },
  expect { category = "personal", confidence = at_least(0.7), fired = { "private-letter/private address", "private-letter/private matters" } },
}
test "a German letter of an aunt is personal" {
  given { from = "Tante Gerda <gerda@web.de>", subject = "Geburtstag", text = "Liebe Robin,\n\nzu meinem Geburtstag im Garten bist du herzlich eingeladen. Oma kommt auch.\n\nLiebe Grüße\ndeine Gerda" },
  expect { category = "personal" },
}
test "a friend who writes in French, Spanish, Italian or Dutch is personal" {
  given { from = "Chloé <chloe@orange.fr>", subject = "Vacances", text = "Salut,\n\non se voit ce week-end chez moi ? Maman sera là.\n\nBises\nChloé" },
  expect { category = "personal" },
}
test "a Spanish one" {
  given { from = "Marta <marta@telefonica.net>", subject = "Cumpleaños", text = "Hola:\n\n¿vienes a mi cumpleaños el sábado?\n\nUn abrazo\nMarta" },
  expect { category = "personal" },
}
test "a customer who writes politely is not personal" {
  given { from = "H. Weber <weber@firma.example>", subject = "Angebot 2214", text = "Sehr geehrte Frau Hale,\n\nvielen Dank für das Angebot. Den Vertrag senden wir zurück.\n\nMit freundlichen Grüßen\nH. Weber" },
  expect { category = "work", not_fired = { "private-letter/family" } },
}
test "a stranger who offers an inheritance is no friend" {
  given { from = "Barrister Cole <cole77213@yahoo.com>", subject = "Dear Friend", text = "Dear Friend,\n\nI am the attorney of a late client who left USD 14 million without next of kin. You shall be the beneficiary. Send your full name and bank details in utmost confidence." },
  expect { category = "spam" },
}
