import { describe, expect, it } from "vitest";
import { mailPage } from "./page";
import { sanitise } from "./policy";

/** Hostile HTML, as no server should let it through. */
const vectors = [
  "<script>steal()</script>",
  "<img src=x onerror=steal()>",
  "<svg onload=steal()><animate onbegin=steal() attributeName=x></svg>",
  "<svg><style><img src=x onerror=steal()></style></svg>",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=steal()&gt;\">",
  "<a href='javascript:steal()'>x</a>",
  "<a href=' jav&#x09;ascript:steal()'>x</a>",
  "<a href='data:text/html,<script>steal()</script>'>x</a>",
  "<a href='vbscript:steal()'>x</a>",
  "<iframe srcdoc='<script>steal()</script>'></iframe>",
  "<iframe src=https://evil.example></iframe>",
  "<object data=https://evil.example/x.swf></object><embed src=https://evil.example/x>",
  "<form action=https://evil.example><input name=password><button formaction=javascript:steal()>x</button></form>",
  "<base href=https://evil.example>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<style>@import url(https://evil.example/x.css)</style>",
  "<div style='background:url(https://evil.example/x)'>x</div>",
  "<div style='background:u\\72l(https://evil.example/x)'>x</div>",
  "<div style='position:fixed;top:0;left:0;width:100%;height:100%'>x</div>",
  "<video src=https://evil.example/x autoplay onplay=steal()></video><audio src=https://evil.example/x></audio>",
  "<picture><source srcset=https://evil.example/x><img src=https://evil.example/x></picture>",
  "<img srcset='https://evil.example/x 2x'>",
  "<input type=image src=https://evil.example/x>",
  "<body background=https://evil.example/x onload=steal()>",
  "<table background=https://evil.example/x><tr><td background=https://evil.example/x>x</table>",
  "<img src='data:image/svg+xml,<svg onload=steal()>'>",
  "<img src='https://evil.example/pixel.gif'>",
  "<img data-src='javascript:steal()'>",
  "<img data-src='http://evil.example/x'>",
  "<noscript><p title=\"</noscript><img src=x onerror=steal()>\">",
  "<template><img src=x onerror=steal()></template>",
  "<details open ontoggle=steal()>x</details>",
  "<p id=root name=cookie class=x>clobber</p>",
];

/** What could act or ask in a parsed document. */
function dangers(html: string): string[] {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const found: string[] = [];
  const tags = "script, iframe, object, embed, form, input, button, base, meta, link, style, svg, math, video, audio, source, template, noscript";
  for (const element of body.querySelectorAll(tags)) found.push(element.tagName);
  for (const element of body.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (/^on|^srcset$|^formaction$|^background$|^id$|^name$|^class$/.test(name)) found.push(`${name}=${value}`);
      if (/script:|data:text|image\/svg/i.test(value.replace(/\s/g, ""))) found.push(`${name}=${value}`);
      if (name === "src" && !value.startsWith("data:image/")) found.push(`${name}=${value}`);
      if (name === "style" && /url|\\|fixed/i.test(value)) found.push(`${name}=${value}`);
    }
  }
  return found;
}

describe("hostile HTML", () => {
  it.each(vectors)("%s", (html) => {
    const safe = sanitise(html, false).html;
    expect(dangers(safe)).toEqual([]);
    // Reading it again changes nothing, so no second parser can see another document.
    expect(sanitise(safe, false).html).toBe(safe);
  });

  it("stays harmless when pictures are wanted", () => {
    for (const html of vectors) {
      const rest = dangers(sanitise(html, true).html).filter((danger) => !/^src=https:/.test(danger));
      expect(rest).toEqual([]);
    }
  });
});

describe("pictures of the web", () => {
  const html = '<p>Hi</p><img data-src="https://example.org/a.png" width="10"><img data-src="http://example.org/b.png">';

  it("wait", () => {
    const safe = sanitise(html, false);
    expect(safe.waiting).toBe(1);
    expect(safe.html).not.toMatch(/ src=/);
  });

  it("come when asked for, over a safe line alone", () => {
    const safe = sanitise(html, true);
    expect(safe.waiting).toBe(0);
    expect(safe.html).toContain('src="https://example.org/a.png"');
    expect(safe.html).not.toContain("http://");
  });

  it("in the mail itself are shown", () => {
    const inside = '<img src="data:image/png;base64,AAAA">';
    expect(sanitise(inside, false).html).toContain('src="data:image/png;base64,AAAA"');
  });
});

describe("what a mail needs", () => {
  it("is kept: tables, styles, links in a new window", () => {
    const html = '<table bgcolor="red" width="600"><tr><td style="padding: 4px">x</td></tr></table><a href="https://example.org/">y</a>';
    const safe = sanitise(html, false).html;
    expect(safe).toContain('<table bgcolor="red" width="600">');
    expect(safe).toContain('style="padding: 4px"');
    expect(safe).toContain('target="_blank"');
    expect(safe).toContain('rel="noopener noreferrer"');
  });

  it("says whether it sets colours", () => {
    expect(sanitise("<p>plain</p>", false).coloured).toBe(false);
    expect(sanitise('<p style="background:#eee">x</p>', false).coloured).toBe(true);
    expect(sanitise("<table bgcolor=red></table>", false).coloured).toBe(true);
  });

  it("says whether it paints its ground", () => {
    expect(sanitise('<p style="color:#888">Robin</p>', false).painted).toBe(false);
    expect(sanitise('<table style="background:#eee"></table>', false).painted).toBe(true);
    expect(sanitise('<div style="background-color:#eee">x</div>', false).painted).toBe(true);
  });
});

describe("the page in the frame", () => {
  const policyOf = (page: string): string =>
    new DOMParser()
      .parseFromString(page, "text/html")
      .querySelector("meta[http-equiv=Content-Security-Policy]")
      ?.getAttribute("content") ?? "";

  it("loads nothing from elsewhere", () => {
    const policy = policyOf(mailPage("x", { remote: false, dark: false, painted: false }));
    expect(policy).toBe("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  });

  it("loads pictures alone when asked for", () => {
    const policy = policyOf(mailPage("x", { remote: true, dark: false, painted: false }));
    expect(policy).toBe("default-src 'none'; style-src 'unsafe-inline'; img-src data: https:");
  });

  it("holds the policy before the mail", () => {
    const page = mailPage("<p>mail</p>", { remote: false, dark: true, painted: false });
    expect(page.indexOf("Content-Security-Policy")).toBeLessThan(page.indexOf("<p>mail</p>"));
  });
});
