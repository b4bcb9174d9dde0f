import { Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { isTrusted, type Passport } from "../../../queries/passports.ts";
import { PassportNote } from "../../../viewer/PassportNote.tsx";
import { useViewer } from "../../../viewer/store.ts";
import classes from "./compare.module.css";
import { laidOver } from "./compare.ts";

interface Props {
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  readonly picture: Float32Array;
  readonly map: Float32Array;
  readonly scale: number;
  /** How the map did in its tests; null if it was not tested. */
  readonly passport: Passport | null;
}

/** A slice with a map over it, as large as there is room; gray if the map failed a test. */
export function MapPicture({ title, rows, columns, picture, map, scale, passport }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { showAnyway } = useViewer();
  const isColored = isTrusted(passport) || showAnyway;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.putImageData(
      new ImageData(laidOver(picture, map, scale, isColored), columns, rows),
      0,
      0,
    );
  }, [picture, map, scale, rows, columns, isColored]);
  return (
    <figure className={classes.map}>
      <canvas
        aria-label={`${title} over the slice`}
        className={classes.canvas}
        height={rows}
        ref={canvas}
        role="img"
        width={columns}
      />
      <Text component="figcaption" fw={600} fz="sm" mt={6}>
        {title}
      </Text>
      {passport ? (
        <PassportNote of={title} passport={passport} />
      ) : (
        <Text c="dark.1" fz="xs">
          This map was not tested.
        </Text>
      )}
    </figure>
  );
}
