import type { ReactNode } from "react";
import classes from "./Caution.module.css";

/** A doubt that the reader must see. */
export function Caution({ children }: { readonly children: ReactNode }) {
  return (
    <p className={classes.caution}>
      <span aria-hidden="true" className={classes.mark}>
        !
      </span>
      <span>
        <span className={classes.word}>Caution: </span>
        {children}
      </span>
    </p>
  );
}
