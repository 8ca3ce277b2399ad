// The cast. Everyone is invented; every address ends in .example (RFC 2606).

const person = (name, email, language, zone, signature, extra = {}) => ({ name, email, language, zone, signature, ...extra });

const BERLIN = "Europe/Berlin", LONDON = "Europe/London";

export const people = {
  robin: person("Robin Hale", "robin@hale.example", "en", BERLIN, "Robin Hale\nSensors and small machines, Berlin\n+49 30 5550 1734"),

  mara: person("Mara Hale", "mara@hale.example", "en", LONDON, "", { closing: "M" }),
  peter: person("Peter Hale", "peter.hale@quince.example", "en", LONDON, ""),
  jonas: person("Jonas Petzold", "jonas.petzold@postfach.example", "de", BERLIN, "", { closing: "Jonas", flowed: true }),
  aylin: person("Aylin Demir", "aylin@demir-texte.example", "en", BERLIN, "Aylin Demir · Übersetzungen / translations", { closing: "Aylin" }),
  inge: person("Inge Brandt", "inge.brandt@postfach.example", "de", BERLIN, "", { charset: "iso-8859-15" }),
  ben: person("Ben Achterberg", "ben@achterberg.example", "en", BERLIN, "Ben Achterberg\nIndustrial design\nLehrter Strasse 57, Berlin", { flowed: true, closing: "Ben" }),
  sofia: person("Sofia Lindqvist", "sofia.lindqvist@norrsken.example", "en", "Europe/Stockholm", "Sofia Lindqvist\nNorrsken Measurement AB, Uppsala", { closing: "Sofia" }),
  nele: person("Nele Vogt", "nele.vogt@kiezchor.example", "de", BERLIN, "", { closing: "Nele (für den Kiezchor Moabit)" }),
  oleg: person("Олег Лаптев", "oleg@laptev.example", "ru", "Europe/Riga", "", { charset: "koi8-r" }),
  wang: person("王丽", "wang.li@yunhai.example", "zh", "Asia/Shanghai", "王丽\n云海仪器 采购部", { charset: "gb18030" }),
  tamsin: person("Tamsin Reed", "tamsin@reedandrow.example", "en", LONDON, "", { rich: true }),

  priya: person("Priya Raman", "priya.raman@kestrel.example", "en", LONDON, "Priya Raman\nProgramme Manager\nKestrel Instruments Ltd, Bristol", { closing: "Priya", rich: true }),
  tom: person("Tom Ashworth", "tom.ashworth@kestrel.example", "en", LONDON, "Firmware, Kestrel Instruments", { closing: "Tom" }),
  helen: person("Helen Oduya", "helen.oduya@kestrel.example", "en", LONDON, "Helen Oduya\nAccounts Payable, Kestrel Instruments Ltd\nPlease quote the PO number on all correspondence.", { charset: "windows-1252", closing: "Kind regards\nHelen" }),
  katrin: person("Katrin Seifert", "k.seifert@stadtwerke-lindow.example", "de", BERLIN, "Stadtwerke Lindow GmbH · Netzplanung Wasser\nTel. 033933 5550-218", { charset: "iso-8859-1", reply: "AW", closing: "Mit freundlichen Grüßen\nKatrin Seifert" }),
  bernd: person("Wolters, Bernd", "b.wolters@stadtwerke-lindow.example", "de", BERLIN, "Stadtwerke Lindow GmbH · Betrieb", { charset: "iso-8859-1", reply: "AW", closing: "i. A. Bernd Wolters" }),
  claire: person("Claire Fontanel", "claire@atelier-mirebeau.example", "fr", "Europe/Paris", "Claire Fontanel\nAtelier Mirebeau, Lyon", { closing: "Bien à vous,\nClaire", rich: true }),
  lucia: person("Lucía Benítez", "lucia.benitez@tejidosalarcon.example", "es", "Europe/Madrid", "Tejidos Alarcón, S. L.", { closing: "Un abrazo,\nLucía", charset: "iso-8859-15" }),
  sato: person("佐藤 健", "k.sato@minato-optics.example", "ja", "Asia/Tokyo", "港光学株式会社 開発部\n佐藤 健", { charset: "iso-2022-jp" }),

  krueger: person("Hausverwaltung Krüger & Söhne", "verwaltung@krueger-soehne.example", "de", BERLIN, "Hausverwaltung Krüger & Söhne\nTurmstraße 84, 10551 Berlin\nSprechzeiten: Di und Do 9-12 Uhr", { charset: "iso-8859-1", reply: "AW", closing: "Mit freundlichen Grüßen\nI. Krüger" }),
  lenz: person("Steuerbüro Lenz", "kanzlei@steuerbuero-lenz.example", "de", BERLIN, "Dagmar Lenz, Steuerberaterin\nBirkenstraße 8, 10559 Berlin", { charset: "windows-1252", reply: "AW", closing: "Viele Grüße\nDagmar Lenz" }),
  insurer: person("Havel Versicherung, Schadenservice", "schaden@havel-versicherung.example", "de", BERLIN, "Havel Versicherung AG, Potsdam", { charset: "iso-8859-15", closing: "Ihr Schadenservice" }),
  surgery: person("Praxis Dr. Vogel", "termine@praxis-vogel.example", "de", BERLIN, "Praxis Dr. Vogel, Alt-Moabit 19", { closing: "Ihr Praxisteam" }),
  recruiter: person("Dominic Farrow", "dominic@brightpath-talent.example", "en", LONDON, "Dominic Farrow\nSenior Talent Partner, Brightpath", { closing: "Best,\nDominic", rich: true }),
  days: person("Sensor Days Programme", "programme@sensordays.example", "en", "Europe/Copenhagen", "Sensor Days, Aarhus", { closing: "The programme committee" }),
};

/** Those who write at any hour of any day; all others keep office hours. */
export const friends = new Set(["mara", "peter", "jonas", "aylin", "inge", "ben", "nele", "oleg", "tamsin"]);

/** How Robin signs, by language; friends get the first name alone. */
export const closings = {
  en: "Best,\nRobin",
  de: "Viele Grüße\nRobin Hale",
  fr: "Bien à vous,\nRobin",
  es: "Un saludo,\nRobin",
};
