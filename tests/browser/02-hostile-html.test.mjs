// HTML mail is shown, and nothing in it acts or asks the web for anything unbidden.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertQuiet, open, row, serve } from "./browser.mjs";

const HTML = `<html><head>
<script>top.hit = "script"; fetch("https://tracker.example/script")</script>
<style>@import url("https://tracker.example/style.css"); p { background: url(https://tracker.example/background.png) }</style>
<link rel="stylesheet" href="https://tracker.example/linked.css">
<meta http-equiv="refresh" content="0;url=https://tracker.example/refresh">
</head><body onload="top.hit = 'onload'">
<p style="background-image: url(https://tracker.example/inline.png)">Spring has come to the <b>garden shop</b>.</p>
<img src="x" onerror="top.hit = 'onerror'">
<img src="https://tracker.example/pixel.gif" alt="Tulips" width="20" height="20">
<svg onload="top.hit = 'svg'"></svg>
<iframe src="https://tracker.example/frame"></iframe>
<video src="https://tracker.example/video" autoplay></video>
<form action="https://tracker.example/form"><input name="password"></form>
<a href="javascript:top.hit = 'link'">A link</a>
<a href="https://shop.example/tulips">Tulips</a>
</body></html>`;

const PIXEL = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

const letter = [
  "From: Garden Shop <offers@shop.example>",
  "To: robin@home.example",
  "Subject: Spring in the shop",
  "Date: Fri, 2 Jan 2026 10:00:00 +0000",
  "Message-ID: <spring@shop.example>",
  "MIME-Version: 1.0",
  "Content-Type: text/html; charset=utf-8",
  "",
  HTML,
  "",
].join("\r\n");

let jackdaw, browser, page;

before(async () => {
  jackdaw = await serve();
  browser = await open();
  page = await browser.page(jackdaw);
  await jackdaw.deliver(letter);
  await row(page, "Spring in the shop").click();
});

after(async () => {
  await browser?.close();
  await jackdaw?.stop();
});

const mailFrame = () => page.frameLocator("iframe[title^='Message:']");

test("its words are shown in a frame that may do nothing", async () => {
  await mailFrame().getByText("garden shop").waitFor();
  const sandbox = await page.locator("iframe[title^='Message:']").getAttribute("sandbox");
  for (const right of ["allow-scripts", "allow-same-origin", "allow-forms", "allow-top-navigation"]) {
    assert.ok(!sandbox.split(" ").includes(right), right);
  }
});

test("nothing in it has run, and nothing was asked for", async () => {
  await page.waitForLoadState("networkidle");
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await mailFrame().locator("script, style[type], iframe, video, form, input, svg").count(), 0);
  assertQuiet(page);
});

test("links open elsewhere and tell nothing of here", async () => {
  const link = mailFrame().getByRole("link", { name: "Tulips" });
  assert.equal(await link.getAttribute("target"), "_blank");
  assert.match(await link.getAttribute("rel"), /noopener noreferrer/);
  assert.equal(await mailFrame().getByText("A link").getAttribute("href"), null);
});

test("remote images come when they are asked for, and nothing else does", async () => {
  await page.context().route("https://tracker.example/**", (route) =>
    route.fulfill({ contentType: "image/gif", body: PIXEL }),
  );
  const come = page.waitForResponse("https://tracker.example/pixel.gif");
  await page.getByRole("button", { name: "Show remote images" }).click();
  await come;
  await page.waitForLoadState("networkidle");
  assert.deepEqual(page.strangers, ["https://tracker.example/pixel.gif"]);
});

test("the text alone can be read instead", async () => {
  await page.getByRole("button", { name: "Text alone" }).click();
  await page.getByRole("document", { name: "Text of the message" }).getByText("garden shop").waitFor();
});
