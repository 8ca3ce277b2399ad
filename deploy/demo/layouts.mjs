// The HTML that companies send: tables in tables, styles in every cell, pictures from elsewhere.

const escape = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

const FONT = "font-family:Helvetica,Arial,sans-serif";

const preheader = (text) =>
  `<div style="display:none;font-size:1px;color:#ffffff;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden">${escape(text)}${"&nbsp;&zwnj;".repeat(24)}</div>`;

const page = (brand, hidden, rows) => `<!DOCTYPE html>
<html lang="${brand.language}">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(brand.name)}</title>
<style type="text/css">
  body { margin: 0; padding: 0; background: ${brand.ground}; }
  a { color: ${brand.colour}; }
  @media only screen and (max-width: 600px) { .frame { width: 100% !important; } .column { display: block !important; width: 100% !important; } }
</style>
</head>
<body style="margin:0;padding:0;background:${brand.ground}">
${preheader(hidden)}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="${brand.ground}">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="frame" width="600" cellpadding="0" cellspacing="0" border="0" style="width:600px;background:#ffffff;border-radius:6px">
<tr><td style="padding:28px 36px 12px 36px;${FONT}"><img src="https://img.${brand.domain}/mail/logo@2x.png" width="240" height="32" alt="${escape(brand.name)}" style="display:block;border:0;color:${brand.colour};font-size:22px;line-height:32px;font-weight:bold;white-space:nowrap"></td></tr>
${rows.join("\n")}
</table>
</td></tr>
</table>
<img src="https://t.${brand.domain}/o/${brand.token}.gif" width="1" height="1" alt="" style="display:block">
</body>
</html>`;

const cell = (content, style = "") => `<tr><td style="padding:8px 36px;${FONT};font-size:15px;line-height:23px;color:#2b2f33;${style}">${content}</td></tr>`;

const paragraphs = (text) => text.split("\n\n").map((paragraph) => cell(escape(paragraph).replace(/\n/g, "<br>")));

const heading = (text, size = 22) => cell(`<h1 style="margin:0;font-size:${size}px;line-height:${size + 8}px;font-weight:bold;color:#16191c">${escape(text)}</h1>`);

const button = (brand, label, path) => cell(
  `<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td bgcolor="${brand.colour}" style="border-radius:4px"><a href="https://www.${brand.domain}/${path}" style="display:inline-block;padding:12px 22px;${FONT};font-size:15px;font-weight:bold;color:#ffffff;text-decoration:none">${escape(label)}</a></td></tr></table>`,
  "padding-top:14px;padding-bottom:14px");

const FOOT = {
  en: ["You receive this mail because you signed up with robin@hale.example.", "Unsubscribe", "View in browser"],
  de: ["Sie erhalten diese E-Mail, weil Sie sich mit robin@hale.example angemeldet haben.", "Abmelden", "Im Browser ansehen"],
  fr: ["Vous recevez ce message car vous êtes inscrit avec robin@hale.example.", "Se désabonner", "Voir en ligne"],
};

const foot = (brand) => {
  const [why, leave, view] = FOOT[brand.language];
  return cell(`${escape(why)}<br><a href="https://www.${brand.domain}/u/${brand.token}" style="color:#7a8087">${leave}</a> &nbsp;·&nbsp; <a href="https://www.${brand.domain}/v/${brand.token}" style="color:#7a8087">${view}</a><br>${escape(brand.imprint)}`,
    "font-size:12px;line-height:18px;color:#7a8087;border-top:1px solid #e4e7ea;padding-top:16px;padding-bottom:28px");
};

const smallFoot = (brand) => cell(escape(brand.imprint), "font-size:12px;line-height:18px;color:#7a8087;border-top:1px solid #e4e7ea;padding-top:16px;padding-bottom:28px");

const rule = cell(`<hr style="border:0;border-top:1px solid #e4e7ea;margin:0">`);

/** A letter to readers: an opening, then pieces with a title, a text and a link. */
export const readers = (brand, { title, hidden, opening, pieces }) => page(brand, hidden, [
  heading(title, 26),
  ...paragraphs(opening),
  ...pieces.flatMap(([name, text], index) => [
    rule,
    ...(brand.pictures ? [cell(`<img src="https://img.${brand.domain}/${brand.token}/${index + 1}.jpg" width="528" alt="${escape(name)}" style="display:block;width:100%;max-width:528px;height:auto;border:0;border-radius:4px">`)] : []),
    cell(`<h2 style="margin:0;font-size:18px;line-height:25px"><a href="https://www.${brand.domain}/r/${brand.token}${index}" style="color:#16191c;text-decoration:none">${escape(name)}</a></h2>`),
    ...paragraphs(text),
  ]),
  foot(brand),
]);

/** Something to buy: a large picture, a few goods side by side, a button. */
export const shopWindow = (brand, { title, hidden, opening, goods, label }) => page(brand, hidden, [
  `<tr><td><a href="https://www.${brand.domain}/c/${brand.token}"><img src="https://img.${brand.domain}/${brand.token}/hero.jpg" width="600" height="260" alt="${escape(title)}" style="display:block;width:100%;height:auto;border:0;background:${brand.colour}"></a></td></tr>`,
  heading(title, 28),
  ...paragraphs(opening),
  `<tr><td style="padding:8px 24px"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>${goods.map(([name, price, before], index) =>
    `<td class="column" width="${Math.floor(100 / goods.length)}%" valign="top" align="center" style="padding:12px;${FONT};font-size:14px;line-height:20px;color:#2b2f33"><img src="https://img.${brand.domain}/${brand.token}/p${index}.jpg" width="150" height="150" alt="${escape(name)}" style="display:block;border:0;background:#f2f3f4"><br>${escape(name)}<br><b style="color:${brand.colour}">${escape(price)}</b>${before ? ` <span style="color:#9aa0a6;text-decoration:line-through">${escape(before)}</span>` : ""}</td>`).join("")}</tr></table></td></tr>`,
  button(brand, label, `c/${brand.token}`),
  foot(brand),
]);

/** Paper for the files: rows with an amount, and a sum. */
export const bill = (brand, { title, hidden, opening, rows, total, closing, label, path }) => page(brand, hidden, [
  heading(title),
  ...paragraphs(opening),
  `<tr><td style="padding:8px 36px"><table width="100%" cellpadding="0" cellspacing="0" border="0" style="${FONT};font-size:14px;line-height:20px;color:#2b2f33;border-collapse:collapse">${rows.map(([name, amount]) =>
    `<tr><td style="padding:9px 0;border-bottom:1px solid #e4e7ea">${escape(name)}</td><td align="right" style="padding:9px 0;border-bottom:1px solid #e4e7ea;white-space:nowrap">${escape(amount)}</td></tr>`).join("")}${total ? `<tr><td style="padding:11px 0;font-weight:bold">${escape(total[0])}</td><td align="right" style="padding:11px 0;font-weight:bold;white-space:nowrap">${escape(total[1])}</td></tr>` : ""}</table></td></tr>`,
  ...(closing ? paragraphs(closing) : []),
  ...(label ? [button(brand, label, path)] : []),
  smallFoot(brand),
]);

/** A short word from a machine, dressed up. */
export const notice = (brand, { title, hidden, text, label, path }) => page(brand, hidden ?? text.split("\n")[0], [
  heading(title, 20),
  ...paragraphs(text),
  ...(label ? [button(brand, label, path)] : []),
  smallFoot(brand),
]);
