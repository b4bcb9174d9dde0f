import { NavLink } from "react-router";
import classes from "./Validation.module.css";

/** The two halves of validation. */
export function Tabs() {
  return (
    <nav aria-label="Validation" className={classes.tabs}>
      <NavLink className={classes.tab ?? ""} end to="/validation">
        Slices
      </NavLink>
      <NavLink className={classes.tab ?? ""} to="/validation/models">
        Model comparison
      </NavLink>
    </nav>
  );
}
