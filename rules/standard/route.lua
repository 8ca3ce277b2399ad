-- When the rules' verdict stands, and when it is worth asking the AI.
route(function(mail, verdict, budget)
  if mail.is_from_me then
    return keep "you wrote it"
  end
  if verdict.category == "spam" and verdict.confidence >= 0.7 then
    return keep "spam is not worth a question"
  end
  if verdict.priority == "low" and verdict.confidence >= 0.6 then
    return keep "it can wait"
  end
  if verdict.confidence >= 0.85 then
    return keep "rules are sure"
  end
  if budget.left < 0.2 and verdict.priority ~= "urgent" then
    return keep "saving the budget"
  end
  return ask { purpose = "classify", class = "small", because = "rules are unsure" }
end)
