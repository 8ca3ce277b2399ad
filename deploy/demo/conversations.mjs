// What Robin and other people write to each other.
//
// A conversation is a subject and its messages: [days ago, who, text, extra]. Texts are paragraphs;
// a function gets the time words of its moment (calendar.mjs, speak). Each message answers the one
// before it and quotes it unless extra.quote is false.

import { chart, pdf, view } from "./files.mjs";

const conversation = (subject, messages, extra = {}) => ({ subject, messages, ...extra });

export const conversations = [
  conversation("Salinity probe: enclosure drawings for review", [
    [19.2, "priya", (t) => `Hi Robin,

Ben's revised enclosure drawings are attached. The big change is the cable gland, which moved to the short side so that the probe can hang straight.

Could you go through the wall thickness around the O-ring groove and let me have your comments by ${t.weekday(3)}? The toolmaker holds our slot until the end of that day.

Thanks`, { files: [{ name: "enclosure-rev-C.pdf", type: "application/pdf", bytes: pdf(["Enclosure, revision C", "Wall 2.4 mm, groove 1.9 x 2.6 mm", "Gland M12, short side", "All dimensions in millimetres"]) }] }],
    [18.9, "robin", `Hi Priya,

Had a first look. The gland position is a real improvement. The groove worries me: with 2.4 mm of wall there is only half a millimetre left behind the O-ring at the corner radius. That will creep.

I will put numbers on it tomorrow.`],
    [17.8, "robin", `Numbers, as promised. At 40 degrees and four bar the corner moves by 0.12 mm, which is more than the seal can follow. Two ways out: 3.0 mm of wall all round, or a local rib behind the groove. The rib costs nothing in material but needs a slide in the tool.`, { files: [{ name: "creep.png", type: "image/png", bytes: chart([0.2, 0.28, 0.41, 0.5, 0.72, 0.95]) }] }],
    [17.6, "priya", `Very clear, thank you. Tom, does the extra 0.6 mm get in the way of the antenna?`, { cc: ["tom"] }],
    [17.5, "tom", `It shifts the resonance down by about 15 MHz. I can pull it back in the matching network, no drama. I would rather have thicker walls than a slide I need to argue about for a year.`],
    [16.9, "priya", `Then 3.0 mm it is. Ben will send revision D and I will confirm with the toolmaker.

Lesson for next time: ask Robin before the drawings look finished.`],
    [16.7, "robin", `Happy with that. I have kept the calculation so we can rerun it for the short version.`],
  ], { with: ["tom"] }),

  conversation("Pilot units for Aberdeen", [
    [3.4, "priya", (t) => `Hi Robin,

The harbour office in Aberdeen has agreed to host twelve pilot units for a year. They would like to mount the first four in the week of ${t.date(24)}.

Before I say yes: is there anything in the firmware that would make you nervous about a winter by the sea?`],
    [3.1, "robin", `Two things. The charge controller has never been below minus five, and the log is only flushed once an hour, so a brown-out loses up to sixty minutes. Both can be fixed, the first one needs a night in the climate chamber.`],
    [2.2, "priya", `Understood. I have asked the lab in Bath for a chamber slot and will come back to you.`],
    [0.035, "priya", (t) => `Hi Robin,

Good news: Bath can give us the chamber, but only tomorrow night. Could you send me the test sequence and the two fixtures' dimensions by ${t.any(1)} at noon, so that the operator can set it up?

And please let me know whether you can join the call at five. It would be fifteen minutes at most.

Thanks, and sorry for the short notice`],
  ]),

  conversation("Firmware 1.4 hangs after brown-out", [
    [33.4, "tom", `Robin, three of the ten soak units were dead this morning. All three had seen the mains dip at 03:12. Red LED on, no radio, watchdog apparently asleep.

Anything in 1.4 that touches the supervisor?`],
    [33.3, "robin", `Yes: the new regulator driver disables interrupts while it waits for power-good. If the rail sags in exactly that window the wait never ends, and the watchdog is fed from the tick interrupt. Embarrassing.

Can you confirm that GPIO 14 is low on the dead ones?`],
    [33.2, "tom", `Low on all three. That's your window.`],
    [32.9, "robin", `Fix is on the branch brownout-window: bounded wait, then a clean reset. I ran 4,000 dips overnight on two boards with the relay rig, no hang.`, { files: [{ name: "dips.txt", type: "text/plain", bytes: Buffer.from("board  dips  resets  hangs\nA      2000    2000      0\nB      2000    2000      0\n") }] }],
    [32.6, "tom", `> bounded wait, then a clean reset

Good. What happens to the record that is half written to flash at that moment?

> 4,000 dips overnight on two boards

I'd like to see the same on the boards with the old regulator, there are still sixty of them in the field.`, { quote: false }],
    [32.4, "robin", `The half-written record fails its checksum at boot and is skipped, so we lose one sample. I added a test for it.

Old regulator: please post me two of those boards and I will run them over the weekend.`],
    [29.3, "tom", `Boards went out by courier this afternoon.`],
    [26.1, "robin", `Old boards: 3,100 dips each, no hang, one lost sample per dip as expected. From my side 1.4.1 can go out.`],
    [25.9, "tom", `Released. I owe you a drink, and the night shift in Leith owes you several.`],
  ], { with: ["priya"] }),

  conversation("Invoice 2031: purchase order number missing", [
    [41.3, "helen", `Dear Robin,

We received your invoice 2031 for £4,180.00 – thank you. Unfortunately our system cannot process it without a purchase order number. Could you please reissue it quoting PO 4471?

Payment terms are thirty days from receipt of the corrected document.`],
    [41.1, "robin", `Dear Helen,

My mistake, sorry. The corrected invoice is attached; nothing but the reference has changed.`, { files: [{ name: "invoice-2031-a.pdf", type: "application/pdf", bytes: pdf(["Invoice 2031-A", "Kestrel Instruments Ltd, Bristol", "Purchase order 4471", "Firmware support, 38 hours at GBP 110.00", "Total GBP 4,180.00"]) }] }],
    [40.4, "helen", `Thank you, Robin. That’s now been approved and will be in the payment run at the end of the month.`],
  ]),

  conversation("Quick question about the retainer", [
    [0.9, "helen", (t) => `Dear Robin,

We’re preparing the budget for the coming year and I’d like to confirm the retainer. Is the day rate unchanged, and should we plan for four or for five days per month?

I need to submit the figures on ${t.day(2)}, so a short answer before then would be a great help.`],
  ]),

  conversation("Messkonzept Wasserwerk Süd", [
    [23.3, "katrin", (t) => `Guten Tag Robin Hale,

vielen Dank für das Gespräch am Montag. Wie vereinbart erhalten Sie anbei den Lageplan der sechs Messpunkte. Punkt 4 liegt in einem Schacht ohne Strom, dort bräuchten wir eine Lösung mit Batterie.

Könnten Sie uns bis zum ${t.date(7)} ein erstes Messkonzept schicken? Eine Seite genügt.`, { files: [{ name: "Lageplan Süd.pdf", type: "application/pdf", bytes: pdf(["Wasserwerk Süd, Lageplan", "Messpunkte 1 bis 6", "Punkt 4: Schacht, kein Strom"]) }] }],
    [21.4, "robin", `Guten Tag Frau Seifert,

danke für den Plan. Zwei Fragen vorab: Wie tief ist der Schacht an Punkt 4, und liegt dort Mobilfunk an? Wenn nicht, würde ich über das Betriebsgebäude funken.`],
    [21.2, "bernd", `Der Schacht ist 3,20 m tief, Deckel aus Guss. Mobilfunk geht bei offenem Deckel, bei geschlossenem nicht. Haben wir ausprobiert.`],
    [20.1, "robin", `Dann nehmen wir dort den Funk mit 868 MHz und setzen die Antenne unter den Rand des Deckels. Das Konzept mit Stückliste hängt an. Die Batterie hält bei einem Wert pro Viertelstunde gut fünf Jahre.`, { files: [{ name: "messkonzept-sued.pdf", type: "application/pdf", bytes: pdf(["Messkonzept Wasserwerk Süd", "6 Messpunkte, 1 Wert je 15 Minuten", "Punkt 4: Batterie, Funk 868 MHz", "Geschätzter Aufwand: 9 Tage"]) }] }],
    [18.2, "katrin", `Guten Tag Robin Hale,

das Konzept gefällt uns sehr. Herr Wolters hat nur eine Bitte: Die Geräte sollten sich ohne Werkzeug tauschen lassen, weil der Bereitschaftsdienst nachts allein fährt.`],
    [17.9, "robin", `Das ist ein guter Hinweis. Ich plane einen Bajonettverschluss statt der vier Schrauben ein. Am Preis ändert sich dadurch nichts.`],
  ], { with: ["bernd"] }),

  conversation("Abnahmetermin Messpunkte 1 bis 3", [
    [4.2, "katrin", (t) => `Guten Tag Robin Hale,

die ersten drei Messpunkte laufen seit einer Woche ohne Ausfall. Wir würden die Abnahme gern am ${t.day(6)} um 10 Uhr vor Ort machen. Passt Ihnen das?

Bitte bringen Sie das Prüfprotokoll in zweifacher Ausfertigung mit.`],
    [3.9, "robin", `Guten Tag Frau Seifert,

der Termin passt, ich nehme den Zug um 8:12 Uhr. Das Protokoll bringe ich mit.`],
    [0.22, "katrin", (t) => `Guten Tag Robin Hale,

noch eine Bitte zum Termin: Unsere Revision möchte die Kalibrierscheine der drei Sonden vorab sehen. Können Sie mir diese bis ${t.weekday(1)} als PDF schicken?`],
  ]),

  conversation("Rückfrage zu Rechnung 2027", [
    [71.2, "bernd", `Hallo,

in Rechnung 2027 sind zwei Anfahrten berechnet, bei uns ist nur eine vermerkt. Können Sie das bitte prüfen?`],
    [71.0, "robin", `Guten Tag Herr Wolters,

Sie haben recht, die zweite Fahrt galt einem anderen Auftrag. Eine Gutschrift über 84,00 EUR geht heute noch raus. Entschuldigen Sie das Versehen.`],
    [70.3, "bernd", `Gutschrift ist da, danke. Passt so.`],
  ]),

  conversation("Maquette de la lampe : nos retours", [
    [62.4, "claire", `Bonjour Robin,

La maquette est arrivée hier, en parfait état. Tout l'atelier l'a essayée : la lumière du soir est exactement ce que nous cherchions.

Deux remarques. Le bouton tourne un peu trop librement, et le câble sort du mauvais côté pour une table de chevet. Est-ce que ces deux points peuvent être corrigés avant le salon ?`],
    [62.1, "robin", `Bonjour Claire,

Merci pour ce retour si rapide. Le câble, sans problème : je retourne la carte. Pour le bouton, je propose un frein en feutre, comme sur les anciennes radios. Je vous envoie deux épaisseurs à essayer.`],
    [58.3, "claire", `Le feutre de 0,8 mm est parfait, on dirait un vieux poste. Nous gardons celui-là.`],
    [57.9, "robin", `Très bien, je fige la version. Les plans seront chez vous en fin de semaine.`],
  ]),

  conversation("Devis pour trente lampes", [
    [0.42, "claire", (t) => `Bonjour Robin,

Bonne nouvelle : une librairie de Grenoble nous commande trente lampes pour ses salles de lecture. Pourriez-vous nous envoyer un devis pour les trente cartes électroniques avant ${t.weekday(3)} ?

Si la livraison est possible dans les huit semaines, précisez-le aussi, s'il vous plaît. Je dois leur répondre cette semaine.`],
  ]),

  conversation("Presupuesto para los sensores del telar 3", [
    [77.3, "lucia", `Hola Robin:

Los sensores del telar 2 llevan un mes funcionando y han avisado de tres roturas de hilo a tiempo. El jefe de taller está encantado, y eso no pasa todos los días.

Nos gustaría equipar también el telar 3. ¿Nos puedes preparar un presupuesto?`],
    [76.4, "robin", `Hola Lucía:

¡Qué buena noticia! Adjunto el presupuesto. Si el telar 3 es igual que el 2, basta un día de instalación.`, { files: [{ name: "presupuesto-telar-3.pdf", type: "application/pdf", bytes: pdf(["Presupuesto telar 3", "8 sensores de tensión de hilo", "1 día de instalación", "Total 2.340,00 EUR"]) }] }],
    [74.2, "lucia", (t) => `Aprobado. ¿Podrías venir la semana del ${t.date(12)}? El telar estará parado de todos modos por mantenimiento.`],
    [74.0, "robin", `Perfecto, reservo el martes y el miércoles.`],
    [31.4, "lucia", `Hola Robin:

Te debía noticias: el telar 3 funciona como un reloj. Un saludo de todo el taller. Los niños de Marcos llaman a los sensores «los chivatos».`],
  ]),

  conversation("試作レンズのサンプルについて", [
    [36.6, "sato", `ヘイル様

いつもお世話になっております。港光学の佐藤です。

ご依頼の試作レンズ五枚が完成しました。本日、国際便で発送いたします。到着は来週の予定です。

透過率の測定結果も箱に同封いたしました。ご確認のほど、よろしくお願いいたします。`],
    [30.2, "robin", `Dear Sato-san,

the five lenses arrived safely this morning and look beautiful. Transmission on our bench agrees with your sheet within half a percent. Thank you for the careful packing, and for the postcard.`],
    [29.6, "sato", `ヘイル様

無事に届いたとのこと、安心いたしました。

次の試作では、反射防止膜の厚さを少し変えてみたいと考えております。ご都合のよい時に、ご意見をお聞かせください。`],
  ]),

  conversation("询价：水质传感器二十套", [
    [48.5, "wang", `Robin 您好：

我们在展会上见过面。我公司计划为两个水厂采购二十套水质传感器，请问贵方能否提供报价和交货时间？

另外，请说明传感器的校准周期。谢谢！`],
    [48.1, "robin", `Dear Ms Wang,

of course I remember, you had the best tea at the fair. A quotation for twenty sets is attached. Delivery takes eight weeks; the probes should be calibrated once a year.`, { files: [{ name: "quotation-20-probes.pdf", type: "application/pdf", bytes: pdf(["Quotation 118", "20 water quality probes", "Delivery: 8 weeks", "Calibration: every 12 months"]) }] }],
    [46.4, "wang", `Robin 您好：

报价已收到，我们内部讨论后尽快回复您。祝工作顺利！`],
  ]),

  conversation("Старый осциллограф", [
    [84.4, "oleg", `Робин, привет!

Разбирал гараж и нашёл твой старый осциллограф, тот самый, с зелёным экраном. Работает! Выбросить рука не поднимается.

Заберёшь, когда будешь в Риге? Или отправить почтой?`],
    [84.0, "robin", `Oleg! I thought it was lost in the move. Please don't post it, it weighs as much as a goat. I'm in Riga again next year, I'll carry it home on my knees.`],
    [83.7, "oleg", `Договорились. Будет стоять в коридоре и ждать тебя. Привет от Марины и кота.`],
  ]),

  conversation("Mum's sixtieth", [
    [16.2, "mara", `Right. Mum's birthday. I have three ideas and I want you to shoot down two of them:

1. The cottage in Wales, everyone, one long weekend.
2. Dinner at the place with the lanterns.
3. We learn the Brahms trio and play it for her, badly.`],
    [16.0, "robin", `One and three can be combined. I haven't touched the viola in half a year, so "badly" is guaranteed. Does Dad know?`],
    [15.3, "mara", `Dad knows and has already looked up the cottage's boiler. He approves.

I've put a hold on it. They want a deposit of £200, I'll do it and you give me half when you see me.`],
    [15.1, "robin", `Perfect. I'm looking at trains, the night one to Brussels runs again. Can you send me the cello part? I want to know what I am up against.`],
    [9.2, "mara", `Cello part attached, with the fingerings of Mrs Pollock, so blame her.

Also: Aunt Ruth wants to come. I said yes. Don't make that face.`, { files: [{ name: "brahms-cello.pdf", type: "application/pdf", bytes: pdf(["Trio, cello part", "II. Andante", "Fingerings: E. Pollock"]) }] }],
    [9.0, "robin", `I am making no face. Aunt Ruth may turn the pages.`],
    [0.12, "mara", (t) => `The cottage people want the rest of the money and the number of beds. Are you bringing anyone? (Neutral tone. Entirely neutral.)

Tell me by tomorrow evening, they close the office on ${t.any(2)}. And ring Mum, she says you sound tired in your mails, which is a thing only she can hear.`],
  ]),

  conversation("Klettern am Samstag?", [
    [6.3, "jonas", `Moin!

Samstag soll es trocken bleiben. Lust auf den Turm? Ich hätte ab elf Zeit und würde das neue Seil mitbringen.`],
    [6.2, "robin", `Sehr gern! Elf passt. Ich bringe Kaffee mit und den Gurt, den du seit drei Monaten suchst.`],
    [6.1, "jonas", `Du hattest den?! Ich habe die halbe Halle verdächtigt. Bis Samstag, du Halunke.`],
  ]),

  conversation("Fotos vom See", [
    [112.3, "jonas", `Hier die Bilder von Sonntag. Das dritte ist mein Lieblingsbild, da sieht man das Boot noch trocken.

Nächstes Jahr nehmen wir das größere.`, { files: [1, 2, 3].map((shift) => ({ name: `see-${shift}.png`, type: "image/png", bytes: view(shift) })) }],
    [111.9, "robin", `Wunderbar! Mein Telefon trocknet noch im Reis. Danke fürs Ziehen.`],
  ]),

  conversation("Book club: what next?", [
    [29.2, "aylin", `Dear all,

nobody finished the last one, so let us be honest and choose something under three hundred pages. My proposals: a Norwegian about a lighthouse, an Argentinian about nothing at all, or a very short history of salt.

Votes please.`, { cc: ["sofia", "ben"] }],
    [29.0, "ben", `Salt. I like books one can season things with.`],
    [28.8, "robin", `Salt, though I reserve the right to read the lighthouse in secret.`],
    [28.2, "aylin", (t) => `Salt wins. We meet at mine on ${t.any(20)} at eight. Bring crisps, for research.`],
  ]),

  conversation("The boiler again", [
    [93.4, "peter", `Robin,

The boiler has started making the noise again. Your mother says it is the same noise, I say it is a semitone lower. I have recorded it but cannot find out how to send the recording.

Is it safe to leave it on overnight?

Dad`],
    [93.2, "robin", `Hi Dad,

if it's the knocking: that's trapped air, and safe. Bleed the radiator in the hall first, the key is in the drawer with the string. If there is any smell of gas, switch it off, open the window and ring the number on the sticker, and then me.

Keep the recording, I believe you about the semitone.`],
    [92.4, "peter", `Radiator bled. A great deal of hissing and now silence. Your mother misses the noise.

Dad`],
  ]),

  conversation("Sharing the workshop", [
    [128.3, "ben", `Hi Robin, the lease for the front room is up and I can have both rooms for not much more. Would you want the back one? There is a proper extraction hood, a sink, and light from the north. Rent would be 310 a month with heating, and you could use the lathe on days when I am at clients. No hurry, but the landlord asks me every time we meet on the stairs.`],
    [127.4, "robin", `That sounds dangerously good. Two questions: how noisy is the courtyard before nine, and may I leave a rig running overnight?`],
    [127.2, "ben", `The courtyard is a kindergarten from half past eight, so: very noisy, but cheerful. Overnight is fine as long as nothing smokes.`],
    [124.1, "robin", `Then yes. I can move in at the beginning of the month. I'll bring the good chair.`],
    [123.8, "ben", `Splendid. The chair was the last missing piece of equipment.`],
  ]),

  conversation("Talk proposal for Sensor Days", [
    [52.3, "sofia", (t) => `Hi Robin,

The call for the Sensor Days is open until ${t.date(9)}. What do you think of a joint talk: "Five winters under water: what fails first"? You have the failures, I have the statistics.

If you like it, could you write two paragraphs on the seals by ${t.weekday(4)}? I would do the rest.`],
    [51.4, "robin", `I like it very much, especially since I do have the failures. Two paragraphs are below, cut freely.

The first thing to go is never the electronics. It is the place where somebody had to choose between two materials: gland and cable, window and housing, potting and board. We looked at 212 units that came back over five years, and 171 of them had leaked at such a border.

The second thing to go is the label. Nobody believes how much an unreadable serial number costs.`],
    [50.6, "sofia", `Excellent, the label stays in. Submitted! I put you first, by alphabet and by number of leaks.`],
    [22.3, "days", `Dear Robin Hale, dear Sofia Lindqvist,

we are delighted to tell you that your proposal "Five winters under water: what fails first" has been accepted as a thirty-minute talk. The reviewers particularly enjoyed the paragraph about labels.

Please confirm your participation within two weeks. Travel and two nights are covered for one speaker per talk.`],
    [21.8, "robin", `Thank you, that is wonderful news. We confirm. Sofia will use the travel grant, I come by train on my own account.`],
  ], { with: ["sofia"] }),

  conversation("Ablesung der Wasserzähler", [
    [66.3, "krueger", (t) => `Sehr geehrte Mieterinnen und Mieter,

am ${t.day(11)} werden zwischen 8 und 12 Uhr die Wasserzähler in Ihrem Haus abgelesen. Bitte sorgen Sie dafür, dass die Zähler in Küche und Bad frei zugänglich sind.

Sollten Sie verhindert sein, hinterlegen Sie bitte einen Schlüssel oder teilen Sie uns die Stände bis zum Vortag schriftlich mit.`],
    [65.9, "robin", `Guten Tag,

ich bin an dem Tag nicht in Berlin. Die Stände lese ich am Abend vorher ab und schicke sie Ihnen mit Foto.`],
    [56.4, "robin", `Guten Tag,

wie angekündigt: Küche 148,220 m³, Bad kalt 203,915 m³, Bad warm 96,480 m³.`],
    [55.2, "krueger", `Sehr geehrte/r Robin Hale,

vielen Dank, die Stände sind eingetragen.`],
  ]),

  conversation("Heizkostenabrechnung und neue Vorauszahlung", [
    [0.55, "krueger", (t) => `Sehr geehrte/r Robin Hale,

anbei erhalten Sie die Abrechnung der Heizkosten. Es ergibt sich eine Nachzahlung von 138,42 EUR, die wir bis zum ${t.full(21)} auf das bekannte Konto erbitten.

Die monatliche Vorauszahlung erhöht sich ab dem übernächsten Monat um 12,00 EUR. Einwände können Sie innerhalb von vier Wochen schriftlich erheben.`, { files: [{ name: "Heizkosten.pdf", type: "application/pdf", bytes: pdf(["Heizkostenabrechnung", "Wohnung 3. OG links", "Verbrauch 4.310 kWh", "Nachzahlung 138,42 EUR"]) }] }],
  ]),

  conversation("Unterlagen für die Umsatzsteuer", [
    [44.4, "lenz", (t) => `Guten Tag,

für die Voranmeldung fehlen mir noch der Kontoauszug vom letzten Monat und die Rechnung der Spedition. Könnten Sie mir beides bis ${t.weekday(5)} hochladen oder mailen? Sonst wird es mit der Frist am Zehnten eng.`],
    [43.6, "robin", `Guten Tag Frau Lenz,

beides hängt an. Die Spedition hat zweimal geschickt, gültig ist die zweite Fassung.`, { files: [{ name: "kontoauszug.pdf", type: "application/pdf", bytes: pdf(["Kontoauszug", "Sparbank Havel", "Endsaldo 7.412,09 EUR"]) }, { name: "spedition-rechnung.pdf", type: "application/pdf", bytes: pdf(["Rechnung 88213", "Transport Berlin - Bristol", "412,80 EUR"]) }] }],
    [43.1, "lenz", `Danke, damit ist alles da. Die Anmeldung geht morgen raus.`],
  ]),

  conversation((t) => `Belege ${t.month(-1)}`, [
    [1.6, "lenz", (t) => `Guten Tag,

es ist wieder so weit: Bitte schicken Sie mir die Belege des letzten Monats bis zum ${t.date(6)}. Die Quittung der Werkstattmiete reicht als Foto.`],
  ]),

  conversation("Schaden 77-40913: Fahrrad", [
    [102.3, "insurer", `Guten Tag,

wir haben Ihre Meldung erhalten. Damit wir den Diebstahl Ihres Fahrrads bearbeiten können, benötigen wir noch den Kaufbeleg und das Aktenzeichen der Polizei.

Der Zeitwert wird auf höchstens 1.200 € geschätzt.`],
    [101.5, "robin", `Guten Tag,

der Kaufbeleg ist angehängt. Das Aktenzeichen lautet 260714-1120-i00417. Abgestellt war das Rad im Hof, angeschlossen an das Geländer.`, { files: [{ name: "kaufbeleg.pdf", type: "application/pdf", bytes: pdf(["Velowerk Moabit", "Tourenrad, Rahmen 56", "1.349,00 EUR"]) }] }],
    [95.6, "insurer", `Guten Tag,

die Prüfung ist abgeschlossen. Wir überweisen Ihnen 1.080,00 € auf das angegebene Konto. Damit ist der Vorgang für uns erledigt.`],
  ]),

  conversation("Looking after Pixel", [
    [140.2, "aylin", `Robin, could you feed the cat from the twelfth to the nineteenth? She now accepts only the salmon one, served at room temperature, by someone who does not look at her.`],
    [140.0, "robin", `I have trained all my life for this. Leave the key with the bakery?`],
    [139.8, "aylin", `Key is at the bakery under "Pixel". There is cake in the fridge, that one is for you, though she will tell you otherwise.`],
    [131.5, "robin", `Report from day four: she sat on my drawings for two hours. I take it as approval of the dimensions.`],
  ]),

  conversation("Konzertkleidung und Probenwochenende", [
    [38.4, "nele", (t) => `Ihr Lieben,

zwei Dinge. Erstens: Beim Konzert tragen wir alle Dunkelblau, nicht Schwarz. Wer nichts hat, meldet sich bei Marlene, sie hat einen Koffer voll.

Zweitens: Das Probenwochenende in Buckow steht. Bitte gebt mir bis ${t.weekday(6)} Bescheid, ob ihr im Zelt oder im Haus schlafen wollt.`, { list: "Kiezchor Moabit <chor.kiezchor.example>" }],
    [37.9, "robin", `Haus, bitte. Beim letzten Zelt hat mir ein Dachs die Noten gefressen. Dunkelblau habe ich.`],
  ]),

  conversation("Probe fällt aus, dafür Stimmprobe Tenor", [
    [8.4, "nele", (t) => `Ihr Lieben,

am ${t.any(2)} fällt die große Probe aus, die Heizung in der Aula streikt. Der Tenor trifft sich trotzdem um 19 Uhr bei mir in der Küche. Zweiter Hinterhof, dem Summen nach.`, { list: "Kiezchor Moabit <chor.kiezchor.example>" }],
  ]),

  conversation("Gruß aus dem Garten", [
    [118.4, "inge", `Lieber Robin,

die Quitten sind dieses Jahr so viele, dass sich der Baum auf den Zaun lehnt. Ich koche Gelee, bis die Gläser ausgehen. Bring welche mit, wenn du kommst, und Zeit.

Der Nachbar hat jetzt einen Roboter, der den Rasen mäht. Er fürchtet sich vor ihm. Der Nachbar, meine ich.

Es umarmt dich
deine Inge`],
    [117.2, "robin", `Liebe Inge,

ich bringe zwölf Gläser, zwei Tage Zeit und eine Leiter. Und ich rede mit dem Roboter.

Dein Robin`],
  ]),

  conversation("Gelee", [
    [1.2, "inge", `Lieber Robin,

vom Quittengelee sind noch vier Gläser übrig. Ich schicke sie dir, bevor ich sie selbst esse. Das Porto kostet mehr als der Zucker, 7,69 € für ein Päckchen!

Wie geht es deiner Bratsche?

Deine Inge`],
  ]),

  conversation("Senior embedded role, Berlin or remote", [
    [58.6, "recruiter", `Hi Robin,

I came across your profile and was impressed by your work on low-power sensors. I'm working with a well-funded scale-up that is building the operating system for connected buildings, and your background looks like a fantastic fit.

The range is 95 to 115k plus equity. Would you be open to a quick chat this week?`],
    [51.5, "recruiter", `Hi Robin,

Just floating this back to the top of your inbox. The team is moving fast and I'd hate for you to miss out. Does tomorrow at eleven work?`, { quote: false }],
    [51.2, "robin", `Hi Dominic,

thank you for thinking of me. I'm happily self-employed and would like to stay so. All the best for the search.`],
  ]),

  conversation("Visiting Berlin", [
    [25.3, "tamsin", `Dear Robin,

it has been far too long. Row and I are coming to Berlin for a long weekend and would love to see you. Is the bakery with the rude cat still there? And would you know a hotel that is quiet and not beige?

Much love
Tamsin`],
    [24.4, "robin", `Dear Tamsin,

what lovely news! The bakery is there, the cat is ruder. Forget the hotel: the workshop has a sofa bed and no beige at all. Tell me the dates and I will hide the soldering irons.

Robin`],
    [24.1, "tamsin", `That is terribly kind, and yes please. I'll write as soon as Row knows her rota.

T`],
  ]),

  conversation("Dates for Berlin", [
    [0.75, "tamsin", (t) => `Dear Robin,

Row has her rota at last: we could come from ${t.any(96)} to ${t.any(100)}. Does that suit you, or is it the week of your fair? Say so if it is too much, we are very good at hotels.

Much love
Tamsin`],
  ]),

  conversation("Parcel for you at number 12", [
    [15.8, "ben", `The courier left a parcel for you with the tailor at number 12. It says "fragile" and rattles. I take no responsibility for either.`],
    [15.7, "robin", `Those are ball bearings. They are supposed to rattle. Thank you!`],
  ]),

  conversation("Lathe", [
    [5.4, "ben", (t) => `Two things about the lathe. First, somebody turned brass without emptying the tray, and I know it was you because I own no brass. Second, the service technician comes on ${t.day(7)} in the morning and I am in Leipzig. Could you let him in? He needs about an hour and talks about sailing.`],
    [5.2, "robin", `Guilty on the first count, available on the second. I will ask about the boat.`],
  ]),

  conversation("Cable supplier", [
    [11.6, "tom", `Robin, do you still have the contact for the people in Lübeck who made the orange cable? Ours quotes fourteen weeks and I need two hundred metres before the end of the month.`],
    [11.5, "robin", `Yes: Nordkabel, ask for Herr Jessen, best before ten in the morning. Tell him it's for salt water and he will give you the better jacket without being asked.`],
    [10.3, "tom", `Jessen has two hundred metres on the shelf and sends them on Thursday. You're a wizard.`],
  ], { with: [] }),

  conversation("Status before the steering meeting", [
    [31.3, "priya", `Hi Robin,

for the steering meeting I need three lines from you: what was done, what is next, what could hurt. Today would be perfect, tomorrow at nine is still fine.`],
    [31.1, "robin", `Done: 1.4.1 released, brown-out closed. Next: charge controller in the cold. Could hurt: lead time of the orange cable.`],
    [30.9, "priya", `Beautifully short. The committee will think you're cross with them, but I know better.`],
  ]),

  conversation("Kalibrierung der Leihgeräte", [
    [88.3, "katrin", `Guten Tag Robin Hale,

unsere beiden Leihgeräte zeigen seit dem Umbau leicht abweichende Werte, etwa 0,3 Grad. Ist das noch innerhalb der Toleranz oder sollten wir sie zu Ihnen schicken?`],
    [88.0, "robin", `Guten Tag Frau Seifert,

0,3 Grad liegt knapp außerhalb. Bitte schicken Sie beide zusammen, dann vergleiche ich sie im selben Bad. In der Zwischenzeit können Sie die Differenz im Portal als Korrektur eintragen.`],
    [79.5, "robin", `Guten Tag Frau Seifert,

beide Geräte sind abgeglichen und auf dem Rückweg. Ursache war ein Adapter mit schlechtem Kontakt, den habe ich getauscht.`],
    [77.8, "katrin", `Vielen Dank für die schnelle Hilfe, die Geräte sind wohlbehalten angekommen.`],
  ]),

  conversation("Minutes: probe programme, Tuesday", [
    [13.4, "priya", (t) => `All,

short minutes from this morning.

- Revision D of the enclosure is released to the toolmaker.
- Tom measures the antenna in the thicker housing by ${t.date(7)}.
- Robin sends the parts list for the winter version by ${t.date(10)}.
- Aberdeen: Priya talks to the harbour office.

Shout if I got anything wrong.`, { cc: ["tom"] }],
    [13.3, "robin", `All correct. The parts list will be there a day early if the distributor answers.`],
    [12.1, "tom", `Fine by me. Antenna looks better than I feared, plot to follow.`],
  ], { with: ["tom"] }),

  conversation("Your viola", [
    [146.4, "mara", `I met Mr Ames, who says your viola case has been in his hall cupboard for six years and would you like it back. It has a moth in it. I quote: "one moth, singular, but a confident one".`],
    [146.1, "robin", `So that's where it went. Please rescue the case and let the moth stay with Mr Ames, they seem happy.`],
  ]),

  conversation("Umzug Werkstatt: wer hat Zeit?", [
    [121.5, "robin", (t) => `Hallo Jonas,

ich ziehe am ${t.saturday()} mit der Werkstatt um. Es sind zwölf Kisten, ein Regal und eine Bohrmaschine, die schwerer ist als wir beide. Hättest du ab zehn Zeit? Es gibt Kartoffelsuppe.`, { to: "jonas" }],
    [121.3, "jonas", `Für Kartoffelsuppe trage ich alles. Ich bringe die Sackkarre von der Arbeit mit.`],
    [119.4, "robin", `Danke nochmal! Die Bohrmaschine steht, mein Rücken auch wieder. Der Rest der Suppe ist eingefroren und trägt deinen Namen.`],
  ]),

  conversation("Thermal images of the west wall", [
    [154.4, "sofia", `Hi Robin,

you asked what the camera sees: here is the west wall of our lab at six in the morning. The bright stripe is the heating pipe that the plans say does not exist.

Could you check whether your logger shows the same step at about 05:40?`, { files: [{ name: "west-wall.png", type: "image/png", bytes: view(7) }] }],
    [153.8, "robin", `It does: 1.8 degrees within ten minutes, every weekday, never on Sundays. Somebody's timer believes in the pipe, too.`],
    [153.5, "sofia", `Ha! The caretaker has now confirmed the pipe, reluctantly. We shall name it after you.`],
  ]),

  conversation("Lieferverzug Gehäusedichtungen", [
    [163.2, "bernd", `Hallo,

die Dichtungen sind immer noch nicht da. Laut Lieferschein sollten sie letzte Woche kommen. Bitte um kurzen Zwischenstand, sonst müssen wir die Montage verschieben.`],
    [163.0, "robin", `Guten Tag Herr Wolters,

der Hersteller hat die Sendung verwechselt, Ihre Dichtungen waren in Graz. Sie sind jetzt per Express unterwegs und morgen vor zwölf bei Ihnen.`],
    [161.7, "bernd", `Ware ist eingetroffen. Danke für den Einsatz.`],
  ]),

  conversation("Interview for the makers' column", [
    [170.3, "aylin", `Robin, a magazine asked me for a portrait of someone who builds things in Moabit. May I interview you? Forty minutes, coffee on me, and I promise not to write "tinkerer".`],
    [169.8, "robin", `With pleasure, on condition that the photo is of the workbench. Thursday after five?`],
    [169.6, "aylin", `Thursday after five. The photographer wants your hands, at least.`],
    [149.5, "aylin", `It's out! Page 34. They cut the story about the goat, but the hands are glorious.`, { quote: false }],
  ]),

  conversation("Which glue for the window?", [
    [9.8, "sofia", `Robin, a customer wants a glass window in a steel housing, sixty metres down, cheap. I am about to say no. Talk me out of it?`],
    [9.7, "robin", `Only half out of it: glass on steel moves like two people who dislike each other, so the glue has to be the diplomat. A soft polyurethane, two millimetres thick, and the window loose enough to float. Cheap it will not be.`],
    [9.4, "sofia", `"The glue has to be the diplomat" goes on a slide. How long until it yellows?`],
    [9.3, "robin", `In the dark: never that I have seen. In the sun: two summers. So do not let them store it on the roof.`],
    [7.1, "sofia", (t) => `They agreed to the float and to the price! Could you review their drawing by ${t.weekday(6)}? It is one page and they will pay you for a day.`],
    [6.9, "robin", `Gladly. Ask them for the tolerance of the bore, people always forget the bore.`],
  ]),

  conversation("Ersatzschlüssel", [
    [27.6, "nele", `Hallo Robin, du hast doch den zweiten Schlüssel zur Aula. Kannst du ihn am Mittwoch dem Hausmeister geben? Er lässt sonst das Schloss tauschen, und das zahlt der Chor.`],
    [27.4, "robin", `Liegt bereit, ich gehe Mittwoch früh vorbei. Gibt es dafür eine Quittung, oder reicht sein Nicken?`],
    [27.3, "nele", `Sein Nicken ist amtlich. Danke!`],
  ]),

  conversation("Harbour photos for the brochure", [
    [64.8, "priya", (t) => `Hi Robin,

marketing would like three photos of the probe in real water for the brochure. Do you still have the ones from Leith? They go to print on ${t.date(8)}, so by ${t.weekday(5)} would be ideal.`],
    [64.2, "robin", `Here are the two that do not show my thumb. The third one has a seagull in it, I attach it as a bonus.`, { files: [{ name: "leith-1.png", type: "image/png", bytes: view(9) }, { name: "leith-seagull.png", type: "image/png", bytes: view(11) }] }],
    [63.9, "priya", `They chose the seagull. Of course they chose the seagull.`],
  ]),

  conversation("Angebot Datenlogger Pumpwerk Nord", [
    [134.6, "katrin", (t) => `Guten Tag Robin Hale,

für das Pumpwerk Nord suchen wir vier Datenlogger mit Anzeige. Könnten Sie uns bis zum ${t.date(10)} ein Angebot machen? Der Einbau wäre im nächsten Quartal.`],
    [132.1, "robin", `Guten Tag Frau Seifert,

das Angebot hängt an. Ich habe die Anzeige als eigene Position aufgeführt, weil Sie sie vielleicht nur an zwei Stellen brauchen.`, { files: [{ name: "angebot-pumpwerk.pdf", type: "application/pdf", bytes: pdf(["Angebot Pumpwerk Nord", "4 Datenlogger", "Anzeige je Stück 118,00 EUR", "Gesamt 3.912,00 EUR"]) }] }],
    [125.2, "katrin", `Guten Tag Robin Hale,

der Auftrag ist freigegeben, die Bestellung kommt per Post. Sie hatten recht: zwei Anzeigen genügen.`],
  ]),

  conversation("Is this thing yours?", [
    [51.9, "ben", `There is a glass jar on the window sill with a steel screw in green water and a label that says "do not shake, day 212". The cleaning lady asks whether it is alive.`],
    [51.8, "robin", `It is my longest-running experiment and it is only slightly alive. Please tell her she may look but not help.`],
    [51.7, "ben", `She has named it Gerhard.`],
  ]),

  conversation("Termin für die Dachantenne", [
    [20.6, "jonas", (t) => `Hi Robin, kannst du mir am ${t.any(5)} beim Ausrichten der Antenne helfen? Ich stehe auf dem Dach, du sagst mir am Telefon, ob die Zahl größer wird. Dauert zehn Minuten.`],
    [20.5, "robin", `Ja, ab 18 Uhr. Aber bitte mit Gurt, du weißt ja jetzt wieder, wo er ist.`],
  ]),
];

