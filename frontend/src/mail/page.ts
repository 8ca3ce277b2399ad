/** The page inside the frame: the mail under a policy of its own that lets nothing out. */

export interface PageOptions {
  /** Pictures of the web are wanted. */
  remote: boolean;
  dark: boolean;
  /** The mail paints its ground and keeps its own margins. */
  painted: boolean;
}

function policyOf(remote: boolean): string {
  const pictures = remote ? "data: https:" : "data:";
  return `default-src 'none'; style-src 'unsafe-inline'; img-src ${pictures}`;
}

const look = `
  :root { font: 14px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
    overflow-wrap: anywhere; }
  body { margin: 0; padding: var(--edge) var(--edge) 32px; }
  table, div, img { max-width: min(100%, calc(100vw - 2 * var(--edge))); }
  img { height: auto; }
  img:not([src]) { box-sizing: border-box; min-width: 20px; min-height: 20px; border: 1px dashed #9aa5b1;
    border-radius: 4px; font-size: 12px; color: #7c8798; }
  pre { white-space: pre-wrap; }
  blockquote { margin: 8px 0; padding-left: 12px; border-left: 2px solid #b7c0ca; }
  p:first-child { margin-top: 0; }`;

const edges = (painted: boolean): string => `:root { --edge: ${painted ? 0 : 24}px; }`;

const light = ":root { color-scheme: light; color: #1d242c; background: #fff; } a { color: #31597c; }";
const dark = ":root { color-scheme: dark; color: #d8dee5; background: #16191d; } a { color: #8fb3d6; }";

/** `html` has gone through sanitise. */
export function mailPage(html: string, options: PageOptions): string {
  return (
    "<!doctype html><html><head><meta charset=\"utf-8\">" +
    `<meta http-equiv="Content-Security-Policy" content="${policyOf(options.remote)}">` +
    '<meta name="referrer" content="no-referrer">' +
    `<style>${edges(options.painted)}${options.dark ? dark : light}${look}</style></head><body>${html}</body></html>`
  );
}
