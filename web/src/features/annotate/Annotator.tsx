import { Button, Tooltip } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { useStore } from "zustand";
import type { Mm } from "../../frames/affine.ts";
import type { Sheet } from "../../frames/sheet.ts";
import type { Analysis } from "../../queries/analyses.ts";
import { listAnnotations, type OfSeries, sendAnnotation } from "../../queries/annotations.ts";
import type { Series, Study } from "../../queries/studies.ts";
import type { KeyBinding } from "../../ui/keymap.ts";
import type { PaneSketch } from "../../viewer/sketch.ts";
import { DrawBar } from "./DrawBar.tsx";
import { DrawingPanel } from "./DrawingPanel.tsx";
import { openDraftBox } from "./draftBox.ts";
import { gesture, NO_GESTURE } from "./gesture.ts";
import { drawingKeys, GESTURES } from "./keys.ts";
import { type Notebook, openNotebook } from "./notebook.ts";
import { type Hand, sketchOn } from "./sketch.ts";
import { useTools } from "./tools.ts";

/** What the room around tells: where the reader is, and how to go elsewhere. */
export interface RoomOfDrawing {
  /** The slice that the keys steer; null while it is not known, and for the 3D view. */
  readonly sheet: Sheet | null;
  /** The class whose evidence is shown. */
  readonly target: string;
  /** In millimeters of the series itself. */
  readonly goTo: (place: Mm, sliceIndex: number | null) => void;
}

interface Drawing {
  readonly isOn: boolean;
  readonly toggle: ReactNode;
  readonly bar: (room: RoomOfDrawing) => ReactNode;
  readonly panel: (room: RoomOfDrawing) => ReactNode;
  readonly keys: (room: RoomOfDrawing) => readonly KeyBinding[];
  readonly gestures: readonly (readonly [string, string])[];
  readonly sketchOn: (sheet: Sheet) => PaneSketch;
}

interface Props {
  readonly study: Study;
  readonly series: Series;
  readonly analysis: Analysis | null;
  readonly children: (drawing: Drawing) => ReactNode;
}

const box = openDraftBox();

function useNotebook({ studyId, seriesId }: OfSeries, analysisId: string | null): Notebook {
  const seenAnalysis = useRef(analysisId);
  seenAnalysis.current = analysisId;
  const notebook = useMemo(() => {
    const of = { studyId, seriesId };
    return openNotebook(
      `${studyId}/${seriesId}`,
      {
        list: () => listAnnotations(of),
        send: (id, write) => sendAnnotation(of, id, write),
        analysisId: () => seenAnalysis.current,
      },
      box,
    );
  }, [studyId, seriesId]);
  useEffect(() => {
    notebook.start();
    return notebook.stop;
  }, [notebook]);
  return notebook;
}

/** Lets readers draw on one series: hands tools, list and keys to the room that shows it. */
export function Annotator({ study, series, analysis, children }: Props) {
  const of = useMemo(() => ({ studyId: study.id, seriesId: series.id }), [study.id, series.id]);
  const analysisId = analysis?.id ?? null;
  const notebook = useNotebook(of, analysisId);
  const tools = useTools();
  const count = useStore(notebook.store, ({ entries }) =>
    [...entries.values()].reduce((sum, { local }) => sum + (local ? 1 : 0), 0),
  );
  const span = useRef(1);
  span.current = series.window[1] - series.window[0];
  const hand = useMemo<Hand>(
    () => ({
      notebook,
      manner: () => ({
        kind: useTools.getState().kind,
        only_this: false,
        reason: "",
        analysis_id: analysisId,
      }),
      graySpan: () => span.current,
    }),
    [notebook, analysisId],
  );
  // Another series is another desk.
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the series alone
  useEffect(() => {
    useTools.getState().set({ selected: null, corner: null, hint: "", hidden: [] });
    gesture.setState(NO_GESTURE);
  }, [series.id]);
  useEffect(() => () => useTools.getState().set({ isOn: false }), []);
  const sketch = useMemo(() => (sheet: Sheet) => sketchOn(sheet, hand), [hand]);
  return children({
    isOn: tools.isOn,
    toggle: (
      <Tooltip label="Outline, brush, eraser (D)">
        <Button
          aria-pressed={tools.isOn}
          onClick={() => tools.set({ isOn: !tools.isOn, hint: "" })}
          px={10}
          size="xs"
          variant={tools.isOn ? "filled" : "default"}
        >
          Draw{count > 0 && !tools.isOn ? ` (${count})` : ""}
        </Button>
      </Tooltip>
    ),
    bar: (room) =>
      tools.isOn ? <DrawBar analysis={analysis} hand={hand} of={of} room={room} /> : null,
    panel: (room) => (tools.isOn ? <DrawingPanel hand={hand} of={of} room={room} /> : null),
    keys: (room) => drawingKeys({ hand, of, room, tools }),
    gestures: tools.isOn ? GESTURES : [],
    sketchOn: sketch,
  });
}
