classify "newsletter" { name = "mailing",
  evidence(3, "list header", list:has_id()),
}
