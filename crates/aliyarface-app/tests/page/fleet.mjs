// Cameras of workers: a real nats-server and a worker, started and seen from the page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Server, clip, open, picture, program, until } from "./harness.mjs";

const port = 20000 + Math.floor(Math.random() * 10000);
const url = (user) => `nats://${user}:secret@127.0.0.1:${port}`;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const fleet_tests = (config) => ({
  async "a camera is started at a worker, seen to be read, and removed"(page) {
    const folder = mkdtempSync(join(tmpdir(), "aliyarface-fleet-"));
    const words = { ALIYARFACE_ARCHIVIST_PASSWORD: "secret", ALIYARFACE_WORKER_PASSWORD: "secret", PATH: `${process.env.PATH}:/usr/sbin` };
    const broker = spawn("nats-server", ["-c", config, "-a", "127.0.0.1", "-p", String(port), "-sd", folder], { env: { ...process.env, ...words }, stdio: "ignore" });
    await sleep(1500);
    const server = new Server();
    await server.start(["--new-token", "--nats", url("archivist")]);
    const worker = spawn(program, ["worker", "--cameras", "--source", `file://${dirname(clip)}/`, "--spool", join(folder, "spool"), "--nats", url("worker")], { stdio: "ignore" });
    const own = await open(page.context().browser(), server);
    try {
      await own.click("#fleet-open");
      await own.waitForSelector("#fleet-workers b");
      await own.fill("#fleet-name", "door");
      await own.fill("#fleet-uri", "gopher://a/");
      await own.click("#fleet-add");
      await until(own, () => document.querySelector("#fleet-problem").textContent.includes("rtsp://"));
      await own.fill("#fleet-uri", `file://${clip}`);
      await own.click("#fleet-add");
      await own.waitForSelector('#fleet-cameras [data-camera="door"]:is([data-state="live"], [data-state="calibrating"])', { timeout: 60_000 });
      await picture(own, "fleet");
      await own.click('[data-remove="door"]');
      await own.waitForSelector('#fleet-cameras [data-camera="door"]', { state: "detached" });
      assert.deepEqual(own.complaints, []);
    } finally {
      worker.kill();
      await server.stop();
      broker.kill();
      await own.context().close();
    }
  },
});
