/**
 * What of a stranger's HTML may reach the frame. The server has reduced it already; this is the
 * second line, and stands on its own: it is tested with hostile HTML that no server has seen.
 */
import DOMPurify, { type Config } from "dompurify";

const tags = (
  "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup " +
  "dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img " +
  "ins kbd li main mark nav ol p pre q rp rt ruby s samp section small span strike strong sub " +
  "summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
).split(" ");

/** Attributes whose value is no address. */
const plain = (
  "align alt bgcolor border cellpadding cellspacing color cols colspan dir face height hspace lang " +
  "nowrap rowspan scope size span start style title type valign value vspace width"
).split(" ");

const config = {
  ALLOWED_TAGS: tags,
  ALLOWED_ATTR: [...plain, "href", "src", "data-src"],
  ADD_URI_SAFE_ATTR: plain,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOW_UNKNOWN_PROTOCOLS: false,
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|cid:|data:)/i,
  SANITIZE_NAMED_PROPS: true,
} satisfies Config;

/** A style may colour and measure. It loads nothing, runs nothing and stays in its place. */
const wildStyle = /url\s*\(|image-set|image\s*\(|expression|behavior|@|\\|position\s*:\s*(?:fixed|sticky|absolute)/i;

function tameLink(link: Element): void {
  const href = link.getAttribute("href") ?? "";
  if (!/^(?:https?:|mailto:|tel:)/i.test(href)) link.removeAttribute("href");
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer");
}

/** A picture that lies in the mail and is nothing but a picture. */
const inMail = /^data:image\/(?:png|gif|jpeg|webp);base64,/i;

/** Pictures that lie in the mail stay; those of the web wait under data-src until asked for. */
function tamePicture(picture: Element, remote: boolean): void {
  const src = picture.getAttribute("src") ?? "";
  const far = /^https?:/i.test(src) ? src : (picture.getAttribute("data-src") ?? "");
  if (!inMail.test(src)) picture.removeAttribute("src");
  picture.removeAttribute("data-src");
  if (!/^https:/i.test(far)) return;
  if (remote) picture.setAttribute("src", far);
  else picture.setAttribute("data-src", far);
}

export interface SafeHtml {
  html: string;
  /** Pictures that wait to be asked for. */
  waiting: number;
  /** The mail sets colours of its own, so it needs a white page to be read on. */
  coloured: boolean;
  /** It paints its ground, as newsletters do, and keeps its own margins. */
  painted: boolean;
}

/** `remote`: pictures of the web are wanted. */
export function sanitise(html: string, remote: boolean): SafeHtml {
  // In a document without a window: nothing is loaded while the parts are looked at.
  const { body } = document.implementation.createHTMLDocument("");
  body.append(DOMPurify.sanitize(html, { ...config, RETURN_DOM_FRAGMENT: true }));
  for (const element of body.querySelectorAll("[style]")) {
    if (wildStyle.test(element.getAttribute("style") ?? "")) element.removeAttribute("style");
  }
  body.querySelectorAll("a").forEach(tameLink);
  body.querySelectorAll("img").forEach((picture) => tamePicture(picture, remote));
  body.querySelectorAll("[src]:not(img)").forEach((element) => element.removeAttribute("src"));
  return {
    html: body.innerHTML,
    waiting: body.querySelectorAll("img[data-src]").length,
    coloured: body.querySelector("[bgcolor], [color], [style*=color], [style*=background]") !== null,
    painted: body.querySelector("table[bgcolor], td[bgcolor], table[style*=background], td[style*=background], body > div[style*=background]") !== null,
  };
}
