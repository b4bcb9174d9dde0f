import { ActionIcon, Button, Checkbox, Select, Slider } from "@mantine/core";
import { SPEEDS, useFlight } from "../../../viewer/flight.ts";
import { type Clip, useViewer } from "../../../viewer/store.ts";
import classes from "./Volumetry.module.css";

const SIDES: { value: Clip["side"]; label: string }[] = [
  { value: "S", label: "above" },
  { value: "I", label: "below" },
  { value: "A", label: "front" },
  { value: "P", label: "behind" },
  { value: "L", label: "left" },
  { value: "R", label: "right" },
];

/** Flight and clip plane of the 3D view. */
export function SpaceControls() {
  return (
    <div aria-label="3D view" className={classes.controls} role="toolbar">
      <FlightControls />
      <ClipControls />
    </div>
  );
}

function FlightControls() {
  const { isPlaying, share, speed, set, toggle } = useFlight();
  const viewer = useViewer();
  return (
    <div className={classes.control}>
      <ActionIcon
        aria-label={isPlaying ? "Pause the flight" : "Play the flight"}
        onClick={toggle}
        size="sm"
        title={isPlaying ? "Pause the flight (F)" : "Fly to the tumor, around it and close up (F)"}
        variant="light"
      >
        <svg aria-hidden="true" height="12" viewBox="0 0 12 12" width="12">
          <path d={isPlaying ? "M2 1h3v10H2zM7 1h3v10H7z" : "M2 1l9 5-9 5z"} fill="currentColor" />
        </svg>
      </ActionIcon>
      <Slider
        flex={1}
        label={(value) => `${Math.round(value * 100)} %`}
        max={1}
        min={0}
        onChange={(value) => set({ share: value, isPlaying: false })}
        size="xs"
        step={0.01}
        thumbLabel="Place in the flight"
        value={share ?? 0}
      />
      <Select
        allowDeselect={false}
        aria-label="Speed of the flight"
        comboboxProps={{ withinPortal: true }}
        data={SPEEDS.map((value) => ({ value: String(value), label: `${value}×` }))}
        onChange={(value) => value && set({ speed: Number(value) })}
        size="xs"
        value={String(speed)}
        w={68}
      />
      <Button
        aria-label="Reset the 3D view"
        onClick={() => {
          viewer.set({ clip: { ...viewer.clip, isOn: false } });
          viewer.reset();
        }}
        size="compact-xs"
        variant="default"
      >
        Reset
      </Button>
    </div>
  );
}

function ClipControls() {
  const { clip, set } = useViewer();
  const change = (next: Partial<Clip>) => set({ clip: { ...clip, ...next } });
  return (
    <div className={classes.control}>
      <Checkbox
        checked={clip.isOn}
        label="Cut from"
        onChange={(event) => change({ isOn: event.currentTarget.checked })}
        size="xs"
        title="Cut the surfaces with a plane (C)"
      />
      <Select
        allowDeselect={false}
        aria-label="Cut from"
        comboboxProps={{ withinPortal: true }}
        data={SIDES}
        onChange={(side) => change({ side: (side ?? "S") as Clip["side"], isOn: true })}
        size="xs"
        value={clip.side}
        w={88}
      />
      <Slider
        flex={1}
        label={(value) => `${Math.round(value * 100)} %`}
        max={1}
        min={0}
        onChange={(share) => change({ share, isOn: true })}
        size="xs"
        step={0.01}
        thumbLabel="Depth of the cut"
        value={clip.share}
      />
    </div>
  );
}
