// Turns what is said (conversations, companies, machines, strangers) into mails with times, ids,
// quotes and the marks that travelling leaves.

import { DAY, atHour, calendarDate, mailDate, skipWeekend, speak } from "./calendar.mjs";
import { encode } from "./charset.mjs";
import { companies } from "./companies.mjs";
import { conversations, letters } from "./conversations.mjs";
import { chart } from "./files.mjs";
import { appointments, machines } from "./machines.mjs";
import { closings, friends, people } from "./people.mjs";
import { broken, strangers } from "./strangers.mjs";

const BERLIN = "Europe/Berlin";
const ROBIN = people.robin;
const EXACT_DAYS = 1.2; // closer to now than this, a mail comes at the very minute given
const SPARE_AFTER_DAYS = 3;
const MINUTE = 60e3;

const domainOf = (email) => email.split("@")[1];
const call = (value, ...args) => (typeof value === "function" ? value(...args) : value);

// ---- time

const timeOf = (ago, { zone, office }, now, random, after = 0) => {
  let ms = now - ago * DAY;
  if (ago > EXACT_DAYS) {
    const hour = office ? 8.5 + random.next() * 9 : 7.5 + random.next() * 14.5;
    ms = atHour(office ? skipWeekend(ms, zone) : ms, hour, zone) + random.int(0, 59) * 1000;
    ms -= ms > now ? 3 * DAY : 0; // Monday is not there yet: it was on Friday
  }
  if (ms <= after) {
    ms = after + random.int(7, 50) * MINUTE + random.int(0, 59) * 1000;
  }
  return Math.min(Math.floor(ms / 1000) * 1000, now - MINUTE);
};

// ---- text

const wrapLine = (line, width, soft) => {
  const prefix = /^[> ]*/.exec(line)[0];
  const words = line.slice(prefix.length).split(" ");
  const lines = [];
  let current = prefix;
  for (const word of words) {
    if (current.length > prefix.length && current.length + 1 + word.length > width) {
      lines.push(current + soft);
      current = prefix + word;
    } else {
      current += (current.length > prefix.length ? " " : "") + word;
    }
  }
  return [...lines, current];
};

const wrap = (text, flowed) =>
  text.split("\n").flatMap((line) => wrapLine(line, 72, flowed ? " " : "")).join("\n");

const quote = (text) => text.split("\n").map((line) => (line ? (line.startsWith(">") ? `>${line}` : `> ${line}`) : ">")).join("\n");

// What is quoted more than twice has been read by now.
const thin = (text) => text.split("\n").filter((line) => !/^>>>|^> >>/.test(line)).join("\n");

const ATTRIBUTION = {
  en: (when, name) => `On ${when}, ${name} wrote:`,
  de: (when, name) => `Am ${when} schrieb ${name}:`,
  fr: (when, name) => `Le ${when}, ${name} a écrit :`,
  es: (when, name) => `El ${when}, ${name} escribió:`,
  ja: (when, name) => `${when} ${name}:`,
  ru: (when, name) => `${when}, ${name} пишет:`,
  zh: (when, name) => `${when} ${name} 写道：`,
};

const escapeHtml = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

const paragraphsHtml = (text) => text.split("\n\n").map((p) => `<p style="margin:0 0 1em 0">${escapeHtml(p).replace(/\n/g, "<br>")}</p>`).join("\n");

const richText = (said, signature, attribution, quoted) =>
  `<html><body style="font-family:Calibri,Arial,sans-serif;font-size:11pt">\n${paragraphsHtml(said)}\n` +
  (signature ? `<p style="color:#666666;font-size:9pt">${escapeHtml(signature).replace(/\n/g, "<br>")}</p>\n` : "") +
  (quoted ? `<div style="border-left:2px solid #b0b4b8;padding-left:10px;color:#444444"><p>${escapeHtml(attribution)}</p>\n${paragraphsHtml(quoted.replace(/^>+ ?/gm, ""))}</div>\n` : "") +
  "</body></html>";

const fits = (text, charset) => {
  try {
    encode(text, charset);
    return true;
  } catch {
    return false; // encode() names the one character that the charset lacks
  }
};

const sign = (said, writer, language, isFriend) => {
  const closing = writer === ROBIN ? (isFriend ? "Robin" : closings[language]) : writer.closing;
  const last = said.trimEnd().split("\n").pop();
  return !closing || /^(Robin|Dein Robin|Dad|T|Tamsin|deine Inge|Deine Inge|Jessen)$/.test(last) ? said : `${said}\n\n${closing}`;
};

// ---- the road