/** Mails that stand alone: [days ago, who, subject, text, extra]. */
export const letters = [
  [0.31, "surgery", "Erinnerung an Ihren Termin", (t) => `Guten Tag Robin Hale,

wir erinnern an Ihren Termin am ${t.day(3)} um 8:40 Uhr. Bitte bringen Sie Ihre Versichertenkarte mit. Wenn Sie den Termin nicht wahrnehmen können, sagen Sie bitte mindestens 24 Stunden vorher ab.`],
  [97.3, "surgery", "Ihre Laborwerte liegen vor", `Guten Tag Robin Hale,

Ihre Laborwerte sind eingetroffen und unauffällig. Eine Kopie liegt am Empfang für Sie bereit.`],
  [0.63, "tom", "Antenna plot, thicker wall", `Robin,

plot attached. With 3.0 mm of wall we are 12 MHz low before matching and spot on after it. No reply needed, just thought you would sleep better.`, { files: [{ name: "s11.png", type: "image/png", bytes: chart([0.9, 0.84, 0.6, 0.15, 0.5, 0.82, 0.9], [150, 80, 60]) }] }],
  [0.16, "jonas", "Seil vergessen", `Hast du zufällig mein Seil eingepackt? Das blaue. Ich war sicher, es liegt im Kofferraum, da liegt aber nur dein Helm. Tausch am Mittwoch beim Training?`],
  [34.5, "peter", "Photograph of the robin", `Robin,

A robin has moved into the watering can. Your mother finds this very funny and asked me to tell you at once.

Dad`, { files: [{ name: "watering-can.png", type: "image/png", bytes: view(4) }] }],
  [107.2, "priya", "Out of office next week", (t) => `Hi all,

I'm away from ${t.date(4)} for a week, walking along something windy. Tom has the keys to everything; for the toolmaker please ring rather than write.`],
  [80.6, "days", "Call for talks: Sensor Days in Aarhus", (t) => `Dear colleague,

the call for talks is open until ${t.full(38)}. We are looking for stories from the field: what you measured, what went wrong, and what you would do differently. Thirty minutes, slides optional.`],
  [5.8, "days", "Speaker details needed", (t) => `Dear Robin Hale,

for the printed programme we still need a short biography (sixty words) and a photograph. Please send both by ${t.date(5)}; after that the printer decides what you look like.`],
  [2.6, "aylin", "Salt", `I am on page 40 and already insufferable at dinner. Did you know that they paid for a whole canal with it? Do not answer, just read.`],
  [59.4, "krueger", "Treppenhausreinigung", `Sehr geehrte Mieterinnen und Mieter,

ab dem kommenden Monat übernimmt die Firma Blankwerk die Reinigung des Treppenhauses. Bitte stellen Sie mittwochs keine Schuhe und Fahrräder in den Flur.`],
  [137.6, "lenz", "Einkommensteuerbescheid", `Guten Tag,

der Bescheid ist da und entspricht unserer Berechnung. Sie erhalten 612,00 € zurück. Es ist nichts weiter zu tun.`],
  [173.5, "mara", "Song stuck in head", `It is your fault that I have been humming the ferry jingle since Tuesday. I have infected the whole department. The dean hums it.`],
  [7.6, "mara", "Ruth", `Aunt Ruth has bought walking boots. She has never walked. I am only telling you so that your face is ready.`],
  [18.8, "peter", "Your old school", `Robin,

They are pulling down the science block and selling the benches. I have put my name down for the one with your initials in it. Thirty pounds, which is more than the initials cost at the time.

Dad`],
  [55.3, "tamsin", "Thank you for the book", `Dear Robin,

it came on Saturday and I have read nothing else since. Row says I snort. The chapter on tides is worth the whole of it.

Love
Tamsin`],
  [143.6, "sofia", "Conductivity standard, a warning", `Robin, a quick one: lot 2207 of the standard solution is three percent low. We found out the slow way. Check your shelf and do not trust the label.`],
  [166.4, "inge", "Erdbeeren", `Lieber Robin,

die ersten Erdbeeren sind reif. Sie warten nicht.

Deine Inge`],
];

