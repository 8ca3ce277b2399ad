// One mail as bytes: headers, encodings, parts. Knows nothing of what is said in it.

import { mailDate } from "./calendar.mjs";
import { encode } from "./charset.mjs";

const isAscii = (text) => /^[\x20-\x7e\t\n]*$/.test(text);

const quotedWord = (bytes, charset) =>
  `=?${charset}?Q?${[...bytes].map((byte) =>
    byte === 0x20 ? "_"
      : /[A-Za-z0-9!*+/-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte)
        : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("")}?=`;

const baseWord = (bytes, charset) => `=?${charset}?B?${bytes.toString("base64")}?=`;

/** RFC 2047: short words, each decodable alone. */
export const encodeWords = (text, charset) => {
  if (isAscii(text)) {
    return text;
  }
  const western = /^(iso-8859-|windows-125|utf-8)/.test(charset) && !/[\u3000-\u9fff\u0400-\u04ff]/.test(text);
  const make = western ? quotedWord : baseWord;
  const words = [];
  let piece = "";
  for (const char of text) {
    if (make(encode(piece + char, charset), charset).length > 70) {
      words.push(make(encode(piece, charset), charset));
      piece = "";
    }
    piece += char;
  }
  words.push(make(encode(piece, charset), charset));
  return words.join("\n ");
};

const encodeName = (name, charset) =>
  isAscii(name) ? (/^[\w .'-]*$/.test(name) && !name.includes(".") ? name : `"${name}"`) : encodeWords(name, charset);

export const address = ({ name, email }, charset = "utf-8") =>
  name ? `${encodeName(name, charset)} <${email}>` : email;

const quotedPrintable = (bytes) => {
  const lines = [];
  for (const line of bytes.toString("latin1").split("\n")) {
    let out = "";
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i);
      const last = i === line.length - 1;
      const plain = (code >= 33 && code <= 126 && code !== 61) || ((code === 32 || code === 9) && !last);
      const next = plain ? line[i] : `=${code.toString(16).toUpperCase().padStart(2, "0")}`;
      if (out.length + next.length > 75) {
        lines.push(`${out}=`);
        out = "";
      }
      out += next;
    }
    lines.push(out);
  }
  return lines.join("\n");
};

const base64 = (bytes) => bytes.toString("base64").replace(/.{76}(?=.)/g, "$&\n");

const encodeBody = (text, charset, wanted) => {
  const bytes = encode(text, charset);
  const seven = bytes.every((byte) => byte < 0x80) && !/[^\n]{900}/.test(text);
  const encoding = wanted ?? (seven ? "7bit" : /^(gb18030|koi8-r)$/.test(charset) ? "base64" : "quoted-printable");
  const body = encoding === "base64" ? Buffer.from(base64(bytes))
    : encoding === "quoted-printable" ? Buffer.from(quotedPrintable(bytes))
      : bytes;
  return { encoding, body };
};

const part = (headers, body) => ({ headers, body });

const textPart = (text, type, { charset, encoding, flowed }) => {
  const encoded = encodeBody(text, charset, encoding);
  const note = flowed && type === "plain" ? "; format=flowed" : "";
  return part([
    ["Content-Type", `text/${type}; charset=${charset}${note}`],
    ["Content-Transfer-Encoding", encoded.encoding],
  ], encoded.body);
};

const calendarPart = ({ text, method }) => part([
  ["Content-Type", `text/calendar; charset=utf-8; method=${method}`],
  ["Content-Transfer-Encoding", "8bit"],
], Buffer.from(text));

const filePart = ({ name, type, bytes, inlineId }) => part([
  ["Content-Type", `${type}; name="${isAscii(name) ? name : encodeWords(name, "utf-8")}"`],
  ["Content-Transfer-Encoding", "base64"],
  ["Content-Disposition", isAscii(name)
    ? `${inlineId ? "inline" : "attachment"}; filename="${name}"`
    : `attachment;\n filename*=utf-8''${encodeURIComponent(name)}`],
  ...(inlineId ? [["Content-ID", `<${inlineId}>`]] : []),
], Buffer.from(base64(bytes)));

const headerText = (headers) => headers.map(([name, value]) => `${name}: ${value}\n`).join("");

const multipart = (subtype, parts, boundary, written = boundary) => part([
  ["Content-Type", `multipart/${subtype}; boundary="${boundary}"`],
], Buffer.concat([
  ...parts.flatMap(({ headers, body }) => [Buffer.from(`--${written}\n${headerText(headers)}\n`), body, Buffer.from("\n")]),
  Buffer.from(`--${written}--\n`),
]));

const bodyOf = (mail) => {
  const boundary = (level) => `=_${mail.id.replace(/[^A-Za-z0-9]/g, "").slice(0, 16)}_${level}`;
  const texts = [];
  if (mail.text !== undefined) {
    texts.push(textPart(mail.text, "plain", mail));
  }
  if (mail.html !== undefined) {
    texts.push(textPart(mail.html, "html", mail));
  }
  if (mail.event) {
    texts.push(calendarPart(mail.event));
  }
  const body = texts.length > 1 ? multipart("alternative", texts, boundary("a")) : texts[0];
  const files = (mail.files ?? []).map(filePart);
  if (files.length === 0) {
    return body;
  }
  const related = mail.files.some((file) => file.inlineId);
  return multipart(related ? "related" : "mixed", [body, ...files], boundary("m"),
    mail.brokenBoundary ? `${boundary("m")}x` : undefined);
};

// Header lines stay under 78 characters where they can be folded.
const fold = (value) => {
  const lines = [];
  let line = "";
  for (const word of value.split(/ (?!<)/)) {
    if (line && line.length + word.length > 66) {
      lines.push(line);
      line = "";
    }
    line += (line ? " " : "") + word;
  }
  return [...lines, line].join("\n ");
};

/**
 * mail   { id, from, to, cc, subject, ms, zone, text, html, event, files, charset, encoding,
 *          flowed, inReplyTo, references, headers, omit, brokenBoundary, trace }
 */
export const render = (mail) => {
  const given = { charset: "utf-8", ...mail };
  const { charset } = given;
  const body = bodyOf(given);
  const date = mailDate(given.ms, given.zone);
  const list = (people) => fold(people.map((person) => address(person, charset)).join(", "));
  const headers = [
    ...(given.trace ?? []),
    ["Date", date],
    ["From", address(given.from, charset)],
    ["To", list(given.to)],
    ...(given.cc?.length ? [["Cc", list(given.cc)]] : []),
    ...(given.subject === undefined ? [] : [["Subject", isAscii(given.subject) ? fold(given.subject) : encodeWords(given.subject, charset)]]),
    ["Message-ID", `<${given.id}>`],
    ...(given.inReplyTo ? [["In-Reply-To", `<${given.inReplyTo}>`]] : []),
    ...(given.references?.length ? [["References", given.references.map((id) => `<${id}>`).join("\n ")]] : []),
    ...(given.headers ?? []),
    ["MIME-Version", "1.0"],
    ...body.headers,
  ].filter(([name]) => !given.omit?.includes(name));
  return Buffer.concat([Buffer.from(headerText(headers)), Buffer.from("\n"), body.body, Buffer.from("\n")]);
};