const trace = (mail, random) => {
  const domain = domainOf(mail.from.email);
  const host = `mail.${domain}`;
  const address = `192.0.2.${random.int(2, 250)}`;
  const bounce = mail.bulk ? `bounce-${random.hex(10)}@${domain}` : mail.from.email;
  const spf = mail.doubtful ? "spf=softfail" : "dkim=pass header.d=" + domain + "; spf=pass";
  return [
    ["Return-Path", `<${bounce}>`],
    ["Delivered-To", ROBIN.email],
    ["Received", `from ${host} (${host} [${address}])\n by mx.hale.example (Postfix) with ESMTPS id ${random.hex(10).toUpperCase()}\n for <${ROBIN.email}>; ${mailDate(mail.ms + 2000, BERLIN)}`],
    ["Authentication-Results", `mx.hale.example;\n ${spf} smtp.mailfrom=${bounce}`],
  ];
};

const bulkHeaders = (domain, token, name) => [
  ["List-Id", `${name} <mail.${domain}>`],
  ["List-Unsubscribe", `<https://www.${domain}/u/${token}>,\n <mailto:leave-${token}@${domain}>`],
  ["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"],
  ["Precedence", "bulk"],
];

const PROGRAMS = ["Mozilla Thunderbird", "Apple Mail (2.3774)", "Evolution 3.46.4", "Microsoft Outlook 16.0", "Roundcube Webmail/1.6.5"];

const received = (mail, random) => ({ to: [ROBIN], ...mail, trace: trace(mail, random) });

// ---- conversations

const idOf = (random, subject, index, writer) =>
  `${random.fork(`${subject}/${index}`).hex(20)}@${domainOf(writer.email)}`;

const otherOf = (conversation) => {
  const [, who, , extra] = conversation.messages[0];
  return who === "robin" ? extra.to : who;
};

const writeReply = (mail, previous, { quoted, text, writer, language, friend }) => {
  const said = sign(text, writer, language, friend);
  const when = previous && speak(previous.ms, language, writer.zone).stamp();
  const attribution = previous && ATTRIBUTION[language](when, previous.from.name);
  const old = quoted && previous ? thin(previous.said) : "";
  const signature = writer.signature;
  const plain = said + (signature && !old ? `\n\n-- \n${signature}` : "") + (old ? `\n\n${attribution}\n${quote(old)}` : "");
  const body = wrap(plain, writer.flowed).replace(/^--$/m, "-- ");
  const charset = writer.charset && fits(body, writer.charset) ? writer.charset : "utf-8";
  return {
    ...mail,
    charset,
    flowed: writer.flowed,
    said: said + (old ? `\n\n${attribution}\n${quote(old)}` : ""),
    text: body,
    html: writer.rich ? richText(said, signature, attribution, old) : undefined,
  };
};

const repliesTo = (subject, writer, first) => (first ? subject : `${writer.reply ?? "Re"}: ${subject}`);

const writeConversation = (random, now, conversation, order) => {
  const first = now - conversation.messages[0][0] * DAY;
  const other = people[otherOf(conversation)];
  const subject = call(conversation.subject, speak(first, other.language, other.zone));
  const key = typeof conversation.subject === "string" ? conversation.subject : subject;
  const friend = friends.has(otherOf(conversation));
  const mails = [];
  conversation.messages.forEach(([ago, who, text, extra = {}], index) => {
    const previous = mails[index - 1];
    const writer = people[who];
    const language = writer === ROBIN && !(other.language in closings) ? "en" : other.language;
    const spoken = writer === ROBIN ? language : writer.language;
    const ms = timeOf(ago, { zone: writer.zone, office: !friend }, now, order, previous?.ms ?? 0);
    const lastOther = mails.filter((mail) => mail.from !== ROBIN).pop()?.from ?? other;
    const cc = (extra.cc ?? conversation.with ?? []).map((name) => people[name]).filter((person) => person !== writer && person !== lastOther);
    const mail = {
      id: idOf(random, key, index, writer),
      from: writer, ms, zone: writer.zone,
      to: [writer === ROBIN ? lastOther : ROBIN],
      cc: index === 0 && !extra.cc && writer !== ROBIN ? [] : cc,
      subject: repliesTo(subject, writer, index === 0),
      inReplyTo: previous?.id,
      references: previous && [...(previous.references ?? []), previous.id],
      files: extra.files,
      headers: [
        ["User-Agent", PROGRAMS[writer.name.length % PROGRAMS.length]],
        ...(extra.list ? [["List-Id", extra.list], ["List-Post", "<mailto:alle@kiezchor.example>"]] : []),
      ],
      sent: writer === ROBIN,
    };
    const whole = writeReply(mail, previous, {
      quoted: extra.quote ?? true, text: call(text, speak(ms, spoken, writer.zone)), writer, language: spoken, friend,
    });
    mails.push(mail.sent ? whole : received(whole, order));
  });
  return mails;
};