/** Delivered one at a time, after the first delivery: [who, subject to answer or new, text]. */
export const further = [
  ["priya", "Pilot units for Aberdeen", (t) => `Hi Robin,

one more thing for the chamber: the operator asks for the maximum current of the heater. Could you send it by ${t.any(1)} at ten? A rough number is enough.

Thanks`],
  ["mara", "Mum's sixtieth", () => `Found the viola part, it was inside the piano stool all along. Shall I post it or scan it? Tell me tonight and it goes out with tomorrow's post.`],
  ["katrin", "Abnahmetermin Messpunkte 1 bis 3", (t) => `Guten Tag Robin Hale,

der Sitzungsraum ist gebucht, bitte melden Sie sich am Empfang. Könnten Sie mir bis ${t.weekday(2)} noch das Kennzeichen nennen, falls Sie doch mit dem Auto kommen?`],
  ["jonas", "Klettern am Samstag?", () => `Nächsten Samstag wieder? Ich habe den Turm ab zehn reserviert. Sag bis morgen Bescheid, sonst nehme ich meinen Bruder mit, und der sichert wie er parkt.`],
  ["sofia", "Slides for Aarhus", (t) => `Hi Robin,

the organisers want our slides by ${t.date(8)}. I have drafted the first ten. Could you add the photos of the three worst seals? The uglier the better.`],
  ["claire", "Devis pour trente lampes", () => `Rebonjour Robin,

la librairie demande si l'abat-jour peut aussi être vert. Pour vous cela ne change rien, n'est-ce pas ? Un petit mot avant demain soir me suffit.`],
];
