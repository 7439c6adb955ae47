// The page in a real browser: page.mjs PROGRAM CLIP.mp4 CAMERA.y4m NUMBERED.y4m OUT NATS-SERVER.conf
import { camera_tests, trouble_tests } from "./camera.mjs";
import { file_tests } from "./file.mjs";
import { fleet_tests } from "./fleet.mjs";
import { Server, browse, camera, numbered, open, run } from "./harness.mjs";
import { number_tests, refused_tests } from "./numbers.mjs";
import { watch_tests } from "./watch.mjs";

const config = process.argv[7];
const server = new Server();
await server.start();
let failures = 0;
try {
  for (const [film, asks, tests] of [[camera, false, { ...file_tests(server), ...camera_tests, ...watch_tests(server), ...fleet_tests(config), ...trouble_tests(server) }], [numbered, false, number_tests], [camera, true, refused_tests]]) {
    const browser = await browse(film, asks);
    try {
      failures += await run(tests, await open(browser, server));
    } finally {
      await browser.close();
    }
  }
} finally {
  await server.stop();
}
process.exit(failures ? 1 : 0);
