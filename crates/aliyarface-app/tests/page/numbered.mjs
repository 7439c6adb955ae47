// A film whose pictures carry a number, and a face whose place follows it: numbered.mjs FACE.i420 FILM.y4m
import { createWriteStream, readFileSync } from "node:fs";

export const [WIDTH, HEIGHT, SIDE, FRAMES, STEP, BITS, BLOCK] = [640, 480, 320, 80, 8, 8, 24];
/** Where the face begins on a picture: there and back. */
export const leftOf = (frame) => STEP * (frame < FRAMES / 2 ? frame : FRAMES - frame);

if (process.argv[3]?.endsWith(".y4m")) {
  const face = readFileSync(process.argv[2]);
  const film = createWriteStream(process.argv[3]);
  film.write(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F30:1 Ip A1:1 C420jpeg\n`);
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const picture = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128);
    picture.fill(110, 0, WIDTH * HEIGHT);
    const [left, top] = [leftOf(frame), HEIGHT - SIDE - 20];
    for (let y = 0; y < SIDE; y += 1) face.copy(picture, (top + y) * WIDTH + left, y * SIDE, (y + 1) * SIDE);
    for (const plane of [0, 1]) {
      const [to, from] = [WIDTH * HEIGHT + (plane * WIDTH * HEIGHT) / 4, SIDE * SIDE + (plane * SIDE * SIDE) / 4];
      for (let y = 0; y < SIDE / 2; y += 1) face.copy(picture, to + ((top / 2 + y) * WIDTH) / 2 + left / 2, from + (y * SIDE) / 2, from + ((y + 1) * SIDE) / 2);
    }
    for (let bit = 0; bit < BITS; bit += 1) {
      for (let y = 16; y < 16 + BLOCK; y += 1) picture.fill((frame >> bit) & 1 ? 235 : 16, y * WIDTH + 16 + bit * 32, y * WIDTH + 16 + bit * 32 + BLOCK);
    }
    film.write("FRAME\n");
    film.write(picture);
  }
  film.end();
}
