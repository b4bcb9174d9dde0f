/** Small pictures with their maps, as they come in one body for a screen of the grid. */

export interface Tile {
  readonly id: number;
  /** Gray values, `side` x `side`; null for a slice that was analyzed before pictures were kept. */
  readonly picture: Uint8Array<ArrayBuffer> | null;
  readonly side: number;
  /** Signed, row after row; 127 is where the display saturates. */
  readonly evidence: Int8Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
  /** Of the evidence in the picture: top, left, height, width. */
  readonly box: readonly [number, number, number, number];
}

interface Said {
  readonly id: number;
  readonly side: number;
  readonly rows: number;
  readonly columns: number;
  readonly box: [number, number, number, number];
}

const NEW_LINE = 10;

/** Read a line of JSON, then the bytes that it announces. */
export function readTiles(body: ArrayBuffer): Tile[] {
  const bytes = new Uint8Array(body);
  const end = bytes.indexOf(NEW_LINE);
  const said: Said[] = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  let at = end + 1;
  const take = (length: number): ArrayBuffer => {
    if (at + length > bytes.length) {
      throw new RangeError("The server sent less of the pictures than it announced.");
    }
    at += length;
    return body.slice(at - length, at);
  };
  return said.map(({ id, side, rows, columns, box }) => ({
    id,
    side,
    rows,
    columns,
    box,
    picture: side > 0 ? new Uint8Array(take(side * side)) : null,
    evidence: new Int8Array(take(rows * columns)),
  }));
}
