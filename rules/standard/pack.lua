-- The rules that every Jackdaw begins with. README.md says what the categories mean.
return {
  name = "standard",
  version = 1,
  api = 1,
  -- How often a verdict of a score was right, measured on labelled mail and lowered where the labels are coarse.
  confidence = {
    { -3, 0.1 }, { -2, 0.2 }, { -1, 0.48 }, { 0, 0.62 }, { 1, 0.78 }, { 2, 0.89 }, { 3, 0.94 }, { 5, 0.97 }, { 8, 0.99 }, { 12, 0.995 },
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
