import { type ComponentProps, type ReactNode, useState } from "react";
import { KeyHelp } from "../../ui/KeyHelp.tsx";
import { useKeys } from "../../ui/keymap.ts";
import { type GrayWindow, useViewer } from "../../viewer/store.ts";
import { type Drawing, mergedKeys, type RoomOfDrawing } from "./drawing.ts";
import { GESTURES, type ReadingActions, readingKeys, SPACE_GESTURES } from "./keys.ts";
import { Rail } from "./Rail.tsx";
import classes from "./ReadingPage.module.css";
import { Toolbar } from "./Toolbar.tsx";

interface Props extends Omit<ComponentProps<typeof Rail>, "drawing"> {
  /** Lists to choose from, at the left; null for none. */
  readonly side: ReactNode;
  readonly firstWindow: GrayWindow;
  readonly actions: ReadingActions;
  readonly drawing: Drawing;
  readonly here: RoomOfDrawing;
  /** The images. */
  readonly children: ReactNode;
}

/** What every reading room has: lists, tools, images, findings, and the keys that steer them. */
export function Room({ side, firstWindow, actions, drawing, here, children, ...rail }: Props) {
  const viewer = useViewer();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const help = () => setIsHelpOpen(true);
  const bindings = mergedKeys(drawing.keys(here), readingKeys({ ...actions, viewer, help }));
  const gestures = actions.space ? [...GESTURES, ...SPACE_GESTURES] : GESTURES;
  useKeys(bindings);
  return (
    <div className={classes.columns} data-wide={side === null}>
      {side ? <div className={classes.side}>{side}</div> : null}
      <div className={classes.stage}>
        <Toolbar
          draw={drawing.toggle}
          firstWindow={firstWindow}
          hasSpace={actions.space !== undefined}
          onHelp={help}
          onStrongest={actions.toStrongest}
        />
        {drawing.bar(here)}
        {children}
      </div>
      <Rail {...rail} drawing={drawing.panel(here)} />
      <KeyHelp
        bindings={bindings}
        gestures={[...gestures, ...drawing.gestures]}
        isOpen={isHelpOpen}
        onClose={() => setIsHelpOpen(false)}
      />
    </div>
  );
}
