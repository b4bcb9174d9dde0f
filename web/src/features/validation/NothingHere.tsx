import { Button } from "@mantine/core";
import { Link } from "react-router";
import table from "../../ui/Table.module.css";

interface Props {
  /** There are slices, only none that match. */
  readonly hasSlices: boolean;
  readonly onShowAll: () => void;
}

/** Why the grid is empty, and what to do about it. */
export function NothingHere({ hasSlices, onShowAll }: Props) {
  return (
    <section aria-label="Nothing to show" className={table.empty}>
      {hasSlices ? (
        <>
          <p>No slice fits this filter.</p>
          <p>
            “Right or wrong” needs answers by readers; “looking at the tumor” needs an outline of
            the tumor too.
          </p>
          <Button onClick={onShowAll} size="xs" variant="light">
            Show all slices
          </Button>
        </>
      ) : (
        <>
          <p>No study was analyzed yet.</p>
          <p>
            Drop a study on the <Link to="/">worklist</Link>. Its slices stand here as soon as it is
            analyzed, each with the evidence for its answer.
          </p>
        </>
      )}
    </section>
  );
}
