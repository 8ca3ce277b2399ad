// What programs send on their own: builds, trackers, networks, banks, calendars.
//
// An item is [days ago, subject, text, link label]. Senders without a colour write plain text.

import { notice } from "./layouts.mjs";

const sender = (name, email, colour, language, imprint, extra = {}) => ({
  from: { name, email, domain: email.split("@")[1], colour, language, imprint, ground: "#f3f4f6" },
  layout: colour ? notice : null,
  ...extra,
});

export const machines = [
  { ...sender("Halyard CI", "builds@halyard-ci.example", null, "en", ""), automatic: true, items: [
    [0.06, "[probe-firmware] Build #1884 failed on winter-charger", "Build #1884 of probe-firmware failed after 4 min 12 s.\n\nBranch: winter-charger\nCommit: 9c41f0e  charge at 0.1 C below freezing\nAuthor: Robin Hale\n\n2 of 318 tests failed:\n  charger_cold_start: expected 41 mA, got 0 mA\n  charger_resume_after_night: timed out\n\nhttps://halyard-ci.example/probe-firmware/1884"],
    [0.7, "[probe-firmware] Build #1881 passed on winter-charger", "Build #1881 of probe-firmware passed after 4 min 40 s.\n\n318 tests, 0 failed. Flash 61 %, RAM 44 %.\n\nhttps://halyard-ci.example/probe-firmware/1881"],
    [2.9, "[probe-firmware] Build #1879 failed on main", "Build #1879 of probe-firmware failed after 51 s.\n\nBranch: main\nCommit: 77ab102  shorter log records\nAuthor: Tom Ashworth\n\nThe compiler stopped: log.c:212: 'struct record' has no member named 'crc'.\n\nhttps://halyard-ci.example/probe-firmware/1879"],
    [2.8, "[probe-firmware] Build #1880 fixed on main", "Build #1880 of probe-firmware is green again after one failure.\n\n318 tests, 0 failed.\n\nhttps://halyard-ci.example/probe-firmware/1880"],
    [26.0, "[probe-firmware] Release 1.4.1 published", "Tag v1.4.1 was built, signed and published.\n\nArtefacts: probe-1.4.1.bin (412 kB), probe-1.4.1.map\nChecksums are listed on the release page.\n\nhttps://halyard-ci.example/probe-firmware/releases/1.4.1"],
    [33.0, "[probe-firmware] Build #1822 failed on brownout-window", "Build #1822 of probe-firmware failed after 6 min 2 s.\n\n1 of 311 tests failed:\n  supervisor_dip_4000: lost contact with board B after 1,204 dips\n\nhttps://halyard-ci.example/probe-firmware/1822"],
    [17.4, "[probe-firmware] Build #1851 passed on main", "Build #1851 of probe-firmware passed after 4 min 33 s.\n\n314 tests, 0 failed. The image grew by 212 bytes.\n\nhttps://halyard-ci.example/probe-firmware/1851"],
    [44.7, "[relay-rig] Build #88 failed on sixteen-channels", "Build #88 of relay-rig failed after 19 s.\n\n1 of 24 tests failed:\n  channel_15_switches: relay did not answer\n\nhttps://halyard-ci.example/relay-rig/88"],
    [61.2, "[lamp] Build #402 passed on felt-brake", "Build #402 of lamp passed after 38 s.\n\n57 tests, 0 failed.\n\nhttps://halyard-ci.example/lamp/402"],
    [92.6, "[loom-sensor] Nightly build is flaky", "The test tension_slow_drift of loom-sensor failed in 3 of the last 20 nightly builds. It passed on retry each time.\n\nhttps://halyard-ci.example/loom-sensor/tests/tension_slow_drift"],
    [151.2, "[probe-firmware] Build #1610 failed on main", "Build #1610 of probe-firmware failed after 12 s.\n\nThe runner could not check out the sources: disk full on runner-berlin-2.\n\nhttps://halyard-ci.example/probe-firmware/1610"],
  ] },

  { ...sender("Gitgrove", "notifications@gitgrove.example", null, "en", ""), automatic: true, items: [
    [0.14, "Re: [kestrel/probe-firmware] Charge slowly below zero (#612)", "tashworth commented on this pull request:\n\n> +    if (cell_celsius < 0) limit = capacity / 10;\n\nCan we take the limit from the battery profile instead? The next cell will have another curve.\n\n--\nView it on Gitgrove: https://gitgrove.example/kestrel/probe-firmware/pull/612"],
    [0.85, "[kestrel/probe-firmware] Charge slowly below zero (#612)", "tashworth requested your review on #612 once the tests are green.\n\n4 files changed, 88 additions, 13 deletions.\n\n--\nView it on Gitgrove: https://gitgrove.example/kestrel/probe-firmware/pull/612"],
    [6.7, "[kestrel/probe-firmware] Log records grow by one byte per hour (#609)", "praman opened an issue:\n\nAfter a week of uptime the records are 160 bytes longer than at the start. Harmless so far, but the harbour units will run for a year.\n\n--\nhttps://gitgrove.example/kestrel/probe-firmware/issues/609"],
    [6.1, "Re: [kestrel/probe-firmware] Log records grow by one byte per hour (#609)", "tashworth closed #609 as completed in 77ab102.\n\n--\nhttps://gitgrove.example/kestrel/probe-firmware/issues/609"],
    [24.4, "[norrsken/field-notes] You were mentioned in \"Label materials\" (#31)", "slindqvist mentioned you:\n\n@rhale has a drawer full of unreadable labels and should photograph them for this page.\n\n--\nhttps://gitgrove.example/norrsken/field-notes/issues/31"],
    [44.5, "Re: [rhale/relay-rig] Support for 16 channels (#7)", "jkivi commented on this pull request:\n\nChannel 15 shares its address line with the fan on the second board. I have moved it and the test is green here.\n\n--\nhttps://gitgrove.example/rhale/relay-rig/pull/7"],
    [50.9, "[rhale/relay-rig] New star", "moyelaran starred rhale/relay-rig. It now has 41 stars.\n\n--\nhttps://gitgrove.example/rhale/relay-rig"],
    [69.3, "[rhale/relay-rig] Support for 16 channels (#7)", "A pull request from jkivi:\n\nI built the rig with two boards and had to change three lines. Here they are, with a test.\n\n--\nhttps://gitgrove.example/rhale/relay-rig/pull/7"],
    [111.4, "[rhale/relay-rig] Typo in the wiring diagram (#5)", "hdubois opened an issue:\n\nPins 7 and 8 are swapped in the picture, the text is right. Ask me how I know.\n\n--\nhttps://gitgrove.example/rhale/relay-rig/issues/5"],
    [155.7, "[kestrel/probe-firmware] You have been added as a collaborator", "praman gave you write access to kestrel/probe-firmware.\n\n--\nhttps://gitgrove.example/kestrel/probe-firmware"],
  ] },

  { ...sender("Tasklane", "updates@tasklane.example", "#0369a1", "en", "Tasklane · You get this because you follow the project Probe programme"), automatic: true, items: [
    [0.4, "PROBE-231 was assigned to you", "Priya Raman assigned PROBE-231 to you.\n\nParts list for the winter version\nPriority: high · Status: open", "Open PROBE-231"],
    [4.6, "PROBE-224 changed: In review", "Tom Ashworth moved PROBE-224 from In progress to In review.\n\nAntenna measurement in the thicker housing", "Open PROBE-224"],
    [12.8, "3 updates in Probe programme", "PROBE-219 was closed by Priya Raman.\nPROBE-222 got a comment from Tom Ashworth.\nPROBE-224 was created by Priya Raman.", "See all updates"],
    [39.2, "PROBE-207 is overdue", "PROBE-207 was due yesterday and is still open.\n\nUpdate the mounting instructions", "Open PROBE-207"],
    [76.1, "PROBE-188: new comment", "Helen Oduya commented:\n\nThe supplier confirmed the price for the whole year.", "Reply in Tasklane"],
    [118.8, "Weekly digest: Probe programme", "Seven items were closed, four opened, one reopened. The oldest open item is 112 days old.", "See the board"],
  ] },

  { ...sender("Perch", "nest@perch.example", "#0891b2", "en", "Perch · the small network · Oslo"), subscribed: true, automatic: true, items: [
    [0.26, "Sofia Lindqvist mentioned you in a post", "\"Slides for Aarhus: mine are done, @robinhale's exist in spirit.\"\n\n4 people liked this.", "See the post"],
    [3.8, "You have 6 new notifications", "Ben Achterberg liked your photo.\nAylin Demir commented: \"the hands again!\"\nFour people follow you now.", "Open Perch"],
    [11.4, "Aylin Demir shared a memory", "Two years ago today: \"A man in Moabit is cooling a box with a hairdryer, and says it is science.\"", "See the memory"],
    [19.7, "Jonas Petzold tagged you in a photo", "Jonas tagged you in \"Das Boot, noch trocken\".", "See the photo"],
    [48.8, "People you may know on Perch", "Marta Oyelaran, Jukka Kivi and eleven others are connected to people you follow.", "Have a look"],
    [89.9, "Your post was shared 25 times", "\"A label that nobody can read is a sticker.\" has been shared twenty-five times this week.", "See who shared it"],
    [141.1, "Mara Hale joined Perch", "Mara Hale, whom you know from your address book, is on Perch now. Say hello.", "Follow Mara"],
  ] },

  { ...sender("Linkline", "messages-noreply@linkline.example", "#1e3a8a", "en", "Linkline Corporation, Dublin"), subscribed: true, automatic: true, items: [
    [1.1, "Robin, you appeared in 14 searches this week", "Find out who is looking for people like you. Top word: \"low power\".", "See all searches"],
    [15.1, "Dominic Farrow sent you an invitation to connect", "Dominic Farrow, Senior Talent Partner at Brightpath, would like to add you to his network.", "Accept"],
    [53.1, "Congratulate Priya Raman on six years at Kestrel Instruments", "Say congratulations to Priya and two other contacts.", "Write a message"],
    [104.1, "New jobs for \"embedded engineer\" in Berlin", "Eight new jobs match your search: Firmware Engineer at Bluefin Robotics Lab, Hardware Lead at Kupferkanne, and six more.", "View jobs"],
  ] },

  { ...sender("Sparbank Havel", "sicherheit@sparbank-havel.example", "#9f1239", "de", "Sparbank Havel eG, Potsdam. Wir fragen Sie niemals nach Ihrer PIN."), automatic: true, items: [
    [0.09, "Neue Anmeldung in Ihrem Online-Banking", "Guten Tag Robin Hale,\n\nsoeben hat sich ein neues Gerät in Ihrem Online-Banking angemeldet.\n\nGerät: Firefox unter Linux\nOrt: Berlin (ungefähr)\n\nWaren Sie das nicht? Dann sperren Sie bitte sofort den Zugang unter 0331 5550 116."],
    [29.9, "Ihr neues Passwort ist aktiv", "Guten Tag Robin Hale,\n\nIhr Passwort für das Online-Banking wurde geändert. Falls Sie das nicht waren, rufen Sie uns bitte umgehend an."],
    [83.2, "Ihr Kontoauszug liegt im Postfach", "Guten Tag Robin Hale,\n\nein neuer Kontoauszug liegt für Sie bereit. Sie finden ihn nach der Anmeldung in Ihrem Postfach."],
    [162.2, "Ihre Karte wird ausgetauscht", "Guten Tag Robin Hale,\n\nIhre Karte läuft demnächst ab. Die neue kommt in den nächsten zwei Wochen mit der Post, die Geheimzahl bleibt gleich."],
  ] },

  { ...sender("Gitgrove Security", "security@gitgrove.example", "#166534", "en", "Gitgrove · This message concerns the security of your account and cannot be switched off"), automatic: true, items: [
    [0.5, "New sign-in to Gitgrove from Bristol, United Kingdom", "Hi rhale,\n\nyour account was just signed in to from a new place.\n\nBrowser: Chromium on Windows\nPlace: Bristol, United Kingdom\nAddress: 198.51.100.24\n\nIf this was you, there is nothing to do. If not, change your password now and sign out all sessions.", "Review sessions"],
    [35.8, "A personal access token was created", "Hi rhale,\n\na token named \"relay-rig\" with the rights read and write was added to your account.\n\nIf you did not create it, revoke it at once.", "Review tokens"],
    [99.8, "Your recovery codes were downloaded", "Hi rhale,\n\nthe recovery codes of your account were viewed and downloaded. Keep them where nobody looks for them.", "Account security"],
  ] },

  { ...sender("Perch", "account@perch.example", "#0891b2", "en", "Perch · the small network · Oslo"), automatic: true, items: [
    [1.9, "Your Perch code is 482 913", "Enter 482 913 to sign in. The code is valid for ten minutes. Do not share it with anyone, we will never ask for it."],
    [63.8, "Reset your Perch password", "Somebody asked for a new password for robinhale. If it was you, use the button below within one hour. If not, ignore this message and your password stays as it is.", "Choose a new password"],
  ] },

  { ...sender("Tonic Hosting", "security@tonic-hosting.example", null, "en", ""), automatic: true, items: [
    [7.9, "Two-factor authentication was switched on", "Hello Robin Hale,\n\ntwo-factor authentication is now active for your account. From now on you need your phone to sign in.\n\nIf you did not do this, reply to this message straight away.\n\nTonic Hosting"],
    [57.7, "Several failed sign-in attempts", "Hello Robin Hale,\n\nwe counted 23 failed attempts to sign in to your account within five minutes and have locked sign-in from 203.0.113.77 for a day. Your account is safe.\n\nTonic Hosting"],
  ] },

  { ...sender("lantern (hale.example)", "root@hale.example", null, "en", ""), automatic: true, items: [
    [0.58, "lantern: backup finished", "Backup of /home, /srv and /etc finished at 03:14.\n\nFiles: 418,220 (1,306 new)\nSize: 71.4 GB, stored 38.9 GB\nOldest snapshot kept: 180 days\n"],
    [5.6, "lantern: disk /srv is 81 % full", "Filesystem      Size  Used Avail Use%\n/dev/vdb1        98G   79G   19G  81%\n\nThe largest folder is /srv/soak-logs with 44 GB.\n"],
    [36.6, "lantern: 14 packages can be updated", "14 packages can be updated, 3 of them fix security problems:\n  libxml2 openssl tzdata\n"],
    [79.6, "lantern: certificate for hale.example renewed", "The certificate for hale.example and mx.hale.example was renewed and is valid for 90 days.\n"],
    [158.6, "lantern: reboot after power loss", "The machine came back at 04:51 after an unclean shutdown. File systems were checked, no errors were found.\n"],
  ] },

  { ...sender("Paketblitz", "sendung@paketblitz.example", "#a16207", "de", "Paketblitz Logistik GmbH, Magdeburg"), automatic: true, items: [
    [0.33, "Ihr Paket kommt heute zwischen 15 und 17 Uhr", "Ihr Paket von Inge Brandt ist im Zustellfahrzeug.\n\nSendung 4471 0982 5550", "Ablageort wählen"],
    [15.9, "Ihr Paket wurde bei einem Nachbarn abgegeben", "Wir haben Sie leider nicht angetroffen. Ihr Paket liegt in Hausnummer 12, Änderungsschneiderei.\n\nSendung 4471 0733 5518", "Details ansehen"],
    [72.9, "Ihr Paket liegt in der Packstation", "Bitte holen Sie Ihr Paket innerhalb von sieben Tagen ab. Ihr Abholcode: 6 1 0 7.", "Packstation finden"],
  ] },

  { ...sender("Bibliothek Moabit", "ausleihe@bibliothek-moabit.example", null, "de", ""), automatic: true, items: [
    [3.3, "Leihfrist endet in drei Tagen", (t) => `Guten Tag,\n\nfolgende Medien sind bis zum ${t.numeric(3)} zurückzugeben:\n\n  Das Salz der Erde, eine kurze Geschichte\n  Dichtungstechnik, 4. Auflage\n\nSie können online verlängern, sofern niemand vorgemerkt ist.\n\nIhre Bibliothek`],
    [31.5, "Ihre Vormerkung liegt bereit", "Guten Tag,\n\ndas von Ihnen vorgemerkte Buch \"Das Salz der Erde, eine kurze Geschichte\" liegt zehn Tage für Sie bereit.\n\nIhre Bibliothek"],
  ] },

  { ...sender("Sensor Days Forum", "forum@sensordays.example", null, "en", ""), subscribed: true, automatic: true, items: [
    [1.55, "[Forum] New reply in \"Which potting compound for drinking water?\"", "hydra_nils wrote:\n\nWe used the two-part polyurethane for years and it yellowed, but it never cracked. The silicone stayed clear and let go of the cable after eighteen months.\n\n--\nYou are watching this topic."],
    [42.2, "[Forum] New topic: Show us your worst installation", "marta_o wrote:\n\nI will begin: a pressure sensor held by a cable tie and prayer, four metres under a ferry terminal. It has survived all of us.\n\n--\nYou are watching this category."],
    [95.5, "[Forum] Digest: 5 topics you may have missed", "1. Calibrating without a bath\n2. Is 4-20 mA dead yet?\n3. Cheap conductivity standards\n4. A bracket for round pipes\n5. Introduce yourself\n\n--\nYou receive the digest monthly."],
  ] },
];

