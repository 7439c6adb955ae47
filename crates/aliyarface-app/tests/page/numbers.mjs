// Locked mode: what is drawn on a picture was read of that picture. And a camera that is refused.
import assert from "node:assert/strict";
import { openCamera, phase, until } from "./harness.mjs";
import { BITS, FRAMES, SIDE, STEP } from "./numbered.mjs";

const WANTED = 500;

export const number_tests = {
  async "of five hundred pictures that carry a number none is shown with another's result"(page) {
    await page.evaluate(({ BITS, FRAMES, STEP }) => {
      window.seen = [];
      window.aliyarface.screen.watch = (canvas, record) => {
        const face = record?.objects[0];
        if (!face?.landmarks) return;
        const row = canvas.getContext("2d").getImageData(0, 28, canvas.width, 1).data;
        let frame = 0;
        for (let bit = 0; bit < BITS; bit += 1) if (row[4 * (16 + bit * 32 + 12)] > 128) frame |= 1 << bit;
        const left = STEP * (frame < FRAMES / 2 ? frame : FRAMES - frame);
        window.seen.push([frame, face.landmarks[1][0] * canvas.width - left]);
      };
    }, { BITS, FRAMES, STEP });
    await openCamera(page);
    await until(page, (wanted) => window.seen.length >= wanted, WANTED);
    const seen = await page.evaluate(() => window.seen);
    const middle = seen.map(([, place]) => place).sort((one, other) => one - other)[seen.length >> 1];
    assert.ok(middle > SIDE * 0.25 && middle < SIDE * 0.75, `the nose at ${middle}`);
    // A neighbour's result would be a step away.
    const wrong = seen.filter(([, place]) => Math.abs(place - middle) > STEP / 2);
    const numbers = new Set(seen.map(([frame]) => frame)).size;
    console.log(`  ${wrong.length} of ${seen.length} pictures with another's result; ${numbers} of ${FRAMES} numbers seen`);
    assert.deepEqual(wrong, []);
    assert.ok(numbers > FRAMES / 2, `${numbers} numbers`);
    await page.click("#stop");
  },
};

export const refused_tests = {
  async "a camera that is refused is told, and no session stays"(page) {
    const cameras = async () => {
      const { sessions } = await page.evaluate(async () => (await fetch("sessions")).json());
      return sessions.filter(({ source, state }) => source === "camera" && state !== "ended").length;
    };
    const before = await cameras();
    await page.click("#camera");
    await page.click("#consent-yes");
    await phase(page, "failed");
    assert.match(await page.locator("#state").textContent(), /refused/);
    assert.ok((await cameras()) <= before);
  },
};
