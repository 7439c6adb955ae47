// Addresses that the server fetches: begun here, watched in another tab, watched by a viewer.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { clip, open, picture, until } from "./harness.mjs";

const shown = (page, pictures) => until(page, (wanted) => window.aliyarface.run?.kind === "watch" && window.aliyarface.pairs.length > wanted, pictures);

export const watch_tests = (server) => ({
  async "an address that the operator allows is shown with its own results"(page) {
    await page.click("#sources-open");
    await picture(page, "sources");
    await page.fill("#uri", `file://${clip}`);
    await page.click("#uri-go");
    await shown(page, 20);
    await until(page, () => window.aliyarface.state.record?.objects[0]?.emotions);
    await picture(page, "watch");
    await until(page, () => window.aliyarface.state.phase === "ended");
    const [records, blind] = await page.evaluate(() => { const { run } = window.aliyarface; return [run.records.length, run.blind]; });
    assert.ok(records > 40 && !blind, `${records} records`);
    await page.click("#stop");
  },

  async "an address that the operator does not allow is refused with the reason"(page) {
    await page.click("#sources-open");
    await page.fill("#uri", "file:///etc/passwd");
    await page.click("#uri-go");
    await until(page, () => window.aliyarface.state.phase === "failed");
    assert.match(await page.locator("#state").textContent(), /--source/);
  },

  async "a viewer finds what is read, watches it and can begin nothing"(page) {
    const viewer = await open(page.context().browser(), { address: server.viewer });
    assert.deepEqual([await viewer.locator("#camera").count(), await viewer.locator("#sample").count()], [0, 0]);
    await page.click("#sources-open");
    // Long enough not to be over before the viewer goes.
    await page.fill("#uri", `file://${join(dirname(clip), "WolfgangLanger_Pexels.mp4")}`);
    await page.click("#uri-go");
    await until(page, () => window.aliyarface.run?.kind === "watch");
    await viewer.click("#sources-open");
    await viewer.click("#running button");
    await shown(viewer, 3);
    await viewer.click("#stop");
    assert.equal(await page.evaluate(async () => (await fetch(`sessions/${window.aliyarface.run.id}`)).status), 200, "the session goes on");
    await viewer.context().close();
    await page.click("#stop");
  },
});
