import { Anchor, Button, Group, Loader, Text } from "@mantine/core";
import { Link } from "react-router";
import { problemOf } from "../../client/api.ts";
import { type Neighbor, type Question, useWhy } from "../../queries/similar.ts";
import { Caution } from "../../ui/Caution.tsx";
import { PairPicture } from "./PairPicture.tsx";
import classes from "./Similar.module.css";
import { alikeText, answerText, BY, differsText, knownOf, placeText } from "./words.ts";

interface Props {
  readonly question: Question;
  readonly neighbor: Neighbor;
  /** What the reader said of it; null for nothing. */
  readonly judged: boolean | null;
  readonly onJudge: (isRelevant: boolean | null) => void;
  readonly onCompare: () => void;
}

const WIDTH = 92;

/** A past case: its picture, what it turned out to be, why it is similar and what differs. */
export function CaseCard({ question, neighbor, judged, onJudge, onCompare }: Props) {
  const why = useWhy(question, neighbor);
  const { facts, rank } = neighbor;
  const compared = knownOf(neighbor);
  const place = placeText(neighbor);
  const [alike, differs] = [alikeText(compared), differsText(compared)];
  const name = `case ${rank}, ${answerText(neighbor)}`;
  return (
    <li className={classes.card}>
      <button aria-label={`Compare with ${name}`} onClick={onCompare} type="button">
        {why.data ? (
          <PairPicture
            label={`Slice of ${name}, with what makes it similar`}
            side="match"
            why={why.data}
            width={WIDTH}
          />
        ) : (
          <span className={classes.noPicture}>
            {why.isPending ? (
              <Loader aria-label="Fetching the picture" role="status" size="xs" />
            ) : (
              "no picture"
            )}
          </span>
        )}
      </button>
      <div>
        <Text fw={600} fz="sm" lh={1.3}>
          {answerText(neighbor)}{" "}
          <Text c="dark.1" component="span" fz="xs">
            {facts.label ? BY[facts.label_source ?? "model"] : ""}
          </Text>
        </Text>
        <Text fz="xs">
          Similarity {neighbor.score.toFixed(2)}
          {place ? ` · ${place}` : ""}
        </Text>
        {alike ? (
          <Text c="dark.1" fz="xs">
            Alike: {alike}
          </Text>
        ) : null}
        {differs ? (
          <Text c="dark.1" fz="xs">
            Differs: {differs}
          </Text>
        ) : null}
        {why.isError ? (
          <Text c="dark.1" fz="xs">
            No picture: {problemOf(why.error).detail}
          </Text>
        ) : null}
        <Group gap={4} mt={4}>
          {([true, false] as const).map((isRelevant) => (
            <Button
              aria-label={`${isRelevant ? "Relevant" : "Not relevant"}: ${name}`}
              aria-pressed={judged === isRelevant}
              key={String(isRelevant)}
              onClick={() => onJudge(judged === isRelevant ? null : isRelevant)}
              size="compact-xs"
              variant={judged === isRelevant ? "filled" : "default"}
            >
              {isRelevant ? "Relevant" : "Not relevant"}
            </Button>
          ))}
          {neighbor.pseudonym ? (
            <Anchor
              component={Link}
              fz="xs"
              to={`/studies/${neighbor.case_id}?series=${neighbor.series_id}`}
            >
              Open {neighbor.pseudonym}
            </Anchor>
          ) : null}
        </Group>
      </div>
      {neighbor.cautions.length > 0 ? (
        <div className={classes.wide}>
          {neighbor.cautions.map((caution) => (
            <Caution key={caution}>{caution}</Caution>
          ))}
        </div>
      ) : null}
    </li>
  );
}
