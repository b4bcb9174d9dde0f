import { expect, it } from "vitest";
import { paintGray, readBytes, readFloats } from "./mapPicture.ts";

const base64 = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

it("numbers of the server are read as they were written", () => {
  expect([...readBytes(btoa("\x00\x7f\xff"))]).toEqual([0, 127, 255]);
  const map = new Float32Array([0.5, -2, 1e-3]);
  expect([...readFloats(base64(map.buffer))]).toEqual([...map]);
});

it("gray values become opaque pixels", () => {
  expect([...paintGray(new Uint8Array([0, 200]))]).toEqual([0, 0, 0, 255, 200, 200, 200, 255]);
});
