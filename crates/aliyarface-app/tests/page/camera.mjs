// The camera: its delay, its counters, a recording, and what goes wrong around it.
import assert from "node:assert/strict";
import { open, openCamera, phase, picture, until } from "./harness.mjs";

/** What was counted, and what is on its way. */
const counted = (page) => page.evaluate(() => {
  const { counters, pictures, codec, seq } = window.aliyarface.run;
  const { captured, sent, read, leftOut, serverSkipped } = counters;
  return { captured, sent, read, leftOut, serverSkipped, seq, codec, waiting: pictures.size, delay: [counters.delay(0.5), counters.delay(0.95)], rates: counters.rates };
});

/** Every picture is accounted for: it was left out, or taken; and answered, or waits. */
function whole({ captured, read, leftOut, serverSkipped, seq, waiting }) {
  assert.equal(captured, seq + leftOut);
  assert.equal(seq, read + serverSkipped + waiting);
  assert.ok(waiting <= 3, `${waiting} wait`);
}

export const camera_tests = {
  async "no to the consent opens no camera"(page) {
    await page.click("#camera");
    await picture(page, "consent");
    await page.click("#consent-no");
    assert.equal(await page.evaluate(() => window.aliyarface.run), null);
  },

  async "the camera's pictures come back with their own results, and none is uncounted"(page) {
    await openCamera(page);
    await until(page, () => window.aliyarface.pairs.length > 150);
    const found = await counted(page);
    whole(found);
    assert.equal(found.codec, "H.264");
    console.log(`  H.264: result after ${found.delay[0].toFixed(0)} ms, p95 ${found.delay[1].toFixed(0)}; ${found.rates[0].toFixed(0)} pictures a second came, ${found.rates[1].toFixed(0)} read; ${found.leftOut} of ${found.captured} left out`);
    assert.ok((await page.locator("#numbers").innerText()).includes("Left out here"));
    await until(page, () => window.aliyarface.state.record?.objects[0]?.emotions);
    await picture(page, "camera");
  },

  async "live shows each picture at once, and says how old the result is"(page) {
    await page.click("#live");
    await until(page, () => document.getElementById("age")?.textContent.includes("ms") && document.getElementById("numbers").textContent.includes("Result's age"));
    await page.click("#locked");
    await until(page, () => !document.getElementById("numbers").textContent.includes("Result's age"));
  },

  async "a resting face is taken after a countdown"(page) {
    const [request] = await Promise.all([page.waitForRequest((one) => one.url().endsWith("/calibrate")), page.click("#calibrate"), page.waitForSelector(".countdown")]);
    assert.equal((await request.response()).status(), 204);
  },

  async "a slow tab leaves pictures out and lets none wait"(page) {
    await page.evaluate(async () => {
      for (let time = 0; time < 8; time += 1) {
        const until = performance.now() + 300;
        while (performance.now() < until);
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    });
    whole(await counted(page));
    const before = await counted(page);
    await until(page, (read) => window.aliyarface.run.counters.read > read + 20, before.read);
    whole(await counted(page));
  },

  async "a recording holds the pictures with their records, and is gone through"(page) {
    if (!(await page.evaluate(() => window.aliyarface.run))) await openCamera(page);
    await page.click("#record");
    await until(page, () => window.aliyarface.state.recorder?.records.length > 60);
    await page.click("#record");
    await until(page, () => window.aliyarface.run?.kind === "recording" && window.aliyarface.pairs.length > 10);
    const [seconds, records, blind] = await page.evaluate(() => { const { run } = window.aliyarface; return [run.length, run.records.length, run.blind]; });
    assert.ok(!blind && records > 60 && seconds > 1, `${records} records in ${seconds} s`);
    // Where this machine reads few pictures a second most moments have no record: the middle one's is taken.
    const middle = await page.evaluate(() => {
      const { run } = window.aliyarface;
      const to = run.records[Math.floor(run.records.length / 2)]["stream-time"] / 1e9;
      run.video.pause();
      run.seek(to);
      return to;
    });
    await until(page, (to) => Math.abs(window.aliyarface.state.at - to) < 0.5 && window.aliyarface.state.record, middle);
    const apart = await page.evaluate(() => Math.abs(window.aliyarface.state.at - window.aliyarface.state.record["stream-time"] / 1e9));
    assert.ok(apart <= 0.1, `a picture ${apart} s from its record`);
    await page.waitForTimeout(500);
    await picture(page, "recording");
    const [video] = await Promise.all([page.waitForEvent("download"), page.click("#video")]);
    assert.match(video.suggestedFilename(), /^recording\.(webm|mp4)$/);
    await page.click("#stop");
    await phase(page, "idle");
  },
};

export const trouble_tests = (server) => ({
  async "without WebCodecs the pictures go as JPEG"(page) {
    const other = await open(page.context().browser(), server);
    await other.addInitScript(() => { delete window.VideoEncoder; });
    await other.reload();
    await other.waitForSelector("body[data-ready]");
    await openCamera(other);
    const found = await counted(other);
    assert.equal(found.codec, "JPEG");
    whole(found);
    console.log(`  JPEG: result after ${found.delay[0].toFixed(0)} ms, p95 ${found.delay[1].toFixed(0)}`);
    await other.click("#stop");
    await other.context().close();
  },

  async "a server that is started anew under the page is found again"(page) {
    await openCamera(page);
    await server.stop();
    await phase(page, "reconnecting");
    await server.start([]);
    await until(page, () => window.aliyarface.state.dialog === "login" || window.aliyarface.run);
    if (await page.locator("#login").count()) {
      await page.fill("#token", server.token);
      await page.click("#login-go");
    }
    await until(page, () => window.aliyarface.run && window.aliyarface.pairs.length > 20);
    await page.click("#stop");
  },
});
