import { type ComponentProps, type ReactNode, useState } from "react";
import { KeyHelp } from "../../ui/KeyHelp.tsx";
import { useKeys } from "../../ui/keymap.ts";
import { type GrayWindow, useViewer } from "../../viewer/store.ts";
import { GESTURES, type ReadingActions, readingKeys, SPACE_GESTURES } from "./keys.ts";
import { Rail } from "./Rail.tsx";
import classes from "./ReadingPage.module.css";
import { Toolbar } from "./Toolbar.tsx";

interface Props extends ComponentProps<typeof Rail> {
  /** Lists to choose from, at the left; null for none. */
  readonly side: ReactNode;
  readonly firstWindow: GrayWindow;
  readonly actions: ReadingActions;
  /** The images. */
  readonly children: ReactNode;
}

/** What every reading room has: lists, tools, images, findings, and the keys that steer them. */
export function Room({ side, firstWindow, actions, children, ...rail }: Props) {
  const viewer = useViewer();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const help = () => setIsHelpOpen(true);
  const bindings = readingKeys({ ...actions, viewer, help });
  useKeys(bindings);
  return (
    <div className={classes.columns} data-wide={side === null}>
      {side ? <div className={classes.side}>{side}</div> : null}
      <div className={classes.stage}>
        <Toolbar
          firstWindow={firstWindow}
          hasSpace={actions.space !== undefined}
          onHelp={help}
          onStrongest={actions.toStrongest}
        />
        {children}
      </div>
      <Rail {...rail} />
      <KeyHelp
        bindings={bindings}
        gestures={actions.space ? [...GESTURES, ...SPACE_GESTURES] : GESTURES}
        isOpen={isHelpOpen}
        onClose={() => setIsHelpOpen(false)}
      />
    </div>
  );
}