const writeLetter = (random, now, [ago, who, subject, text, extra], order) =>
  writeConversation(random, now, { subject, messages: [[ago, who, text, extra]] }, order);

// ---- companies and machines

const plainOf = ({ title, opening, pieces, goods, rows, total, closing, label }, { domain }) => [
  title, opening,
  ...(pieces ?? []).map(([name, text]) => `${name.toUpperCase()}\n${text}`),
  ...(goods ?? []).map(([name, price]) => `* ${name}: ${price}`),
  ...(rows ?? []).map(([name, amount]) => `${name}: ${amount}`),
  total && `${total[0]}: ${total[1]}`,
  closing,
  label && `${label}: https://www.${domain}/`,
].filter(Boolean).join("\n\n");

const writeCompany = (company, [ago, subject, content], now, random) => {
  const token = random.hex(16);
  const paper = { ...company.from, token };
  const given = { title: subject, hidden: content.opening, ...content };
  const ms = timeOf(ago, { zone: BERLIN, office: false }, now, random);
  return received({
    id: `${random.hex(24)}@${paper.domain}`,
    from: { name: paper.name, email: paper.email },
    ms, zone: BERLIN, subject,
    text: company.from.name === "Lumora" ? undefined : wrap(plainOf(given, paper)),
    html: company.layout(paper, given),
    files: content.files,
    bulk: true,
    headers: company.subscribed ? bulkHeaders(paper.domain, token, paper.name) : [["X-Mailer", "Postwagen 4.2"]],
    spare: ago > SPARE_AFTER_DAYS,
  }, random);
};

