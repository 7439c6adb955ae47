// The page in a real browser: page.mjs PROGRAM CLIP.mp4 CAMERA.y4m OUT
// The camera is CAMERA; what is shown is held against what was read.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [program, clip, camera, out] = process.argv.slice(2);
const config = mkdtempSync(join(tmpdir(), "aliyarface-page-"));
const PATIENCE = 90_000;

async function serve() {
  const server = spawn(program, ["serve", "--port", "0", "--config", config, "--sample", clip, "--new-token"], { stdio: ["ignore", "pipe", "ignore"] });
  const lines = createInterface({ input: server.stdout });
  const { value: address } = await lines[Symbol.asyncIterator]().next();
  return { server, address };
}

const { server, address } = await serve();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${camera}`],
});

const tests = {
  async "the first start's address logs in, and the token leaves the address"(page) {
    assert.equal(new URL(page.url()).hash, "");
    assert.equal(await page.locator("#login").evaluate((dialog) => dialog.open), false);
    assert.equal(await page.locator("#state").textContent(), "Ready");
  },

  async "without the token the page asks for it and takes the right one"(_, context) {
    const other = await browser.newContext();
    const page = await other.newPage();
    await page.goto(address.split("#")[0]);
    await page.waitForSelector("#login[open]");
    await page.fill("#token", "wrong");
    await page.click("#login-go");
    await page.waitForFunction(() => document.getElementById("login-error").textContent !== "");
    await page.fill("#token", address.split("token=")[1]);
    await page.click("#login-go");
    await page.waitForSelector("#login:not([open])", { state: "attached" });
    await other.close();
    void context;
  },

  async "each picture of the sample is shown with its own record, and the smile is happiness"(page) {
    await page.click("#sample");
    await page.waitForFunction(() => document.getElementById("state").dataset.state === "ended", null, { timeout: PATIENCE });
    await page.evaluate(() => { window.aliyarface.pairs.length = 0; });
    await page.waitForFunction(() => window.aliyarface.pairs.length > 100, null, { timeout: PATIENCE });
    const far = await page.evaluate(() => Math.max(...window.aliyarface.pairs.map(([shown, read]) => Math.abs(shown - read))));
    assert.ok(far < 2e6, `a picture ${far / 1e6} ms from its record`);
    await page.evaluate(() => { window.aliyarface.run.video.pause(); window.aliyarface.run.seek(2.2); });
    await page.waitForFunction(() => document.querySelector(".bar.first span")?.textContent === "happiness", null, { timeout: PATIENCE });
    await page.screenshot({ path: join(out, "page-sample.png") });
    await page.evaluate(() => window.aliyarface.run.seek(0.1));
    await page.waitForFunction(() => document.querySelector(".bar.first span")?.textContent === "neutral", null, { timeout: PATIENCE });
    assert.ok((await page.locator("#events li").count()) > 1);
    assert.ok((await page.locator("#units .unit").count()) > 15);
    const rows = await page.evaluate(async () => (await (await fetch(document.getElementById("csv").href)).text()).split("\n").length);
    assert.ok(rows > 70, `${rows} rows`);
  },

  async "the camera's pictures come back with their own results, and few wait"(page) {
    await page.click("#camera");
    await page.waitForSelector("#consent[open]");
    await page.click("#consent button[value=yes]");
    await page.waitForFunction(() => window.aliyarface.pairs.length > 20, null, { timeout: PATIENCE });
    await page.waitForFunction(() => document.querySelectorAll("#units .unit").length > 15, null, { timeout: PATIENCE });
    const { codec, delay, skipped, seq } = await page.evaluate(() => {
      const { codec, delay, skipped, seq } = window.aliyarface.run;
      return { codec, delay, skipped, seq };
    });
    console.log(`  ${codec}: result after ${delay[0].toFixed(0)} ms, p95 ${delay[1].toFixed(0)}; ${seq} sent, ${skipped} left out`);
    await page.screenshot({ path: join(out, "page-camera.png") });
    await page.click("#stop");
    await page.waitForFunction(() => document.getElementById("state").dataset.state === "idle");
  },

  async "no to the consent opens no camera"(page) {
    await page.click("#camera");
    await page.click("#consent button[value=no]");
    assert.equal(await page.evaluate(() => window.aliyarface.run), null);
  },

  async "Kazakh and Russian are spoken, and a phone's width holds it all"(page) {
    for (const [language, title] of [["kk", "Камера"], ["ru", "Пример"], ["en", "Sample clip"]]) {
      await page.selectOption("#language", language);
      assert.ok((await page.locator("nav").innerText()).includes(title));
      const untold = await page.evaluate(() => [...document.querySelectorAll("[data-word]")].filter((element) => !element.textContent).length);
      assert.equal(untold, 0);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${wide} px wide`);
    await page.screenshot({ path: join(out, "page-phone.png"), fullPage: true });
    await page.setViewportSize({ width: 1280, height: 900 });
  },

  async "a reload starts anew and is still logged in"(page) {
    await page.reload();
    await page.waitForSelector("body[data-ready]");
    assert.equal(await page.locator("#login").evaluate((dialog) => dialog.open), false);
  },
};

let failures = 0;
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "dark", locale: "en-GB" });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => { if (/Content Security|Refused to/.test(message.text())) complaints.push(message.text()); });
  await page.goto(address);
  await page.waitForSelector("body[data-ready]");
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(page, context);
      assert.deepEqual(complaints, []);
      console.log(`ok ${name}`);
    } catch (error) {
      failures += 1;
      console.log(`FAILED ${name}\n  ${error.message} ${complaints.splice(0).join("; ")}`);
      await page.screenshot({ path: join(out, "page-failed.png") });
    }
  }
} finally {
  await browser.close();
  server.kill();
}
process.exit(failures ? 1 : 0);
