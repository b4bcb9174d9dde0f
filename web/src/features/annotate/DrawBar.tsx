import {
  ActionIcon,
  Button,
  Group,
  Menu,
  Slider,
  Text,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import { useStore } from "zustand";
import type { Analysis } from "../../queries/analyses.ts";
import type { OfSeries } from "../../queries/annotations.ts";
import { className } from "../../queries/classes.ts";
import classes from "./Annotate.module.css";
import type { RoomOfDrawing } from "./Annotator.tsx";
import { chooseKind, fill, type Source, takeOver } from "./acts.ts";
import { KIND_NAMES, KINDS } from "./content.ts";
import { KindSign } from "./KindSign.tsx";
import { TOOLS } from "./keys.ts";
import type { Hand } from "./sketch.ts";
import { radiusOn, useTools } from "./tools.ts";

interface Props {
  readonly hand: Hand;
  readonly of: OfSeries;
  readonly room: RoomOfDrawing;
  readonly analysis: Analysis | null;
}

const HOW_TO_CLOSE = "Enter or a double click closes the outline; Backspace takes a corner back.";

/** Tools, kinds, undo; below them, what the last gesture could not do. */
export function DrawBar({ hand, of, room, analysis }: Props) {
  const tools = useTools();
  const { notebook } = hand;
  const pending = useStore(notebook.store, (state) => state.pending);
  const isOpen = (pending?.points.length ?? 0) > 0;
  return (
    <div aria-label="Drawing" className={classes.bar} role="toolbar">
      <fieldset aria-label="Tool" className={classes.choices}>
        {TOOLS.map(({ tool, key, name, does }) => (
          <Tooltip key={tool} label={`${does} (${key})`}>
            <UnstyledButton
              aria-pressed={tools.tool === tool}
              className={classes.choice}
              onClick={() => tools.set({ tool, hint: "" })}
            >
              {name}
            </UnstyledButton>
          </Tooltip>
        ))}
      </fieldset>
      <fieldset aria-label="Kind" className={classes.choices}>
        {KINDS.map((kind, at) => (
          <Tooltip key={kind} label={`${KIND_NAMES[kind]} (${at + 1})`}>
            <UnstyledButton
              aria-pressed={tools.kind === kind}
              className={classes.choice}
              onClick={() => chooseKind(hand, kind)}
            >
              <KindSign kind={kind} />
              {KIND_NAMES[kind]}
            </UnstyledButton>
          </Tooltip>
        ))}
      </fieldset>
      <Group gap={4} ml="auto" wrap="nowrap">
        <UndoRedo hand={hand} isOpen={isOpen} />
        <Button
          disabled={!room.sheet || room.sheet.sliceIndex !== null}
          onClick={() => void fill(hand, of, room.sheet)}
          size="compact-xs"
          title="Fill between slices (F)"
          variant="default"
        >
          Fill
        </Button>
        <FromModel analysis={analysis} hand={hand} of={of} room={room} />
      </Group>
      <div className={classes.second}>
        <Setting room={room} />
        <Text className={classes.hint} role="status">
          {tools.hint || (isOpen ? HOW_TO_CLOSE : "")}
        </Text>
      </div>
    </div>
  );
}

function UndoRedo({ hand: { notebook }, isOpen }: { hand: Hand; isOpen: boolean }) {
  const history = useStore(notebook.store, (state) => state.history);
  const redoable = useStore(notebook.store, ({ pending }) => (pending?.undone.length ?? 0) > 0);
  return (
    <>
      <ActionIcon
        aria-label="Undo"
        disabled={!isOpen && history.done.length === 0}
        onClick={notebook.undo}
        title="Undo (Ctrl+Z)"
        size="sm"
        variant="default"
      >
        ↶
      </ActionIcon>
      <ActionIcon
        aria-label="Redo"
        disabled={!redoable && history.undone.length === 0}
        onClick={notebook.redo}
        title="Redo (Ctrl+Shift+Z)"
        size="sm"
        variant="default"
      >
        ↷
      </ActionIcon>
    </>
  );
}

/** The one number that the tool at hand needs. */
function Setting({ room: { sheet } }: { room: RoomOfDrawing }) {
  const { tool, size, tolerance, set } = useTools();
  if (tool === "select" || tool === "outline") {
    return null;
  }
  const unit = sheet && sheet.sliceIndex !== null && sheet.sliceMm === 1 ? "px" : "mm";
  return (
    <>
      <div className={classes.setting}>
        <span>Radius {sheet ? `${radiusOn(sheet, size)} ${unit}` : ""}</span>
        <Slider
          thumbLabel="Radius of the brush"
          label={null}
          max={0.1}
          min={0.002}
          onChange={(next) => set({ size: next })}
          size="sm"
          step={0.001}
          value={Math.min(size, 0.1)}
          w={90}
        />
      </div>
      {tool === "threshold" ? (
        <div className={classes.setting}>
          <span>Gray ± {Math.round(tolerance * 100)} %</span>
          <Slider
            thumbLabel="Tolerance in gray values"
            label={null}
            max={0.4}
            min={0.01}
            onChange={(next) => set({ tolerance: next })}
            size="sm"
            step={0.01}
            value={tolerance}
            w={80}
          />
        </div>
      ) : null}
    </>
  );
}

const REGIONS: readonly { source: Source; name: string }[] = [
  { source: "WT", name: "Whole tumor, segmented" },
  { source: "TC", name: "Tumor core, segmented" },
  { source: "ET", name: "Enhancing tumor, segmented" },
];

/** The model's own map or mask, as outlines to correct. */
function FromModel({ hand, of, room, analysis }: Props) {
  const { sheet, target } = room;
  if (!analysis) {
    return null;
  }
  const take = (source: Source) => {
    if (sheet) {
      void takeOver(hand, of, { sheet, analysis, source, target });
    }
  };
  const isVolume = sheet?.sliceIndex === null && analysis.has_volumetry;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button disabled={!sheet} size="compact-xs" variant="default">
          From the model
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Of this slice, to correct</Menu.Label>
        <Menu.Item onClick={() => take("evidence")}>
          Evidence{target ? ` for ${className(target).toLowerCase()}` : ""}
        </Menu.Item>
        {isVolume
          ? REGIONS.map(({ source, name }) => (
              <Menu.Item key={source} onClick={() => take(source)}>
                {name}
              </Menu.Item>
            ))
          : null}
      </Menu.Dropdown>
    </Menu>
  );
}
