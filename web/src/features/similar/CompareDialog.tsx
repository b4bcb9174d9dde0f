import { Button, Group, RangeSlider, Slider, Table, Text } from "@mantine/core";
import { useState } from "react";
import { problemOf } from "../../client/api.ts";
import { type Neighbor, type Question, useWhy } from "../../queries/similar.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Fetched } from "../../ui/Fetched.tsx";
import { PairPicture } from "./PairPicture.tsx";
import classes from "./Similar.module.css";
import { answerText, BY, featureName, knownOf, valueText } from "./words.ts";

interface Props {
  readonly question: Question;
  readonly neighbor: Neighbor;
  readonly onClose: () => void;
}

const WIDTH = 360;
const WHOLE: [number, number] = [0, 255];

/** The slice and a past one side by side: one window, one overlay, and what is alike. */
export function CompareDialog({ question, neighbor, onClose }: Props) {
  const why = useWhy(question, neighbor);
  const [window, setWindow] = useState<[number, number]>(WHOLE);
  const [opacity, setOpacity] = useState(0.8);
  return (
    <Dialog isOpen onClose={onClose} size="860px" title="Side by side">
      <Fetched
        isPending={why.isPending}
        label="Comparing the slices"
        onRetry={() => void why.refetch()}
        problem={why.isError ? problemOf(why.error) : null}
      >
        {why.data ? (
          <>
            <div className={classes.pair}>
              <figure>
                <PairPicture
                  label="This slice, with what its places bring to the similarity"
                  opacity={opacity}
                  side="query"
                  why={why.data}
                  width={WIDTH}
                  window={window}
                />
                <figcaption>
                  This study{neighbor.query_name ? `, ${neighbor.query_name}` : ""}
                </figcaption>
              </figure>
              <figure>
                <PairPicture
                  label="The past slice, with what its places bring to the similarity"
                  opacity={opacity}
                  side="match"
                  why={why.data}
                  width={WIDTH}
                  window={window}
                />
                <figcaption>
                  {answerText(neighbor)}
                  {neighbor.name ? `, ${neighbor.name}` : ""}
                </figcaption>
              </figure>
            </div>
            <div className={classes.sliders}>
              <Text fz="xs" id="similar-window">
                Black and white, both pictures
              </Text>
              <RangeSlider
                label={null}
                max={255}
                minRange={10}
                onChange={setWindow}
                size="sm"
                thumbFromLabel="Shown black"
                thumbToLabel="Shown white"
                value={window}
              />
              <Text fz="xs">Overlay</Text>
              <Slider
                label={null}
                max={1}
                onChange={setOpacity}
                size="sm"
                step={0.05}
                thumbLabel="Strength of the overlay"
                value={opacity}
              />
            </div>
            <Text c="dark.1" fz="xs" mt="xs">
              Amber places make the two alike, blue ones tell them apart. All places of a picture
              sum to the similarity of these slices, {why.data.score.toFixed(3)}; both share one
              scale. Both are shown as the network sees them, cut to the head.
            </Text>
            <Features neighbor={neighbor} />
            <Group justify="flex-end" mt="sm">
              <Button
                onClick={() => {
                  setWindow(WHOLE);
                  setOpacity(0.8);
                }}
                size="xs"
                variant="default"
              >
                Reset
              </Button>
            </Group>
          </>
        ) : null}
      </Fetched>
    </Dialog>
  );
}

function Features({ neighbor }: { neighbor: Neighbor }) {
  const by = BY[neighbor.facts.label_source ?? "model"];
  return (
    <Table fz="xs" mt="sm" verticalSpacing={3}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Feature</Table.Th>
          <Table.Th>This study</Table.Th>
          <Table.Th>Past case</Table.Th>
          <Table.Th>Alike</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {knownOf(neighbor).map(({ feature, query, match, is_alike }) => (
          <Table.Tr key={feature}>
            <Table.Td>{featureName(feature)}</Table.Td>
            <Table.Td>
              {valueText(feature, query)}
              {feature === "label" ? " (by the network)" : ""}
            </Table.Td>
            <Table.Td>
              {valueText(feature, match)}
              {feature === "label" ? ` (${by})` : ""}
            </Table.Td>
            <Table.Td>{is_alike ? "yes" : "no"}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
