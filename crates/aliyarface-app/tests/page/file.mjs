// The sample clip: read, shown, gone through, taken out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { open, picture, readSample, show, until } from "./harness.mjs";

const first = (page) => page.locator(".bar.first span").textContent();
/** How often the colour changes along the middle of the face that is shown. */
const changes = (page) => page.evaluate(() => {
  const { screen, state } = window.aliyarface;
  const box = state.record.objects[0].detection.bounding_box;
  const { width, height } = screen.canvas;
  const [left, wide] = [Math.round(box.x_min * width), Math.round((box.x_max - box.x_min) * width)];
  const row = screen.canvas.getContext("2d").getImageData(left, Math.round(((box.y_min + box.y_max) / 2) * height), wide, 1).data;
  let count = 0;
  for (let x = 4; x < row.length; x += 4) if (Math.abs(row[x] - row[x - 4]) + Math.abs(row[x + 1] - row[x - 3]) > 2) count += 1;
  return count / wide;
});
async function layers(page, on) {
  for (const chip of await page.locator("#layers [data-layer]").all()) if ((await chip.getAttribute("aria-pressed")) !== String(on)) await chip.click();
}
async function saved(page, id) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(id)]);
  return readFileSync(await download.path(), "utf8");
}

export const file_tests = (server) => ({
  async "the first start's address logs in, and the token leaves the address"(page) {
    assert.equal(new URL(page.url()).hash, "");
    assert.equal(await page.locator("#login").count(), 0);
    assert.equal(await page.locator("#state").textContent(), "Ready");
    await picture(page, "idle");
  },

  async "without the token the page asks for it and takes the right one"(page) {
    const other = await page.context().browser().newContext();
    const stranger = await other.newPage();
    await stranger.goto(server.address.split("#")[0]);
    await stranger.waitForSelector("#login[open]");
    await stranger.fill("#token", "wrong");
    await stranger.click("#login-go");
    await stranger.waitForFunction(() => document.getElementById("login-error").textContent !== "");
    await stranger.fill("#token", server.token);
    await stranger.click("#login-go");
    await stranger.waitForSelector("#login", { state: "detached" });
    await other.close();
  },

  async "each picture of the sample is shown with its own record, and the smile is happiness"(page) {
    await readSample(page);
    await page.evaluate(() => { window.aliyarface.pairs.length = 0; });
    await until(page, () => window.aliyarface.pairs.length > 100);
    const far = await page.evaluate(() => Math.max(...window.aliyarface.pairs.map(([shown, read]) => Math.abs(shown - read))));
    assert.ok(far < 2e6, `a picture ${far / 1e6} ms from its record`);
    await show(page, 2.2);
    await until(page, () => document.querySelector(".bar.first span")?.textContent === "happiness");
    await page.waitForTimeout(600);
    await picture(page, "sample", true);
    await show(page, 0.1);
    await until(page, () => document.querySelector(".bar.first span")?.textContent === "neutral");
    assert.equal(await first(page), "neutral");
    assert.ok((await page.locator("#events li").count()) > 1);
    assert.ok((await page.locator(".unit[data-tier]").count()) > 15);
  },

  async "a click on an event shows its moment, and arrows go by pictures"(page) {
    await page.locator("#events li:has-text('happiness') button").first().click();
    await page.waitForTimeout(400);
    const at = await page.evaluate(() => window.aliyarface.state.at);
    assert.ok(at > 0.4 && at < 2.2, `${at}`);
    await page.locator("#picture").evaluate(() => document.activeElement?.blur());
    await page.keyboard.press("ArrowRight");
    await until(page, (before) => window.aliyarface.state.at > before && window.aliyarface.state.at - before < 0.1, at);
  },

  async "a span that is left out stays out of what is exported"(page) {
    const whole = (await saved(page, "#csv")).trim().split("\n").length;
    assert.ok(whole > 70, `${whole} rows`);
    const began = await page.evaluate(() => window.aliyarface.state.at);
    await page.keyboard.press("x");
    await show(page, began + 0.8);
    await page.locator("#exclude").click();
    const rows = (await saved(page, "#csv")).trim().split("\n");
    const column = rows[0].split(",").findIndex((name) => name.trim() === "timestamp");
    const inside = rows.slice(1).filter((row) => Number(row.split(",")[column]) > began + 0.01 && Number(row.split(",")[column]) < began + 0.79);
    assert.equal(inside.length, 0);
    assert.ok(rows.length < whole - 10 && rows.length > 10, `${rows.length} of ${whole}`);
    const lines = (await saved(page, "#jsonl")).trim().split("\n").map((line) => JSON.parse(line)).filter((line) => line.record === "frame");
    assert.equal(lines.length, rows.length - 1);
    await page.locator("button", { hasText: "Take everything in again" }).click();
  },

  async "a face that is covered cannot be seen, and can be again"(page) {
    await layers(page, false);
    await show(page, 1.5);
    const open = await changes(page);
    await page.click("#cover-face");
    await page.waitForTimeout(300);
    const closed = await changes(page);
    assert.ok(open > 0.3 && closed < 0.1, `colours change at ${open} of the pixels, covered at ${closed}`);
    await picture(page, "covered");
    await page.click("#cover-face");
    await page.waitForTimeout(300);
    assert.ok((await changes(page)) > 0.3);
    await layers(page, true);
  },

  async "a face that is named is called so"(page) {
    await page.fill("#face-name", "Aliya");
    await until(page, () => document.querySelector(".tabs button").textContent === "Aliya");
    assert.ok((await page.locator("#events").innerText()).includes("Aliya"));
  },

  async "settings are those that the server describes, and reach the session"(page) {
    await page.click("#open-settings");
    await page.fill("#set-max-faces", "3");
    await page.click("#settings-go");
    await until(page, () => window.aliyarface.state.info?.settings["max-faces"] === 3);
    await page.waitForSelector("#settings", { state: "detached" });
  },

  async "Kazakh, Russian and English are whole, and a phone's width holds them"(page) {
    assert.deepEqual(await page.evaluate(() => window.aliyarface.untranslated()), []);
    for (const [language, title] of [["kk", "Үлгі бейне"], ["ru", "Пример"], ["en", "Sample clip"]]) {
      await page.selectOption("#language", language);
      await until(page, (text) => document.getElementById("sample").textContent === text, title);
      await page.setViewportSize({ width: 360, height: 740 });
      await until(page, () => document.documentElement.scrollWidth <= 360);
      if (language === "kk") await picture(page, "phone-kk", true);
      await page.setViewportSize({ width: 1440, height: 1000 });
    }
  },

  async "dark and light are the system's or the reader's choice"(page) {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.click("#theme");
    await page.waitForTimeout(400);
    assert.notEqual(await ground(), dark);
    await picture(page, "light", true);
    await page.click("#theme");
    await page.click("#theme");
    assert.equal(await ground(), dark);
  },

  async "everything that is clicked has a name for a screen reader"(page) {
    const nameless = await page.evaluate(() => [...document.querySelectorAll("button, a, input, select, canvas, svg[role], [role=meter]")]
      .filter((element) => !element.closest("[aria-hidden]") && !element.textContent.trim() && !element.getAttribute("aria-label") && !element.labels?.length).map((element) => element.outerHTML.slice(0, 80)));
    assert.deepEqual(nameless, []);
  },

  async "the page of the API lists every route of its document, and opens what a link points at"(page) {
    const other = await page.context().newPage();
    await other.goto(new URL("reference.html#Settings", page.url()).href);
    await other.waitForSelector("body[data-ready]");
    const [listed, described] = await other.evaluate(async () => {
      const { paths, components } = await (await fetch("openapi.json")).json();
      const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method}${path}`));
      return [[...document.querySelectorAll("details")].map(({ id }) => id), [...routes, ...Object.keys(components.schemas)]];
    });
    assert.deepEqual(listed.sort(), described.sort());
    assert.ok(await other.locator("#Settings table").isVisible());
    await other.close();
  },

  async "indices of a session are shown with the part of their window that was observed"(page) {
    await page.evaluate(() => {
      const { run } = window.aliyarface;
      const index = (value, valid, unknown) => ({ value, window: 60e9, valid, unknown });
      for (const record of run.records) for (const face of record.objects) face.session = { time: 0, fatigue: { perclos: index(0.05, 0.9, false), "yawn-rate": index(undefined, 0.2, true) } };
      run.show();
    });
    await until(page, () => /observed 20 %/.test(document.querySelector(".readings").textContent));
    const shown = await page.locator(".readings").innerText();
    assert.match(shown, /0\.05\s+observed 90 %, 60 s/);
    assert.match(shown, /Yawns a minute\s+–\s+observed 20 %/);
  },

  async "after a reload the file is there again with all that was read"(page) {
    const records = await page.evaluate(() => window.aliyarface.run.records.length);
    await page.reload();
    await until(page, (wanted) => window.aliyarface?.run?.records.length === wanted, records);
    assert.equal(await page.locator("#login").count(), 0);
  },

  async "a second tab reads beside the first"(page) {
    const other = await open(page.context().browser(), server);
    await readSample(other);
    assert.equal(await page.evaluate(() => window.aliyarface.run.kind), "clip");
    assert.notEqual(await page.evaluate(() => window.aliyarface.run.id), await other.evaluate(() => window.aliyarface.run.id));
    await other.click("#stop");
    await other.context().close();
    await page.click("#stop");
  },
});
