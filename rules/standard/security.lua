-- Sign-ins, passwords, codes, permissions: what one reads at once, because it may be an attack.
local mail_of = require "lib/mail"

classify "security" {
  name = "account-guard",
  only_if = none { mail_of.discussion, mail_of.letter, list:has_one_click() },

  evidence(3, "known security desk", from:on_list "security_desks"),
  evidence(1.5, "address of a security desk", from:address_is {
    "security@", "account-security@", "accountsecurity@", "security-noreply@", "sicherheit@", "account@", "accounts@", "id@", "login@", "auth@", "verify@", "verification@", "seguridad@", "securite@", "sicurezza@", "beveiliging@",
  }),
  evidence(5, "sign-in or password in the subject", subject:says {
    "sign-in", "sign in attempt", "signin", "new login", "login from", "logged in", "new device", "password", "passcode", "verification code", "security code", "login code", "one-time",
    "your code", "code is", "two-factor", "two-step", "2-step verification", "2fa", "access token", "api key", "ssh key", "recovery codes", "recovery email", "security alert", "security notice",
    "suspicious activity", "unusual activity", "account was accessed", "confirm your email", "verify your email", "data breach", "failed sign-in",
    "neue anmeldung", "anmeldung in", "anmeldeversuch", "neues gerät", "passwort", "kennwort", "bestätigungscode", "sicherheitscode", "sicherheitshinweis", "sicherheitswarnung",
    "zwei-faktor*", "zugangscode", "einmalcode", "e-mail-adresse bestätigen",
    "nouvelle connexion", "mot de passe", "code de vérification", "alerte de sécurité", "inicio de sesión", "contraseña", "código de verificación", "alerta de seguridad",
    "nuovo accesso", "codice di verifica", "avviso di sicurezza", "nieuwe aanmelding", "wachtwoord", "verificatiecode", "beveiligingsmelding",
  }),
  evidence(2, "sign-in or password in the text", body:says {
    "just signed in", "was signed in", "signed in to your account", "new sign-in", "reset your password", "change your password", "your password was changed", "password has been changed",
    "if this was you", "if this wasn't you", "if you did not", "if you didn't request", "if it was not you", "do not share it with anyone", "don't share this code", "the code is valid", "expires in",
    "sign out all sessions", "revoke it", "two-factor authentication", "failed attempts to sign in",
    "soeben hat sich", "waren sie das nicht", "falls sie das nicht waren", "passwort wurde geändert", "passwort zurücksetzen", "geben sie diesen code", "teilen sie diesen code nicht",
    "si ce n'était pas vous", "réinitialiser votre mot de passe", "si no has sido tú", "restablecer tu contraseña", "se non sei stato tu", "reimposta la password", "als jij dit niet was", "wachtwoord opnieuw",
  }),
  evidence(1, "a machine wrote it", mail_of.machine),
  evidence(0.5, "a few lines", body:shorter_than(2000)),

  evidence(-3, "threatens to close the account", body:says {
    "will be suspended", "will be deactivated", "has been suspended", "account is suspended", "will be closed", "within 12 hours", "within 24 hours", "within 48 hours", "verify your account", "update your billing",
    "confirm your account", "restore access", "wird gesperrt", "wurde gesperrt", "innerhalb von 24 stunden", "konto verifizieren", "votre compte sera", "su cuenta será", "il tuo conto",
  }),
  evidence(-2, "sender not proven", mail_of.unproven),
  evidence(-3, "advertises", any { mail_of.bulk, body:longer_than(8000) }),
}
