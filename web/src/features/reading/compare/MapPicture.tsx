import { Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import classes from "./compare.module.css";
import { laidOver } from "./compare.ts";

interface Props {
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  readonly picture: Float32Array;
  readonly map: Float32Array;
  readonly scale: number;
}

/** A slice with a map over it, as large as there is room. */
export function MapPicture({ title, rows, columns, picture, map, scale }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.putImageData(new ImageData(laidOver(picture, map, scale), columns, rows), 0, 0);
  }, [picture, map, scale, rows, columns]);
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
    </figure>
  );
}
