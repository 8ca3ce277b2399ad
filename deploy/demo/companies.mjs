// What companies and editors send. Each has its own paper; every issue, bill and offer its own text.
//
// An item is [days ago, subject, content]; content fits the layout of its sender.

import { pdf } from "./files.mjs";
import { bill, readers, shopWindow } from "./layouts.mjs";

const brand = (name, domain, colour, language, imprint, extra = {}) =>
  ({ name, domain, colour, language, imprint, ground: "#eef0f2", email: `mail@${domain}`, ...extra });

const READERS = { layout: readers, subscribed: true };
const SHOP = { layout: shopWindow, subscribed: true };
const BILL = { layout: bill, subscribed: false };

const paper = (title, rows) => [{ name: `${title}.pdf`, type: "application/pdf", bytes: pdf([title, ...rows]) }];

export const companies = [
  { ...READERS, from: brand("The Margin", "themargin.example", "#7b2d26", "en", "The Margin, 4 Inkhorn Lane, Edinburgh", { email: "letters@themargin.example", ground: "#f6f1e7" }), items: [
    [0.29, "No. 118: The desk by the window", { opening: "Good morning. This week we measured how far people move their chair when nobody is looking.", pieces: [["Eleven centimetres towards the light", "A study of four hundred home desks found a single rule: within a month every chair has crept towards the window. Nobody remembers doing it."], ["The last letterpress in Fife", "Morag Baird prints wedding invitations and union cards on the same machine, in that order of patience."], ["A word for it: sillage", "The trace left in the air by somebody who has just gone. Useful for perfume, ships, and meetings."]] }],
    [7.3, "No. 117: Against the clever chair", { opening: "Every few years someone invents a chair with opinions. We sat on the newest one for a fortnight.", pieces: [["It knows when you slouch", "And says so, in a voice chosen by a committee. By day four we had learned to slouch silently."], ["Reader's corner: what your stapler says about you", "Mostly that it is empty."]] }],
    [14.3, "No. 116: Maps that were wrong on purpose", { opening: "A short tour of invented streets, missing islands and a village that a court ordered to exist.", pieces: [["Trap streets", "Mapmakers used to draw a lane that was not there, to catch those who copied. Some of the lanes have since been built."], ["The island that moved", "For eighty years it lay in the wrong bay, because two clerks had the same handwriting."]] }],
    [21.3, "No. 115: The museum of almost", { opening: "Prototypes, second prizes and a bridge that stopped halfway: a visit to a museum of things that nearly happened.", pieces: [["The umbrella for two", "It worked. The couples did not."], ["Corrections", "Last week we called a herring gull a seagull. Fourteen of you wrote. Thank you, all fourteen."]] }],
    [28.3, "No. 114: How to fold a newspaper on a train", { opening: "A dying art, explained with diagrams by a man who once read a broadsheet in a lift.", pieces: [["The Glasgow tuck", "Fold in thirds, then never meet anyone's eye."], ["Five good pencils under two pounds", "We wrote until they were stubs. Number three smells of cedar, number five of regret."]] }],
    [56.3, "No. 110: The quietest room in the library", { opening: "We asked twelve librarians where they go to read.", pieces: [["Behind the atlases", "Nobody looks for a person behind the atlases."], ["In praise of the index", "The only part of a book that is honest about what it contains."]] }],
    [98.3, "No. 104: Notes on notes", { opening: "What remains of a meeting, if you were the only one who wrote anything down.", pieces: [["The two-column method", "Left: what was said. Right: what was meant."], ["An archive of shopping lists", "Eleven thousand of them, mostly for milk."]] }],
    [133.3, "No. 99: Small repairs", { opening: "A double issue on things that could still be mended.", pieces: [["The cobbler who says no", "He sends away one pair in three, with a drawing of what went wrong."], ["Glue, ranked", "It turns out that patience is the strongest adhesive and the hardest to buy."]] }],
  ] },

  { ...READERS, from: brand("Embedded Weekly", "embeddedweekly.example", "#0b6e4f", "en", "Embedded Weekly · independent since issue 1", { email: "editor@embeddedweekly.example" }), items: [
    [1.3, "Embedded Weekly #402: Sleeping at 300 nanoamps", { opening: "A quiet week for silicon and a loud one for opinions.", pieces: [["How low can a real board go?", "The chip says 300 nA. The board says 4 µA. Marta Oyelaran follows every missing electron to the resistor that ate it."], ["Interrupt latency, plotted honestly", "Histograms instead of averages, and one very long tail."], ["Tool of the week: a probe holder made of clothes pegs", "It is better than ours."]] }],
    [8.3, "Embedded Weekly #401: The bootloader you will not regret", { opening: "Updates in the field, or: how to brick a thing you cannot reach.", pieces: [["Two slots and a fallback", "A design that survives power loss at every single instruction, with the test that proves it."], ["Why your watchdog is asleep", "Feeding it from a timer interrupt proves that timers work."]] }],
    [15.3, "Embedded Weekly #400: Four hundred!", { opening: "We celebrate with the four hundred smallest bugs you sent us. Here are the best three.", pieces: [["One missing volatile", "It cost a Norwegian ferry line eleven departures and taught it a keyword."], ["The heisenbug in the heater", "It vanished whenever somebody touched the case. The somebody was the ground connection."], ["Off by one hour", "Twice a year, for nine years."]] }],
    [22.3, "Embedded Weekly #399: Reading datasheets for fun", { opening: "Footnote 7 strikes again.", pieces: [["Absolute maximum, typically", "Three parts that survive far more than they promise, and one that does not survive its own graph."], ["Job board: four companies that let you solder", "No whiteboards were harmed."]] }],
    [43.3, "Embedded Weekly #396: A field guide to noise", { opening: "Sixty hertz is only the beginning.", pieces: [["The lamp in the next room", "A long hunt, a short fix, a very good oscilloscope picture."], ["Ground loops for the impatient", "Draw the current, not the wire."]] }],
    [71.3, "Embedded Weekly #392: Sensors that lie", { opening: "Slowly, plausibly, and always in the same direction.", pieces: [["Drift is a message", "What two years of humidity data say about the glue."], ["Cheap references compared", "The winner costs forty cents and wants to be kept warm."]] }],
    [113.3, "Embedded Weekly #386: Lessons from a lighthouse", { opening: "The controller was installed before our editor was born.", pieces: [["Nothing to update", "An interview with the keeper of a lamp that has run the same program for thirty-one years."]] }],
  ] },

  { ...READERS, from: brand("Berlin am Morgen", "berlin-am-morgen.example", "#0a4d8c", "de", "Berlin am Morgen, Redaktion, Potsdamer Straße 91, 10785 Berlin", { email: "morgen@berlin-am-morgen.example", pictures: true }), items: [
    [0.2, "Ringbahn am Wochenende, ein Kiosk und das beste Eis im Wedding", { opening: "Guten Morgen! Es wird trocken, und am Westhafen wird wieder gebaut.", pieces: [["Ringbahn: Ersatzverkehr zwischen Beusselstraße und Wedding", "Von Freitagabend bis Montagfrüh fahren Busse. Planen Sie zwanzig Minuten mehr ein, mit Fahrrad eher dreißig."], ["Der Kiosk, der Bücher verleiht", "Bei Herrn Yıldız gibt es Zeitungen, Brause und seit kurzem Krimis. Rückgabe: wenn man weiß, wer es war."]] }],
    [3.2, "Warum die Amseln früher singen", { opening: "Guten Morgen! Haben Sie auch um vier Uhr aus dem Fenster geschaut?", pieces: [["Amseln gegen Autos", "Eine Studie aus Dahlem zeigt: Wo es laut ist, beginnt das Konzert bis zu einer Stunde früher."], ["Neue Regeln für Werkstätten im Hinterhof", "Der Bezirk erlaubt leises Handwerk jetzt bis 20 Uhr. Was leise ist, entscheidet ein Messgerät."]] }],
    [17.2, "Das Bad an der Turmstraße öffnet wieder", { opening: "Guten Morgen! Drei Jahre hat es gedauert, nun ist Wasser im Becken.", pieces: [["Erst die Frühschwimmer", "Ab sechs Uhr, und wer zuerst kommt, darf die Leine durchschneiden."], ["Wohin mit dem alten Sofa?", "Die Stadtreinigung holt jetzt auch nach Feierabend ab."]] }],
    [10.2, "Streik bei der Müllabfuhr, und ein Chor sucht Bässe", { opening: "Guten Morgen! Die Tonne bleibt heute voll, dafür wird gesungen.", pieces: [["Tonnen erst am Freitag", "Wer Platz hat, behält den Müll im Hof. Wer keinen hat, fragt die Nachbarn."], ["Tiefe Töne gesucht", "Im Beusselkiez fehlen Bässe. Vorsingen ist nicht nötig, Brummen genügt."]] }],
    [31.2, "Mieten, Mauersegler und eine Rolltreppe", { opening: "Guten Morgen! Gute Nachricht zuerst: Sie fährt wieder.", pieces: [["Rolltreppe Westhafen läuft", "Nach 419 Tagen. Der Techniker bekam Kuchen."], ["Kästen für Mauersegler", "Der Bezirk zahlt die Hälfte, wenn das Dach mitmacht."]] }],
    [45.2, "Fünf Höfe, die niemand kennt", { opening: "Guten Morgen! Wir waren spazieren und haben Türen aufgedrückt.", pieces: [["Hinterhof mit Feigenbaum", "Er trägt. Die Nachbarschaft teilt, aber nur auf Anfrage."], ["Der Uhrmacher im vierten Hof", "Repariert auch Spieluhren und Laune."]] }],
    [87.2, "Sommerpause der Schleusen und ein Streit um Bänke", { opening: "Guten Morgen! Kanuten aufgepasst.", pieces: [["Schleuse Plötzensee gesperrt", "Zwei Wochen lang wird das Tor erneuert. Umtragen ist erlaubt, Fluchen auch."]] }],
    [126.2, "Was der Spreewald mit Ihrem Leitungswasser zu tun hat", { opening: "Guten Morgen! Heute wird es nass, jedenfalls in diesem Brief.", pieces: [["Woher das Wasser kommt", "Ein Ausflug zu neun Brunnen und einem Mann, der sie alle am Klang erkennt."]] }],
  ] },

  { ...READERS, from: brand("Slow Kitchen", "slowkitchen.example", "#b5651d", "en", "Slow Kitchen, a small table in Ghent", { email: "hello@slowkitchen.example", pictures: true, ground: "#fbf6ef" }), items: [
    [2.4, "Leeks, and what patience does to them", { opening: "Dear cooks, this is a recipe with one ingredient and forty minutes.", pieces: [["Leeks in their own time", "Halve, salt, cover, wait. When you think they are done, they are not."], ["A broth from peelings", "Keep a bag in the freezer. In a month you own a soup."]] }],
    [23.4, "Bread for people who forget", { opening: "Dear cooks, this dough forgives everything except attention.", pieces: [["The two-day loaf", "Mix on Friday, bake on Sunday, apologise to nobody."]] }],
    [44.4, "An omelette is a conversation", { opening: "Dear cooks, three eggs, one pan and nobody talking to you.", pieces: [["Low, slow, folded", "If you hear it, the pan is too hot."]] }],
    [65.4, "Beans deserve better", { opening: "Dear cooks, today we apologise to a vegetable.", pieces: [["White beans with sage", "The trick is to stop just before you would like to."], ["Letters", "Agnes from Cork boils hers in tea. We tried. She is right."]] }],
    [120.4, "Eleven ways to use the end of a lemon", { opening: "Dear cooks, never throw away the last bit.", pieces: [["Salted lemon peel", "Ready in three weeks, good for a year."]] }],
  ] },

  { ...READERS, from: brand("Datenbrief", "datenbrief.example", "#374151", "de", "Datenbrief e. V., Bonn", { email: "redaktion@datenbrief.example" }), items: [
    [4.3, "Datenbrief 61: Wem gehört der Zählerstand?", { opening: "Liebe Leserinnen und Leser, in dieser Ausgabe geht es um Messwerte aus der Wohnung.", pieces: [["Der Zähler im Keller weiß, wann Sie frühstücken", "Viertelstundenwerte verraten mehr, als für die Abrechnung nötig ist. Ein Gericht in Kassel hat nun Grenzen gezogen."], ["Kurz notiert", "Die Aufsicht in Schleswig rät von Türklingeln mit Dauerspeicher ab."]] }],
    [34.3, "Datenbrief 60: Das Recht auf Kopie", { opening: "Liebe Leserinnen und Leser, wer fragt, bekommt Antwort, nur nicht immer eine nützliche.", pieces: [["Auskunft im Selbstversuch", "Zwölf Anfragen, sieben Antworten, eine Kiste Papier."]] }],
    [64.3, "Datenbrief 59: Vergessen als Dienstleistung", { opening: "Liebe Leserinnen und Leser, löschen klingt einfacher, als es ist.", pieces: [["Warum Sicherungen niemals vergessen", "Und welche Fristen dennoch gelten."]] }],
  ] },

  { ...READERS, from: brand("La Lettre du vélo", "lettreduvelo.example", "#2e7d32", "fr", "La Lettre du vélo, Nantes", { email: "bonjour@lettreduvelo.example", pictures: true }), items: [
    [5.3, "Rouler l'hiver sans souffrir", { opening: "Chers lecteurs, il fait nuit tôt et les gants sont sortis.", pieces: [["Trois couches suffisent", "La troisième sert surtout à être ôtée au bout de dix minutes."], ["Un col oublié dans le Jura", "Neuf kilomètres, deux vaches, aucune voiture."]] }],
    [37.3, "Réparer un rayon au bord de la route", { opening: "Chers lecteurs, tout commence par un petit bruit.", pieces: [["La méthode du bout de ficelle", "Elle tient jusqu'au prochain village, parfois jusqu'au suivant."]] }],
    [91.3, "La Loire à contre-courant", { opening: "Chers lecteurs, cette fois nous avons eu le vent de face.", pieces: [["De Nantes à Tours en quatre jours", "Le carnet de route, avec les bonnes adresses et les mauvaises idées."]] }],
  ] },

  { ...SHOP, from: brand("Bergfreund Outdoor", "bergfreund.example", "#c2410c", "de", "Bergfreund Outdoor GmbH, Kempten im Allgäu", { email: "angebote@bergfreund.example" }), items: [
    [0.48, "Nur noch heute: 25 % auf alle Seile und Gurte", { title: "25 % auf Seile und Gurte", opening: "Damit oben alles hält und unten etwas übrig bleibt: Bis Mitternacht sparen Sie ein Viertel auf das ganze Kletterregal.", goods: [["Einfachseil 9,8 mm, 60 m", "119,90 €", "159,90 €"], ["Gurt Kaminfeger", "52,40 €", "69,90 €"], ["Helm Murmel", "37,40 €", "49,90 €"]], label: "Jetzt stöbern" }],
    [12.5, "Ihre Füße werden es merken", { title: "Neue Zustiegsschuhe", opening: "Leichter, griffiger und endlich auch in halben Größen. Versand bis Sonntag kostenlos.", goods: [["Zustiegsschuh Grat", "139,00 €"], ["Zustiegsschuh Kar", "124,00 €"]], label: "Zu den Schuhen" }],
    [40.5, "Robin, Ihr Gutschein über 10 € läuft ab", { title: "10 € geschenkt, aber nicht mehr lange", opening: "Ihr Gutschein GIPFEL10 gilt noch drei Tage. Mindestbestellwert 60 €.", goods: [["Stirnlampe Uhu", "34,90 €"], ["Thermosflasche 1 l", "27,90 €"], ["Sitzkissen Alm", "12,90 €"]], label: "Gutschein einlösen" }],
    [82.5, "Winter kommt. Bestimmt.", { title: "Jacken, die mitdenken", opening: "Die neuen Daunenjacken sind da: 380 Gramm leicht, mit recycelter Füllung.", goods: [["Jacke Firn", "229,00 €", "269,00 €"], ["Weste Firn", "149,00 €", "179,00 €"]], label: "Anprobieren" }],
    [135.5, "Schlussverkauf: bis zu 60 % auf Zelte", { title: "Alles muss raus, auch das Große", opening: "Zelte, Isomatten und Kocher der letzten Saison. Solange der Vorrat reicht.", goods: [["Kuppelzelt für zwei", "99,00 €", "249,00 €"], ["Isomatte Moos", "39,00 €", "79,00 €"]], label: "Zum Schlussverkauf" }],
  ] },

  { ...SHOP, from: brand("Lumora", "lumora.example", "#5b21b6", "en", "Lumora Streaming Ltd, Dublin", { email: "hello@lumora.example", ground: "#ece9f5" }), items: [
    [1.7, "New on Lumora: The Lantern Keepers, season two", { title: "The lanterns are lit again", opening: "Eight new episodes, one very cold island, and the dog is back. Start watching tonight.", goods: [["The Lantern Keepers", "Season 2"], ["Salt Roads", "Documentary"], ["Half a Goat", "Comedy"]], label: "Watch now" }],
    [26.7, "Robin, upgrade today and pay half for three months", { title: "More screens, half the price", opening: "Watch on four screens in full resolution. Your first three months at 50 %, cancel whenever you like.", goods: [["Lumora Plus", "€6.49 a month", "€12.99"], ["Lumora Home", "€8.49 a month", "€16.99"]], label: "Claim the offer" }],
    [75.7, "Your weekend, sorted: ten films under 90 minutes", { title: "Short films, long evenings", opening: "For those who fall asleep at the same place every time.", goods: [["The Understudy", "84 min"], ["Nine Locks", "79 min"], ["Ferry, Late", "88 min"]], label: "Pick one" }],
  ] },

  { ...SHOP, from: brand("Papeterie Nord", "papeterie-nord.example", "#9d174d", "de", "Papeterie Nord, Inh. F. Lührs, Husum", { email: "post@papeterie-nord.example", ground: "#faf3f5" }), items: [
    [6.4, "Zwei zum Preis von einem: Notizhefte mit Fadenbindung", { title: "Zwei Hefte, ein Preis", opening: "Kariert, liniert oder leer: Diese Woche legen wir zu jedem Heft ein zweites dazu.", goods: [["Heft Deich, A5", "9,80 €"], ["Heft Watt, A6", "6,80 €"]], label: "Aussuchen" }],
    [49.4, "Frisch aus der Presse: der neue Wandkalender", { title: "Zwölf Leuchttürme für die Wand", opening: "Gedruckt auf der alten Maschine in der Hinterstube, wie jedes Jahr in kleiner Auflage.", goods: [["Kalender Leuchttürme", "24,00 €"], ["Postkarten dazu", "9,00 €"]], label: "Vorbestellen" }],
    [109.4, "Der Füller, der nicht kleckst (wir haben alles versucht)", { title: "Drei Wochen Füllertest", opening: "In der Hosentasche, im Flugzeug und bei unserer Auszubildenden. Kein Fleck. Zur Einführung 15 % günstiger.", goods: [["Füller Kiel, Feder M", "57,80 €", "68,00 €"]], label: "Zum Füller" }],
  ] },

  { ...SHOP, from: brand("Velowerk Moabit", "velowerk.example", "#065f46", "de", "Velowerk Moabit eG, Stromstraße 30, Berlin", { email: "laden@velowerk.example" }), items: [
    [9.5, "Lichtwochen: Beleuchtung prüfen lassen und 20 % sparen", { title: "Sehen und gesehen werden", opening: "Wir prüfen Ihr Licht kostenlos, und wer etwas Neues braucht, zahlt ein Fünftel weniger.", goods: [["Scheinwerfer Fuchs", "47,20 €", "59,00 €"], ["Rücklicht Punkt", "19,20 €", "24,00 €"]], label: "Termin wählen" }],
    [60.5, "Neu im Verleih: Lastenräder zum halben Preis", { title: "Zwei Räder, hundert Kilo", opening: "Dienstags und mittwochs kostet der Tag nur die Hälfte. Aktion bis Monatsende.", goods: [["Lastenrad kurz", "18 € am Tag", "36 €"], ["Lastenrad lang", "22 € am Tag", "44 €"]], label: "Reservieren" }],
  ] },

  { ...BILL, from: brand("Bahnlinie", "bahnlinie.example", "#b91c1c", "de", "Bahnlinie Vertrieb GmbH, Hannover", { email: "buchung@bahnlinie.example" }), items: [
    [0.52, "Buchungsbestätigung: Berlin Hbf – Lindow (Mark)", { title: "Ihre Fahrkarte", opening: "Vielen Dank für Ihre Buchung. Die Fahrkarte finden Sie im Anhang und in der App.\n\nAuftragsnummer 7KQ3VD", rows: [["Berlin Hbf ab 8:12 Uhr, Gleis 6 – Lindow an 9:41 Uhr", "14,90 €"], ["Rückfahrt, Zug nach Wahl", "14,90 €"]], total: ["Bezahlt mit Karte", "29,80 €"], files: paper("Fahrkarte 7KQ3VD", ["Berlin Hbf - Lindow (Mark)", "Hin 8:12 Uhr", "1 Person, 2. Klasse"]) }],
    [73.4, "Buchungsbestätigung: Berlin Hbf – Barcelona", { title: "Ihre Reise nach Barcelona", opening: "Vielen Dank für Ihre Buchung. Bitte seien Sie zwanzig Minuten vor der Abfahrt am Bahnsteig.\n\nAuftragsnummer 2HJ9XP", rows: [["Berlin Hbf – Paris Est, Wagen 14, Platz 62", "89,90 €"], ["Paris Lyon – Barcelona Sants, Wagen 5, Platz 31", "79,00 €"]], total: ["Bezahlt mit Karte", "168,90 €"], files: paper("Fahrkarte 2HJ9XP", ["Berlin - Paris - Barcelona", "1 Person, 2. Klasse"]) }],
    [144.4, "Ihre Erstattung wurde angewiesen", { title: "Erstattung wegen Verspätung", opening: "Ihr Zug hatte am Ziel 74 Minuten Verspätung. Wir erstatten Ihnen ein Viertel des Fahrpreises.", rows: [["Fahrpreis", "59,90 €"], ["Erstattung 25 %", "14,98 €"]], total: ["Gutschrift auf Ihr Konto", "14,98 €"] }],
  ] },

  { ...BILL, from: brand("Tonic Hosting", "tonic-hosting.example", "#1d4ed8", "en", "Tonic Hosting B.V., Utrecht · VAT NL0055512340B01", { email: "billing@tonic-hosting.example" }), items: [
    [2.1, "Your invoice TH-20417 is ready", { title: "Invoice TH-20417", opening: "Thank you for hosting with us. The amount will be charged to the card ending in 4408 within the next three days.", rows: [["Virtual server, 2 cores, 4 GB", "€ 9.60"], ["Backup storage, 100 GB", "€ 3.20"], ["Domain hale.example", "€ 1.10"]], total: ["Total including VAT", "€ 13.90"], label: "View invoice", path: "invoices/TH-20417", files: paper("Invoice TH-20417", ["Robin Hale, Berlin", "Total EUR 13.90"]) }],
    [32.1, "Your invoice TH-19980 is ready", { title: "Invoice TH-19980", opening: "Thank you for hosting with us. The amount has been charged to the card ending in 4408.", rows: [["Virtual server, 2 cores, 4 GB", "€ 9.60"], ["Backup storage, 100 GB", "€ 3.20"]], total: ["Total including VAT", "€ 12.80"], label: "View invoice", path: "invoices/TH-19980", files: paper("Invoice TH-19980", ["Robin Hale, Berlin", "Total EUR 12.80"]) }],
    [62.1, "Your invoice TH-19541 is ready", { title: "Invoice TH-19541", opening: "Thank you for hosting with us. One backup volume was added on the ninth and is charged in part.", rows: [["Virtual server, 2 cores, 4 GB", "€ 9.60"], ["Backup storage, 100 GB, 21 days", "€ 2.24"]], total: ["Total including VAT", "€ 11.84"], label: "View invoice", path: "invoices/TH-19541", files: paper("Invoice TH-19541", ["Robin Hale, Berlin", "Total EUR 11.84"]) }],
    [94.1, "Payment received, thank you", { title: "Payment received", opening: "We have received your payment for invoice TH-19102. Nothing is left to do.", rows: [["Invoice TH-19102", "€ 12.80"]], total: ["Balance", "€ 0.00"] }],
  ] },

  { ...BILL, from: brand("Kaffeekontor Ost", "kaffeekontor.example", "#6b3e1f", "de", "Kaffeekontor Ost, Rösterei, Leipzig", { email: "bestellung@kaffeekontor.example", ground: "#f5efe8" }), items: [
    [0.36, "Ihre Bestellung K-8841 ist unterwegs", { title: "Ihr Kaffee ist unterwegs", opening: "Wir haben heute geröstet und gepackt. Das Paket kommt voraussichtlich übermorgen.\n\nSendungsnummer 00340 5550 1288 41", rows: [["Hochland, 1 kg, ganze Bohne", "26,50 €"], ["Espresso Nr. 4, 500 g", "15,90 €"], ["Versand", "0,00 €"]], total: ["Gesamt", "42,40 €"], label: "Sendung verfolgen", path: "sendung/8841" }],
    [47.6, "Bestellbestätigung K-8512", { title: "Danke für Ihre Bestellung", opening: "Wir rösten am Donnerstag und verschicken am selben Tag.", rows: [["Hochland, 1 kg, ganze Bohne", "26,50 €"], ["Filterpapier, 100 Stück", "4,20 €"], ["Versand", "3,90 €"]], total: ["Gesamt", "34,60 €"] }],
    [116.6, "Bestellbestätigung K-8107", { title: "Danke für Ihre Bestellung", opening: "Ihre Bestellung ist eingegangen und wird frisch geröstet.", rows: [["Probierpaket, 4 x 125 g", "19,80 €"], ["Versand", "3,90 €"]], total: ["Gesamt", "23,70 €"] }],
  ] },

  { ...BILL, from: brand("Rossmoor Components", "rossmoor.example", "#0f766e", "en", "Rossmoor Components Ltd, Sheffield", { email: "orders@rossmoor.example" }), items: [
    [3.6, "Order confirmation 5502187", { title: "Thank you for your order", opening: "We have received your order and will dispatch it within one working day.", rows: [["Regulator 3.3 V, SOT-23, reel of 250", "£61.25"], ["M12 gland, nickel, 20 pcs", "£48.00"], ["O-ring 38 x 1.9 FKM, 100 pcs", "£37.50"], ["Carriage", "£11.00"]], total: ["Total excluding VAT", "£157.75"], label: "Order status", path: "orders/5502187" }],
    [3.1, "Dispatched: order 5502187", { title: "On its way", opening: "Your parcel left Sheffield this evening. One line is on back order and follows free of charge.", rows: [["Parcel 1 of 1", "3.4 kg"], ["Back order: O-ring 38 x 1.9 FKM", "2 weeks"]], label: "Track parcel", path: "track/5502187" }],
    [54.6, "Your invoice for order 5419003", { title: "Invoice 5419003", opening: "Please find your invoice attached. Payment is due within thirty days.", rows: [["Relay board, 8 channels", "£42.10"], ["Fixture springs, assorted", "£18.40"]], total: ["Total excluding VAT", "£60.50"], files: paper("Invoice 5419003", ["Robin Hale, Berlin", "Total GBP 60.50"]) }],
    [129.6, "Credit note 5377120-C", { title: "Credit note", opening: "We are sorry that two of the switches arrived damaged. The amount has been credited to your account.", rows: [["Rocker switch, 2 pcs", "−£7.80"]], total: ["Credit", "£7.80"] }],
  ] },

  { ...BILL, from: brand("Grünkorb", "gruenkorb.example", "#4d7c0f", "de", "Grünkorb Lieferdienst, Berlin", { email: "service@gruenkorb.example" }), items: [
    [1.45, "Ihr Kassenbon vom Grünkorb", { title: "Danke für Ihren Einkauf", opening: "Ihre Kiste wurde vor die Tür gestellt. Hier ist Ihr Bon.", rows: [["Lauch, 1 Bund", "2,49 €"], ["Kartoffeln, 2 kg", "3,98 €"], ["Weiße Bohnen, 2 Gläser", "4,58 €"], ["Roggenbrot, 1 kg", "5,20 €"], ["Lieferung", "2,90 €"]], total: ["Summe", "19,15 €"] }],
    [21.45, "Ihr Kassenbon vom Grünkorb", { title: "Danke für Ihren Einkauf", opening: "Ihre Kiste wurde der Nachbarin übergeben. Hier ist Ihr Bon.", rows: [["Kürbis, 1 Stück", "3,40 €"], ["Hafermilch, 6 x 1 l", "10,74 €"], ["Äpfel, 2 kg", "5,58 €"], ["Lieferung", "2,90 €"]], total: ["Summe", "22,62 €"] }],
    [67.45, "Ein Artikel war leider nicht da", { title: "Kleine Änderung an Ihrer Kiste", opening: "Statt Mangold haben wir Spinat eingepackt. Die Differenz schreiben wir gut.", rows: [["Spinat statt Mangold", "−0,40 €"]], total: ["Gutschrift", "0,40 €"] }],
  ] },

  { ...BILL, from: brand("Havelstrom", "havelstrom.example", "#ca8a04", "de", "Havelstrom GmbH, Brandenburg an der Havel", { email: "kundenservice@havelstrom.example" }), items: [
    [10.3, "Ihr Abschlag wird abgebucht", { title: "Abschlag für Strom", opening: "Wir buchen den Abschlag in den nächsten Tagen von Ihrem Konto ab.", rows: [["Abschlag", "64,00 €"]], total: ["Abbuchung", "64,00 €"] }],
    [100.3, "Ihre Jahresrechnung Strom", { title: "Jahresrechnung", opening: "Sie haben weniger verbraucht als im Vorjahr. Das Guthaben verrechnen wir mit dem nächsten Abschlag.", rows: [["Verbrauch 1.742 kWh", "611,44 €"], ["Grundpreis", "118,80 €"], ["Gezahlte Abschläge", "−768,00 €"]], total: ["Guthaben", "37,76 €"], files: paper("Jahresrechnung", ["Verbrauch 1.742 kWh", "Guthaben 37,76 EUR"]) }],
  ] },

  { ...BILL, from: brand("Lampenhaus Optik Berndt", "optik-berndt.example", "#334155", "de", "Optik Berndt, Turmstraße 3, Berlin", { email: "laden@optik-berndt.example" }), items: [
    [18.3, "Ihre Brille ist abholbereit", { title: "Ihre Brille ist fertig", opening: "Sie können sie ab sofort bei uns abholen. Der Restbetrag ist bei Abholung fällig.", rows: [["Fassung und Gläser", "318,00 €"], ["Anzahlung", "−100,00 €"]], total: ["Restbetrag", "218,00 €"] }],
  ] },
];
