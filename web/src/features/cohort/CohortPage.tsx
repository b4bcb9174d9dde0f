import { Anchor, Button, Group, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { Link, useNavigate } from "react-router";
import { problemOf } from "../../client/api.ts";
import { CLASS_NAMES, className, TUMOR_CLASSES } from "../../queries/classes.ts";
import { type CohortMap as Cohort, useCohortMap, useSelection } from "../../queries/similar.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Fetched } from "../../ui/Fetched.tsx";
import { Page } from "../../ui/Page.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { counted, inPercent } from "../../ui/words.ts";
import classes from "./Cohort.module.css";
import { CohortMap } from "./CohortMap.tsx";
import { asSlices, LOOKS } from "./points.ts";
import { Sign } from "./Sign.tsx";

const LISTED = 12;
const MOST = 5_000;

/** All indexed slices on a plane by how they look to the network. */
export function CohortPage() {
  const cohort = useCohortMap();
  return (
    <Page
      lead="All indexed slices by how they look to the network: like lies beside like. Draw around some to look at them together."
      title="Cohort"
    >
      <Fetched
        isPending={cohort.isPending}
        label="Drawing the map"
        onRetry={() => void cohort.refetch()}
        problem={cohort.isError ? problemOf(cohort.error) : null}
      >
        {cohort.data ? <Shown cohort={cohort.data} /> : null}
      </Fetched>
    </Page>
  );
}

function Shown({ cohort }: { cohort: Cohort }) {
  const { points, explained, total } = cohort;
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const some = useMemo(() => points.filter((_, at) => chosen.has(at)), [points, chosen]);
  const counts = useMemo(() => countOf(points), [points]);
  if (points.length === 0) {
    return (
      <Text fz="sm">
        No slice is indexed yet. Every analysis adds its study; for earlier ones type{" "}
        <code>neuroscope index</code>, or use the button under Similar past cases of a study.
      </Text>
    );
  }
  const [along = 0, down = 0] = explained;
  return (
    <div className={classes.columns}>
      <div>
        <CohortMap chosen={chosen} onChoose={setChosen} points={points} />
        <Text c="dark.1" fz="xs">
          {counted(points.length, "slice")}
          {points.length < total ? ` of ${total}, drawn at random` : ""}. The two directions in
          which the vectors differ most (principal components) hold {inPercent(along)} and{" "}
          {inPercent(down)} of their variance: slices that lie together here may still differ.
          Hollow signs: named by the network alone.
        </Text>
      </div>
      <div>
        <Panel title="Classes">
          <ul className={classes.legend}>
            {TUMOR_CLASSES.filter((label) => label in LOOKS).map((label) => (
              <li key={label}>
                <Sign label={label} />
                <span>{CLASS_NAMES[label]}</span>
                <span className={classes.count}>{counts.get(label) ?? 0}</span>
                <Button
                  aria-label={`Choose all slices of ${className(label)}`}
                  onClick={() =>
                    setChosen(new Set(points.flatMap((p, at) => (p.label === label ? [at] : []))))
                  }
                  size="compact-xs"
                  variant="default"
                >
                  Choose
                </Button>
              </li>
            ))}
          </ul>
        </Panel>
        <Chosen onClear={() => setChosen(new Set())} points={some} />
      </div>
    </div>
  );
}

function Chosen({ points, onClear }: { points: Cohort["points"]; onClear: () => void }) {
  const navigate = useNavigate();
  const selection = useSelection();
  const open = () =>
    selection.mutate(asSlices(points.slice(0, MOST)), {
      onSuccess: ({ token }) => void navigate(`/validation?selection=${token}`),
    });
  return (
    <Panel title={`Chosen: ${counted(points.length, "slice")}`}>
      {points.length === 0 ? (
        <Text c="dark.1" fz="xs">
          Draw around points with the mouse, or choose a class.
        </Text>
      ) : (
        <>
          <ul className={classes.list}>
            {points.slice(0, LISTED).map((point) => (
              <li key={`${point.case_id}/${point.series_id}/${point.slice_index}`}>
                <Anchor
                  component={Link}
                  fz="xs"
                  to={`/studies/${point.case_id}?series=${point.series_id}&slice=${point.slice_index}`}
                >
                  {point.name || point.case_id}
                </Anchor>{" "}
                <Text c="dark.1" component="span" fz="xs">
                  {point.label ? className(point.label) : "not known"}
                </Text>
              </li>
            ))}
          </ul>
          {points.length > LISTED ? (
            <Text c="dark.1" fz="xs">
              and {points.length - LISTED} more
            </Text>
          ) : null}
          <Group gap="xs" mt="xs">
            <Button loading={selection.isPending} onClick={open} size="xs">
              Open in Validation
            </Button>
            <Button onClick={onClear} size="xs" variant="default">
              Clear
            </Button>
          </Group>
          {selection.isError ? <Caution>{problemOf(selection.error).detail}</Caution> : null}
        </>
      )}
    </Panel>
  );
}

function countOf(points: Cohort["points"]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { label } of points) {
    if (label) {
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  return counts;
}
