-- The rules that every Jackdaw begins with. README.md says what the categories mean.
return {
  name = "standard",
  version = 1,
  api = 1,
  -- How often a verdict of a score was right: measured on labelled mail of three classes (wanted, bulk, spam).
  confidence = {
    { -3, 0.08 }, { -2, 0.16 }, { -1, 0.38 }, { 0, 0.74 }, { 1, 0.87 }, { 2, 0.95 }, { 3, 0.983 }, { 5, 0.988 }, { 8, 0.994 }, { 12, 0.997 },
  },
  lists = {
    brands_of_newsletters = "lists/newsletter-senders.txt",
    calendars = "lists/calendars.txt",
    freemail = "lists/freemail.txt",
    networks = "lists/networks.txt",
    payments = "lists/payments.txt",
    security_desks = "lists/security-desks.txt",
    shops = "lists/shops.txt",
  },
}
