return { name = "standard", version = 1, api = 1 }
