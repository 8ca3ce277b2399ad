// Text to bytes in the charsets that real mail still uses. Node decodes them all and encodes only
// UTF-8, so the tables are made by decoding every sequence once.

const tables = new Map();

const readTable = (charset, sequences) => {
  const decoder = new TextDecoder(charset);
  const table = new Map();
  for (const bytes of sequences) {
    const text = decoder.decode(Uint8Array.from(bytes));
    if (!text.includes("\ufffd") && [...text].length === 1 && !table.has(text)) {
      table.set(text, bytes);
    }
  }
  return table;
};

const singles = () => Array.from({ length: 256 }, (_, byte) => [byte]);

const pairs = (first, last, low, high) => {
  const list = [];
  for (let a = first; a <= last; a++) {
    for (let b = low; b <= high; b++) {
      list.push([a, b]);
    }
  }
  return list;
};

const tableOf = (charset) => {
  if (!tables.has(charset)) {
    const sequences =
      charset === "gb18030" ? [...singles().slice(0, 128), ...pairs(0x81, 0xfe, 0x40, 0xfe)]
        : charset === "euc-jp" ? pairs(0xa1, 0xfe, 0xa1, 0xfe)
          : singles();
    tables.set(charset, readTable(charset, sequences));
  }
  return tables.get(charset);
};

const lookUp = (charset, char) => {
  const bytes = tableOf(charset).get(char);
  if (!bytes) {
    throw new Error(`${charset} has no ${JSON.stringify(char)} (U+${char.codePointAt(0).toString(16)})`);
  }
  return bytes;
};

// ISO-2022-JP is JIS X 0208 in seven bits, entered and left by escapes; each line ends in ASCII.
const encodeJapanese = (text) => {
  const bytes = [];
  let double = false;
  const enter = (wanted) => {
    if (wanted !== double) {
      bytes.push(0x1b, ...(wanted ? [0x24, 0x42] : [0x28, 0x42]));
      double = wanted;
    }
  };
  for (const char of text) {
    const ascii = char.codePointAt(0) < 0x80;
    enter(!ascii);
    bytes.push(...(ascii ? [char.charCodeAt(0)] : lookUp("euc-jp", char).map((byte) => byte & 0x7f)));
  }
  enter(false);
  return Buffer.from(bytes);
};

export const encode = (text, charset) => {
  if (charset === "utf-8" || charset === "us-ascii") {
    return Buffer.from(text, "utf-8");
  }
  if (charset === "iso-2022-jp") {
    return encodeJapanese(text);
  }
  return Buffer.from([...text].flatMap((char) => lookUp(charset, char)));
};
