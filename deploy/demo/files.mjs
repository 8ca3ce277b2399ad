// Small true files to attach: a one-page PDF, a bar chart as PNG.

import { deflateSync } from "node:zlib";

const escapePdf = (line) => line.replace(/[\\()]/g, "\\$&").replace(/€/g, "\x80");

/** Lines of Western text on one A4 page. */
export const pdf = (lines) => {
  const drawn = lines.map((line, index) =>
    `BT /F1 ${index === 0 ? 16 : 10} Tf 56 ${780 - index * 18 - (index > 0 ? 12 : 0)} Td (${escapePdf(line)}) Tj ET`).join("\n");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${Buffer.byteLength(drawn, "latin1")} >>\nstream\n${drawn}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = Buffer.byteLength(text, "latin1");
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = Buffer.byteLength(text, "latin1");
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n` +
    offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("") +
    `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, "latin1");
};

const crcTable = Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value >>> 0;
});

const crc32 = (bytes) => {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
};

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
};

const png = (width, height, colourAt) => {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows.set(colourAt(x, y), y * (1 + width * 3) + 1 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0)),
  ]);
};

/** Bars of 0..1 on a light ground. */
export const chart = (values, colour = [58, 110, 165]) => {
  const width = 320, height = 180, slot = width / values.length;
  return png(width, height, (x, y) => {
    const at = Math.floor(x / slot), inside = (x - at * slot) / slot;
    const bar = inside > 0.2 && inside < 0.8 && height - 12 - y < values[at] * (height - 30) && y < height - 12;
    return bar ? colour : y === height - 12 ? [120, 120, 120] : y % 30 === 0 ? [228, 230, 233] : [250, 250, 248];
  });
};

/** A lake at evening, as a photograph stands in for one. */
export const view = (shift) => {
  const width = 360, height = 240, horizon = 120 + shift * 6;
  return png(width, height, (x, y) => {
    const ridge = horizon - 18 - 14 * Math.sin(x / 37 + shift) - 9 * Math.sin(x / 11 + shift * 2);
    if (y < ridge) {
      const share = y / horizon;
      return [90 + 150 * share, 120 + 70 * share, 170 - 30 * share].map(Math.round);
    }
    if (y < horizon) {
      return [46, 62, 58];
    }
    const glint = Math.sin(x / 9 + y * 0.7) * Math.sin(y / 3) > 0.7 ? 40 : 0;
    const depth = (y - horizon) / (height - horizon);
    return [150 - 90 * depth + glint, 140 - 60 * depth + glint, 150 - 40 * depth + glint].map((v) => Math.min(255, Math.round(v)));
  });
};
