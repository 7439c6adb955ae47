// A server and browsers for the tests of the page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const [program, clip, camera, numbered, out] = process.argv.slice(2);
export const PATIENCE = 120_000;
const FAKE = ["--no-sandbox", "--use-fake-device-for-media-stream"];

export class Server {
  config = mkdtempSync(join(tmpdir(), "aliyarface-page-"));
  port = 0;

  async start(args = ["--new-token", "--viewer-token"]) {
    this.process = spawn(program, ["serve", "--port", String(this.port), "--config", this.config, "--sample", clip, "--max-sessions", "8", "--source", `file://${dirname(clip)}/`, ...args], { stdio: ["ignore", "pipe", "ignore"] });
    const lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    const address = new URL((await lines.next()).value);
    if (args.includes("--viewer-token")) {
      await lines.next();
      this.viewer = (await lines.next()).value;
    }
    this.port = address.port;
    this.token ??= address.hash.split("token=")[1];
    this.address = `${address.origin}/#token=${this.token}`;
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill();
    await ended;
  }
}

/** A Chromium whose camera plays a file; `asks` leaves the question whether it may open to nobody. */
export const browse = (film, asks = false) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [...FAKE, ...(asks ? [] : ["--use-fake-ui-for-media-stream"]), `--use-file-for-fake-video-capture=${film}`],
});

/** A logged-in page that complains of each error, each breach of the page's own policy and each foreign request. */
export async function open(browser, server, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, colorScheme: "dark", locale: "en-GB", acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => { if (/Content Security|Refused to/.test(message.text())) page.complaints.push(message.text()); });
  page.on("request", (request) => { if (!/^(blob:|data:|http:\/\/127\.0\.0\.1)/.test(request.url())) page.complaints.push(request.url()); });
  await page.goto(server.address);
  await page.waitForSelector("body[data-ready]");
  return page;
}

/** Waits for a condition; a run that failed meanwhile is told at once, unless that is what was waited for. */
export async function until(page, condition, argument = null) {
  const waited = page.waitForFunction(condition, argument, { timeout: PATIENCE });
  const failed = page.waitForFunction(() => window.aliyarface?.state.phase === "failed" && window.aliyarface.state.reason, null, { timeout: PATIENCE });
  failed.catch(() => {});
  const first = await Promise.race([waited.then(() => null), failed.then((reason) => reason.jsonValue(), () => null)]);
  if (first === null) return waited;
  // It may have come true in the same moment.
  if (await page.evaluate(`(${condition})(${JSON.stringify(argument)})`)) return waited;
  waited.catch(() => {});
  throw new Error(`the page says: ${first}`);
}

export const phase = (page, name) => until(page, (wanted) => window.aliyarface.state.phase === wanted, name);
export const picture = (page, name, fullPage = false) => page.screenshot({ path: join(out, `page-${name}.png`), fullPage });

export async function openCamera(page) {
  await page.click("#camera");
  await page.click("#consent-yes");
  await until(page, () => window.aliyarface.pairs.length > 20);
}

export async function readSample(page) {
  await page.click("#sample");
  await until(page, () => window.aliyarface.run?.kind === "clip" && window.aliyarface.run.whole);
}

/** Shows the picture of a time and waits for its record. */
export async function show(page, seconds) {
  await page.evaluate((to) => { const { run } = window.aliyarface; run.video.pause(); run.seek(to); }, seconds);
  await until(page, (to) => Math.abs(window.aliyarface.state.at - to) < 0.05 && window.aliyarface.state.record, seconds);
}

/** Which tests run, by a part of their names. */
const ONLY = new RegExp(process.env.ONLY ?? "");

/** Runs tests by their names; what fails is told and pictured. */
export async function run(tests, page) {
  let failures = 0;
  for (const [name, test] of Object.entries(tests)) {
    if (!ONLY.test(name)) continue;
    const began = performance.now();
    try {
      await test(page);
      assert.deepEqual(page.complaints, []);
      console.log(`ok ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failures += 1;
      console.log(`FAILED ${name}\n  ${error.message} ${page.complaints.splice(0).join("; ")}`);
      await picture(page, `failed-${failures}`).catch(() => {});
    }
  }
  return failures;
}
