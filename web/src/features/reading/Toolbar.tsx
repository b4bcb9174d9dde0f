import {
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Switch,
  Tooltip,
} from "@mantine/core";
import type { ReactNode } from "react";
import { type GrayWindow, type Layout, useViewer } from "../../viewer/store.ts";
import { inGray, inShares, PRESETS } from "../../viewer/tools.ts";
import classes from "./ReadingPage.module.css";

interface Props {
  readonly firstWindow: GrayWindow;
  /** Whether there is a 3D view to make room for. */
  readonly hasSpace: boolean;
  readonly onStrongest?: (() => void) | undefined;
  readonly onHelp: () => void;
  /** Starts and stops drawing. */
  readonly draw: ReactNode;
}

const LAYOUT_NAMES: { value: Layout; label: string }[] = [
  { value: "four", label: "2 × 2" },
  { value: "axial", label: "Axial" },
  { value: "space", label: "3D" },
];

function presetOf(window: GrayWindow): string | null {
  return (
    PRESETS.find((preset) => preset.window.low === window.low && preset.window.high === window.high)
      ?.name ?? null
  );
}

/** How the anatomy is shown: window, inversion, first view. */
export function Toolbar({ firstWindow, hasSpace, onStrongest, onHelp, draw }: Props) {
  const viewer = useViewer();
  const { low, high } = inGray(viewer.window, firstWindow);
  const [center, width] = [(low + high) / 2, high - low];
  const digits = firstWindow.high - firstWindow.low > 50 ? 0 : 3;
  const setWindow = (toCenter: number, toWidth: number) => {
    const gray = { low: toCenter - toWidth / 2, high: toCenter + toWidth / 2 };
    viewer.set({ window: inShares(gray, firstWindow) });
  };
  return (
    <Group aria-label="View" className={classes.toolbar} gap={6} role="toolbar">
      <Select
        aria-label="Window preset"
        allowDeselect={false}
        comboboxProps={{ withinPortal: true }}
        data={PRESETS.map(({ name }) => name)}
        onChange={(name) => {
          const preset = PRESETS.find((known) => known.name === name);
          if (preset) {
            viewer.set({ window: preset.window });
          }
        }}
        placeholder="Own window"
        size="xs"
        value={presetOf(viewer.window)}
        w={114}
      />
      <NumberInput
        aria-label="Window center"
        decimalScale={digits}
        hideControls
        leftSection="C"
        onChange={(value) => typeof value === "number" && setWindow(value, width)}
        size="xs"
        value={Number(center.toFixed(digits))}
        w={70}
      />
      <NumberInput
        aria-label="Window width"
        decimalScale={digits}
        hideControls
        leftSection="W"
        min={0}
        onChange={(value) => typeof value === "number" && value > 0 && setWindow(center, value)}
        size="xs"
        value={Number(width.toFixed(digits))}
        w={70}
      />
      <Switch
        checked={viewer.inverted}
        label="Invert"
        onChange={(event) => viewer.set({ inverted: event.currentTarget.checked })}
        size="xs"
      />
      <Button aria-label="Reset view" onClick={viewer.reset} px={10} size="xs" variant="default">
        Reset
      </Button>
      {onStrongest ? (
        <Button onClick={onStrongest} px={10} size="xs" variant="default">
          Strongest evidence
        </Button>
      ) : null}
      {hasSpace ? (
        <SegmentedControl
          aria-label="Layout"
          data={LAYOUT_NAMES}
          onChange={(layout) => viewer.set({ layout: layout as Layout })}
          size="xs"
          value={viewer.layout}
        />
      ) : null}
      {draw}
      <Tooltip label="Keys and gestures (?)">
        <Button
          aria-label="Keys and gestures"
          ml="auto"
          onClick={onHelp}
          size="xs"
          variant="default"
        >
          ?
        </Button>
      </Tooltip>
    </Group>
  );
}