/** Appointments: [days ago, who, title, days ahead, hour, minutes, place, text]. */
export const appointments = [
  [0.045, "priya", "Climate chamber: short call", 0, 17, 15, "https://meet.kestrel.example/chamber", "Fifteen minutes to agree the test sequence for tomorrow night."],
  [0.6, "sofia", "Rehearsal for Aarhus", 7, 14, 60, "https://meet.norrsken.example/aarhus", "A first run through the slides, with a stopwatch and no mercy."],
  [2.3, "katrin", "Abnahme Messpunkte 1 bis 3", 4, 10, 120, "Wasserwerk Süd, Sitzungsraum 2", "Treffpunkt am Empfang. Bitte festes Schuhwerk."],
  [9.6, "priya", "Probe programme: fortnightly", 1, 10, 45, "https://meet.kestrel.example/probe", "Agenda: toolmaker, antenna, Aberdeen. Ten minutes each, then coffee."],
  [13.9, "aylin", "Book club: Salt", 6, 20, 150, "Aylin's kitchen", "Bring crisps."],
  [23.8, "priya", "Probe programme: fortnightly", 1, 10, 45, "https://meet.kestrel.example/probe", "Agenda: release 1.4.1, enclosure, money."],
  [46.2, "lenz", "Jahresgespräch", 9, 11, 60, "Steuerbüro Lenz, Birkenstraße 8", "Bitte bringen Sie die Planung für das nächste Jahr mit."],
  [59.9, "tom", "Soak test: pair debugging", 2, 15, 90, "https://meet.kestrel.example/soak", "Let's look at the logs together before either of us writes another theory."],
  [86.1, "katrin", "Ortstermin Wasserwerk Süd", 5, 9, 180, "Wasserwerk Süd, Tor 1", "Begehung der sechs Messpunkte mit Herrn Wolters."],
  [122.2, "ben", "Handing over the keys", 3, 9, 30, "Lehrter Strasse 57, back yard", "There are five keys and only three locks. We will find out."],
  [160.9, "priya", "Kick-off: probe programme", 6, 11, 90, "https://meet.kestrel.example/kickoff", "Introductions, goals, and what we will not do this year."],
];
