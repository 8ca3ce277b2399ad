-- The rules that every Jackdaw begins with. README.md says what the categories mean.
return {
  name = "standard",
  version = 1,
  api = 1,
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