const writeMachine = (machine, [ago, subject, content, label], now, random) => {
  const paper = { ...machine.from, token: random.hex(16) };
  const ms = timeOf(ago, { zone: BERLIN, office: false }, now, random);
  const text = call(content, speak(ms, paper.language, BERLIN));
  const topic = /\[([\w/-]+)\].*\(#(\d+)\)/.exec(subject);
  const root = topic && `${topic[1]}/${topic[2]}@${paper.domain}`;
  const begins = topic && !subject.startsWith("Re:");
  return received({
    id: begins ? root : `${random.hex(24)}@${paper.domain}`,
    inReplyTo: topic && !begins ? root : undefined,
    references: topic && !begins ? [root] : undefined,
    from: { name: paper.name, email: paper.email },
    ms, zone: BERLIN, subject,
    text: wrap(text) + (label ? `\n\n${label}: https://www.${paper.domain}/${paper.token}` : ""),
    html: machine.layout ? machine.layout(paper, { title: subject, text, label, path: paper.token }) : undefined,
    bulk: true,
    headers: [["Auto-Submitted", "auto-generated"], ...(machine.subscribed ? bulkHeaders(paper.domain, paper.token, paper.name) : [])],
    spare: ago > SPARE_AFTER_DAYS && !topic,
  }, random);
};

// ---- appointments

const INVITATION = {
  en: (title, when, place, text) => `${text}\n\nWhat: ${title}\nWhen: ${when}\nWhere: ${place}`,
  de: (title, when, place, text) => `${text}\n\nTermin: ${title}\nWann: ${when}\nWo: ${place}`,
};

const eventText = ({ uid, ms, start, minutes, title, place, text, writer }) => [
  "BEGIN:VCALENDAR", "PRODID:-//Kalenderwerk//Calendar 3.1//EN", "VERSION:2.0", "CALSCALE:GREGORIAN", "METHOD:REQUEST",
  "BEGIN:VEVENT", `UID:${uid}`, `DTSTAMP:${calendarDate(ms)}`, `DTSTART:${calendarDate(start)}`,
  `DTEND:${calendarDate(start + minutes * MINUTE)}`, `SUMMARY:${title.replace(/[,;]/g, "\\$&")}`,
  `LOCATION:${place.replace(/[,;]/g, "\\$&")}`, `DESCRIPTION:${text.replace(/[,;]/g, "\\$&")}`,
  `ORGANIZER;CN="${writer.name}":mailto:${writer.email}`,
  `ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${ROBIN.email}`,
  "SEQUENCE:0", "STATUS:CONFIRMED", "END:VEVENT", "END:VCALENDAR", "",
].join("\r\n");

const writeAppointment = ([ago, who, title, ahead, hour, minutes, place, text], now, random) => {
  const writer = people[who];
  const ms = timeOf(ago, { zone: writer.zone, office: true }, now, random);
  const words = speak(ms, writer.language, BERLIN);
  const sameDay = ahead === 0 && words.at(0, hour) > ms + 10 * MINUTE;
  const start = words.at(ahead === 0 && !sameDay ? 1 : ahead, hour);
  const when = speak(start, writer.language, BERLIN).stamp();
  const uid = `${random.hex(20)}@${domainOf(writer.email)}`;
  return received({
    id: `${random.hex(20)}@${domainOf(writer.email)}`,
    from: writer, ms, zone: writer.zone,
    subject: `${writer.language === "de" ? "Einladung" : "Invitation"}: ${title} (${when})`,
    text: wrap(INVITATION[writer.language](title, when, place, text)),
    event: { method: "REQUEST", text: eventText({ uid, ms, start, minutes, title, place, text, writer }) },
  }, random);
};

// ---- strangers and broken mail

const shouted = (text) => `<html><body bgcolor="#ffffcc"><center><font face="Arial" size="4" color="#cc0000"><b>${escapeHtml(text.split("\n")[0])}</b></font><br><br><font size="3">${escapeHtml(text.split("\n").slice(1).join("\n")).replace(/(http:\S+)/g, '<a href="$1">CLICK HERE</a>').replace(/\n/g, "<br>")}</font><br><img src="http://pixel.example/x.gif" width="1" height="1"></center></body></html>`;

const writeStranger = ([ago, name, email, subject, text, rich], now, random) => received({
  id: `${random.hex(12)}@${domainOf(email)}`,
  from: { name, email },
  ms: timeOf(ago, { zone: BERLIN, office: false }, now, random), zone: random.pick(["America/New_York", "Asia/Singapore", "Africa/Lagos"]),
  subject,
  text: rich ? undefined : wrap(text),
  html: rich ? shouted(text) : undefined,
  doubtful: true,
  headers: [["X-Priority", "1"]],
  spare: ago > SPARE_AFTER_DAYS,
}, random);

const writeBroken = ({ ago, from, subject, text, file, ...harm }, now, random) => received({
  id: `${random.hex(12)}@${domainOf(from.email)}`,
  from, subject, text: wrap(text),
  ms: timeOf(ago, { zone: BERLIN, office: false }, now, random), zone: BERLIN,
  files: file && [{ name: file, type: "image/png", bytes: chart([0.3, 0.6, 0.4, 0.8], [90, 90, 90]) }],
  ...harm,
}, random);

// ---- all of it

export const writeAll = (random, now) => {
  const order = (name) => random.fork(`order/${name}`);
  return [
    ...conversations.flatMap((conversation, index) => writeConversation(random, now, conversation, order(`conversation ${index}`))),
    ...letters.flatMap((letter, index) => writeLetter(random, now, letter, order(`letter ${index}`))),
    ...companies.flatMap((company) => company.items.map((item) => writeCompany(company, item, now, order(`${item[0]} ${item[1]}`)))),
    ...machines.flatMap((machine) => machine.items.map((item) => writeMachine(machine, item, now, order(`${item[0]} ${item[1]}`)))),
    ...appointments.map((appointment) => writeAppointment(appointment, now, order(`${appointment[0]} ${appointment[2]}`))),
    ...strangers.map((stranger) => writeStranger(stranger, now, order(stranger[3]))),
    ...broken.map((mail) => writeBroken(mail, now, order(`${mail.ago} broken`))),
  ];
};

/** One mail that comes now and joins the conversation of its subject, if there is one. */
export const writeFurther = (random, now, { who, subject, text }) => {
  const writer = people[who];
  const known = conversations.find((conversation) => conversation.subject === subject);
  const ms = now - (now % 1000);
  const ids = (known?.messages ?? []).map(([, name], index) => idOf(random, subject, index, people[name]));
  const mail = {
    id: `${random.fork(`further/${now}`).hex(20)}@${domainOf(writer.email)}`,
    from: writer, ms, zone: writer.zone,
    subject: repliesTo(subject, writer, !known),
    inReplyTo: ids[ids.length - 1],
    references: known && ids,
  };
  const whole = writeReply(mail, null, {
    quoted: false, text: text(speak(ms, writer.language, writer.zone)), writer, language: writer.language, friend: friends.has(who),
  });
  return received(whole, random.fork(`road/${now}`));
};
