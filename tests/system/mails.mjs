// Mail for the system tests: a seeded generator, so that a failure comes again with its number.
//
//   for (const text of mails({ seed: 7, count: 2000 })) await jackdaw.deliver(text);
//
// Letters, replies in threads, answers of the owner, newsletters, receipts, invitations to act,
// HTML, attachments and other charsets, in the proportions of an ordinary mailbox.

const OWNER = "Robin Sample <robin@home.example>";
const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 7 * 60_000;

const PEOPLE = ["Kim", "Ada", "Jonas", "Mei", "Tomás", "Zoë", "Per", "Ines", "Sami", "Noor"];
const WORDS =
  "plan report garden invoice train window meeting budget draft river printer contract letter " +
  "summer museum keyboard ticket harbour lesson orchard parcel engine account festival";
const ASKS = [
  "Could you please send me the signed contract by Friday?",
  "Please confirm the date until 12 March 2026.",
  "Can you have a look at the draft and tell me what you think?",
  "We need the numbers by end of day tomorrow.",
];

/** A small generator of good quality (mulberry32): the same numbers everywhere. */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    below: (limit) => Math.floor(next() * limit),
    chance: (share) => next() < share,
    one: (list) => list[Math.floor(next() * list.length)],
  };
}

const encoded = (text) =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;

function prose(dice) {
  const words = WORDS.split(" ");
  const lines = [];
  for (let line = 0; line < 2 + dice.below(12); line++) {
    lines.push(Array.from({ length: 5 + dice.below(8) }, () => dice.one(words)).join(" ") + ".");
  }
  return lines.join("\r\n");
}

function plain(headers, text) {
  return [
    ...headers,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    text,
    "",
  ].join("\r\n");
}

function withParts(headers, kind, parts) {
  const boundary = "=-part-of-a-sample";
  const body = parts.flatMap(([header, text]) => [`--${boundary}`, ...header, "", text]);
  return [
    ...headers,
    "MIME-Version: 1.0",
    `Content-Type: multipart/${kind}; boundary="${boundary}"`,
    "",
    ...body,
    `--${boundary}--`,
    "",
  ].join("\r\n");
}

function newsletter(headers, dice) {
  const text = prose(dice);
  const html = `<html><body><h1>News</h1><p>${text.replaceAll("\r\n", "</p><p>")}</p>
<a href="https://news.example/unsubscribe">Unsubscribe</a></body></html>`;
  return withParts(
    [
      ...headers,
      "List-Id: The weekly <weekly.news.example>",
      "List-Unsubscribe: <https://news.example/unsubscribe>",
      "Precedence: bulk",
    ],
    "alternative",
    [
      [["Content-Type: text/plain; charset=utf-8"], `${text}\r\nUnsubscribe at news.example`],
      [["Content-Type: text/html; charset=utf-8"], html],
    ],
  );
}

function receipt(headers, dice) {
  const amount = `${1 + dice.below(400)}.${10 + dice.below(90)}`;
  return withParts(headers, "mixed", [
    [
      ["Content-Type: text/plain; charset=us-ascii"],
      `Thank you for your order.\r\nOrder number: ${dice.below(1e6)}\r\nTotal: EUR ${amount}\r\n`,
    ],
    [
      [
        "Content-Type: application/pdf",
        'Content-Disposition: attachment; filename="receipt.pdf"',
        "Content-Transfer-Encoding: base64",
      ],
      Buffer.from(`receipt over ${amount}`).toString("base64"),
    ],
  ]);
}

/** One mail; `past` holds what it may answer, and gets it. */
function one(number, dice, past) {
  const kind = dice.below(10);
  const person = dice.one(PEOPLE);
  const address = `${person.normalize("NFD").replace(/[^A-Za-z]/g, "").toLowerCase()}@home.example`;
  const friend = `${encoded(person)} <${address}>`;
  const answered = past.length && dice.chance(0.5) ? dice.one(past) : null;
  const mine = kind === 0 || (answered && kind === 1);
  const id = `sample-${number}@home.example`;
  const topic = answered ? answered.topic : `${dice.one(WORDS.split(" "))} ${number}`;
  const sender = kind === 8 ? "The weekly <editor@news.example>" : "Shop <orders@shop.example>";
  const headers = [
    `From: ${mine ? OWNER : kind >= 8 ? sender : friend}`,
    `To: ${mine ? friend : OWNER}`,
    `Subject: ${answered && kind < 8 ? "Re: " : ""}${encoded(topic)}`,
    `Date: ${new Date(START_MS + number * STEP_MS).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${id}>`,
    ...(mine ? [] : ["Delivered-To: robin@home.example"]),
  ];
  if (kind === 8) return newsletter(headers, dice);
  if (kind === 9) return receipt(headers, dice);
  if (answered) {
    headers.push(`In-Reply-To: <${answered.id}>`);
    headers.push(`References: ${[...answered.references, answered.id].map((r) => `<${r}>`).join(" ")}`);
  }
  const quote = answered ? `\r\n\r\nOn Monday ${person} wrote:\r\n> ${answered.ask}\r\n` : "";
  const ask = dice.one(ASKS);
  past.push({ id, topic, ask, references: answered ? [...answered.references, answered.id].slice(-8) : [] });
  if (past.length > 60) past.shift();
  return plain(headers, `Hello,\r\n\r\n${prose(dice)}\r\n\r\n${ask}\r\n\r\n${person}${quote}`);
}

/** `count` mails, oldest first; the same for the same seed. */
export function* mails({ seed = 1, count }) {
  const dice = random(seed);
  const past = [];
  for (let number = 0; number < count; number++) yield one(number, dice, past);
}
